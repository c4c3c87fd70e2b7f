"""import_content: a site's files become records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from articles.content.tree import Tree
from articles.importing import import_site
from articles.importing import site_slug as slug_of_folder
from articles.management.desk_command import Answer, CannotStart, DeskCommand, plain_text, site_slug
from articles.management.runs import holding, report_answer
from articles.models import Site


class Command(DeskCommand):
    help = "Read a site's files into the database. Writes no file. Makes the site when it is read for the first time."
    can_dry_run = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("root", metavar="ROOT", help="The site's folder.")
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

    def act(self, options: dict[str, Any]) -> Answer:
        root = _storable(Tree(Path(options["root"])).root)
        slug = options["site"] or slug_of_folder(root)
        self._tell_where_it_was(slug, root)
        with holding(slug, "import_content", dry_run=options["dry_run"]):
            report = import_site(
                root,
                at=timezone.now(),
                slug=slug,
                collections=options["collections"],
                dry_run=options["dry_run"],
                progress=self.counter,
            )
        if not report.files:
            self.tell(f"No articles were found in {root}. --collection names the folders to read.")
        return report_answer(report)

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
