"""export_content: what editors decided goes into the site's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from articles.exporting import Export, export_in_place, export_to
from articles.management.desk_command import Answer, CannotStart, DeskCommand, site_slug
from articles.management.runs import holding, report_answer, the_site
from articles.models import Site


class Command(DeskCommand):
    help = "Write what editors decided into the site's files: only those whose text would change."
    can_dry_run = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--site", metavar="SLUG", type=site_slug, help="Which site; needed where there are several."
        )
        parser.add_argument("--to", metavar="DIR", help="Write every article of the site into this folder instead.")
        parser.add_argument("--diff", action="store_true", help="Print a unified diff of what is written.")
        parser.add_argument("--commit", action="store_true", help="Make one Git commit of the files that are written.")

    def act(self, options: dict[str, Any]) -> Answer:
        if options["commit"] and options["to"] is not None:
            raise CannotStart("--commit is for the site's own folder. Leave out one of --commit and --to.")
        site = the_site(options["site"])
        with holding(site.slug, "export_content", dry_run=options["dry_run"]):
            export = self._export(site, options)
        return report_answer(export.report, diff="".join(export.diff) if options["diff"] else None)

    def _export(self, site: Site, options: dict[str, Any]) -> Export:
        dry_run: bool = options["dry_run"]
        if options["to"] is not None:
            return export_to(site, Path(options["to"]), dry_run=dry_run, progress=self.counter)
        return export_in_place(
            site,
            at=timezone.now(),
            dry_run=dry_run,
            commit=options["commit"],
            with_diff=options["diff"],
            progress=self.counter,
        )
