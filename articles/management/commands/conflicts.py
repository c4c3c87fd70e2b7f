"""conflicts: where the crawler contradicts an editor, and a person has to decide."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from articles.conflicts import Conflict, open_conflicts
from articles.content.values import ABSENT, format_time, to_json
from articles.management.decisions import short
from articles.management.desk_command import Answer, CannotStart, DeskCommand, site_slug
from articles.models import Site


class Command(DeskCommand):
    help = "List the open conflicts: path, field, what the crawler said, what it says now, what the editor said."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--site", metavar="SLUG", type=site_slug, help="Of this site alone.")

    def act(self, options: dict[str, Any]) -> Answer:
        if options["site"] and not Site.objects.filter(slug=options["site"]).exists():
            raise CannotStart(f"There is no site '{options['site']}'. Correct --site.")
        found = list(open_conflicts(options["site"] or ""))
        count = f"{len(found):,} open conflict{'' if len(found) == 1 else 's'}"
        return Answer({"conflicts": [_as_dict(conflict) for conflict in found]}, count, list(map(_line, found)))


def _as_dict(conflict: Conflict) -> dict[str, Any]:
    return {
        "site": conflict.article.site.slug,
        "path": conflict.article.path,
        "field": conflict.field,
        "base": _plain(conflict.base),
        "crawler": _plain(conflict.crawler),
        "editor": _plain(conflict.editor),
        "by": conflict.username,
        "at": format_time(conflict.at),
    }


def _line(conflict: Conflict) -> str:
    place = f"{conflict.article.site.slug}:{conflict.article.path}: {conflict.field}"
    if conflict.field == "*":
        return f"{place}: the file is gone; {conflict.username} had decided on it"
    sides = f"was {short(conflict.base)}, is {short(conflict.crawler)}"
    return f"{place}: the crawler's {sides}; {conflict.username} set {short(conflict.editor)}"


def _plain(value: Any) -> Any:
    return None if value is ABSENT else to_json(value)
