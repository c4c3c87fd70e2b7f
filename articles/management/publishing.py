"""What publish and unpublish share: all but the act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from articles.management import decisions
from articles.management.decisions import Decisions
from articles.management.desk_command import Answer, CannotStart, DeskCommand, plain_text
from articles.review import Outcome


class PublishingCommand(DeskCommand):
    """Decides for each PATH whether readers get it."""

    can_dry_run = True
    decide: Callable[..., Outcome]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("paths", metavar="PATH", nargs="+", type=plain_text, help="An article, or SITE:PATH.")
        decisions.add_arguments(parser)

    def act(self, options: dict[str, Any]) -> Answer:
        version = options["version"]
        if version is not None and len(options["paths"]) > 1:
            raise CannotStart("--version is for one article. Leave it out, or give one PATH.")
        decided = Decisions(options, ["published"], at=timezone.now())
        for path in dict.fromkeys(options["paths"]):
            decided.take(path, self.decide, version=version)
            self.counter(decided.count)
        return decided.answer()
