"""restore: the desk's database as a backup has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from articles.backup import CannotBackUp, put_back
from articles.management.desk_command import Answer, CannotStart, DeskCommand, plain_text
from articles.models import Article


class Command(DeskCommand):
    help = "Make the database what it was when a backup was made. Stop the desk first; what came since is lost."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", type=plain_text, help="Made by backup.")
        parser.add_argument("--force", action="store_true", help="Also over a database that holds articles.")

    def act(self, options: dict[str, Any]) -> Answer:
        source = Path(options["file"])
        if not options["force"] and Article.objects.exists():
            raise CannotStart("The database holds articles, and would lose what came since. Say --force to go on.")
        try:
            put_back(source)
        except CannotBackUp as refusal:
            raise CannotStart(str(refusal)) from refusal
        count = Article.objects.count()
        return Answer({"file": str(source), "articles": count}, f"The desk is as in {source}: {count:,} articles")
