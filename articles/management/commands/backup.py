"""backup: the desk's database into one file, while the desk goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from articles.backup import CannotBackUp, back_up
from articles.management.desk_command import Answer, CannotStart, DeskCommand, plain_text


class Command(DeskCommand):
    help = "Copy the database (decisions, history, users) into a file. The articles themselves lie in Git."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", type=plain_text, help="One that is not there yet.")

    def act(self, options: dict[str, Any]) -> Answer:
        target = Path(options["file"])
        try:
            size = back_up(target)
        except CannotBackUp as refusal:
            raise CannotStart(str(refusal)) from refusal
        return Answer({"file": str(target), "bytes": size}, f"Wrote {target}, {size:,} bytes")
