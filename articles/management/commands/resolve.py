"""resolve: a conflict is decided for the crawler or for the editor."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from articles import review
from articles.management import decisions
from articles.management.decisions import Decisions
from articles.management.desk_command import Answer, DeskCommand, plain_text


class Command(DeskCommand):
    help = "Decide a conflict. A third value is set with set_fields."
    can_dry_run = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("path", metavar="PATH", type=plain_text, help="The article, or SITE:PATH.")
        parser.add_argument("field", metavar="FIELD", type=plain_text, help="As conflicts lists it; * for a lost file.")
        parser.add_argument("side", choices=("crawler", "editor"), help="Whose value holds from now on.")
        decisions.add_arguments(parser)

    def act(self, options: dict[str, Any]) -> Answer:
        field: str = options["field"]
        decided = Decisions(options, [field], at=timezone.now())
        resolve = partial(review.resolve, key=field, side=options["side"])
        decided.take(options["path"], resolve, version=options["version"])
        return decided.answer()
