"""sync_content: what the crawler wrote comes in, then what editors decided goes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from articles.content.tree import Tree
from articles.importing import site_slug as slug_of_folder
from articles.management.desk_command import Answer, CannotStart, DeskCommand, plain_text, site_slug
from articles.management.runs import holding, report_answer, the_site
from articles.syncing import sync_site


class Command(DeskCommand):
    help = "Read what the crawler wrote, merge it with what editors decided, and write that into the files."
    can_dry_run = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "root", metavar="ROOT", nargs="?", help="The site's folder; where it was last read, if left out."
        )
        parser.add_argument("--site", metavar="SLUG", type=site_slug, help="The site's name.")
        parser.add_argument(
            "--collection",
            metavar="NAME",
            dest="collections",
            type=plain_text,
            nargs="+",
            action="extend",
            default=[],
            help="The folders to read; those of the last time unless named.",
        )
        parser.add_argument("--diff", action="store_true", help="Print a unified diff of what is written.")
        parser.add_argument("--commit", action="store_true", help="Make one Git commit of the files that are written.")
        parser.add_argument("--force", action="store_true", help="Go on where more than a tenth of the files are gone.")

    def act(self, options: dict[str, Any]) -> Answer:
        root, slug = _place(options["root"], options["site"] or "")
        with holding(slug, "sync_content", dry_run=options["dry_run"]):
            export = sync_site(
                root,
                at=timezone.now(),
                slug=slug,
                collections=options["collections"],
                dry_run=options["dry_run"],
                commit=options["commit"],
                force=options["force"],
                progress=self.counter,
            )
        return report_answer(export.report, diff="".join(export.diff) if options["diff"] else None)


def _place(root: str | None, slug: str) -> tuple[Path, str]:
    """The folder and the name of the site; raises `CannotStart` where neither tells them."""
    if root is not None:
        folder = Tree(Path(root)).root
        return folder, slug or slug_of_folder(folder)
    site = the_site(slug)
    if not site.root:
        raise CannotStart(f"The site {site.slug} was never read from a folder. Name it: sync_content ROOT.")
    return Path(site.root), site.slug
