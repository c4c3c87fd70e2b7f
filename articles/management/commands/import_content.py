"""import_content: a site's files become records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from articles.content.tree import Tree
from articles.importing import import_site
from articles.importing import site_slug as slug_of_folder
from articles.management.desk_command import Answer, CannotStart, DeskCommand, plain_text, site_slug
from articles.management.runs import holding, report_answer, root_and_collections
from articles.models import Site


class Command(DeskCommand):
    help = "Read a site's files into the database. Writes no file. Makes the site when it is read for the first time."
    can_dry_run = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("root", metavar="ROOT", nargs="?", help="The site's folder.")
        parser.add_argument("--site", metavar="SLUG", type=site_slug, help="The site's name; else that of its folder.")
        parser.add_argument(
            "--collection",
            metavar="NAME",
            dest="collections",
            type=plain_text,
            nargs="+",
            action="extend",
            default=[],
            help="The folders to read; _news and _posts unless named.",
        )

        parser.add_argument(
            "--history", action="store_true", help="Also read the repository's past: who set which field, and when."
        )

    def act(self, options: dict[str, Any]) -> Answer:
        folder, collections = root_and_collections(options)
        root = _storable(Tree(folder).root)
        slug = options["site"] or slug_of_folder(root)
        self._tell_where_it_was(slug, root)
        with holding(slug, "import_content", dry_run=options["dry_run"]):
            report = import_site(
                root,
                at=timezone.now(),
                slug=slug,
                collections=collections,
                dry_run=options["dry_run"],
                progress=self.counter,
            )
            past = self._history(slug) if options["history"] and not options["dry_run"] else None
        if not report.files:
            self.tell(f"No articles were found in {root}. --collection names the folders to read.")
        answer = report_answer(report)
        return answer if past is None else replace(answer, facts={**answer.facts, "history": past})

    def _history(self, slug: str) -> int:
        """How many events of the past were new; raises `CannotStart` where there is no past to read."""
        from articles.git import GitRefused  # hardly a run asks for the past
        from articles.history import import_history

        try:
            past = import_history(Site.objects.get(slug=slug), progress=self.counter)
        except GitRefused as refusal:
            raise CannotStart(f"The files are read, their past is not: {refusal}") from refusal
        self.tell(f"{past:,} changes of the past were new.")
        return past

    def _tell_where_it_was(self, slug: str, root: Path) -> None:
        """Two sites in folders of one name would be taken for one that changed very much."""
        before = Site.objects.filter(slug=slug).values_list("root", flat=True).first()
        if before and before != str(root):
            self.tell(f"The site {slug} was read from {before} until now. If this is another one, name it with --site.")


def _storable(root: Path) -> Path:
    """The folder, whose path the database is to keep; raises `CannotStart`."""
    try:
        str(root).encode()
    except UnicodeEncodeError as refusal:
        raise CannotStart(f"The path {root} is not UTF-8. Rename the folder.") from refusal
    return root
