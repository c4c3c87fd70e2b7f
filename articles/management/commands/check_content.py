"""check_content: what is wrong with a site's files."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import CommandParser

from articles.checking import check_site
from articles.management.desk_command import Answer, DeskCommand
from articles.management.runs import root_and_collections
from articles.report import Report


class Command(DeskCommand):
    help = "Read a site's files and print every problem. Touches neither the files nor the database."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("root", metavar="ROOT", nargs="?", help="The site's folder.")
        parser.add_argument(
            "--collection",
            metavar="NAME",
            dest="collections",
            nargs="+",
            action="extend",
            default=[],
            help="The folders to read; _news and _posts unless named.",
        )

    def act(self, options: dict[str, Any]) -> Answer:
        root, collections = root_and_collections(options)
        report = check_site(root, collections=collections, progress=self.counter)
        if not report.files:
            self.tell(f"No articles were found in {report.root}. --collection names the folders to read.")
        lines = [str(problem) for problem in report.problems]
        return Answer(report.as_dict(), _summary(report), lines, exit_code=report.exit_code)


def _summary(report: Report) -> str:
    severities = Counter(problem.severity.value for problem in report.problems)
    words = [f"{count:,} {word}{'s' if count > 1 else ''}" for word, count in severities.items()]
    return f"{report.files:,} files read: {', '.join(words) or 'no problems'} ({report.seconds:.1f} s)"
