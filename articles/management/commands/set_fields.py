"""set_fields: an editor's changes to fields, of one article or of a batch."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from articles import review
from articles.management import decisions
from articles.management.decisions import Decisions, Refusal
from articles.management.desk_command import Answer, CannotStart, DeskCommand, plain_text
from articles.management.edits import BadEdit, Edit, changes_of_arguments, read_batch


class Command(DeskCommand):
    help = "Set fields of articles, as an editor does on the page."
    can_dry_run = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("path", metavar="PATH", nargs="?", type=plain_text, help="The article, or SITE:PATH.")
        parser.add_argument(
            "pairs",
            metavar="KEY=VALUE",
            nargs="*",
            type=plain_text,
            help="A field and its new value, in YAML: title='New words', quality=80, topics='[AI, Health]'. "
            "KEY= is the empty text, KEY=null is null.",
        )
        decisions.add_arguments(parser)
        parser.add_argument(
            "--remove", metavar="KEY", action="append", default=[], type=plain_text, help="Take a field away."
        )
        parser.add_argument(
            "--batch",
            metavar="FILE",
            help='One JSON object a line, {"path", "set": {...}, "remove": [...], "version": n}; - is stdin.',
        )

    def act(self, options: dict[str, Any]) -> Answer:
        asked = _asked(options)
        keys = {key for edit in asked if isinstance(edit, Edit) for key in edit.changes}
        decided = Decisions(options, keys, at=timezone.now())
        for edit in asked:
            if isinstance(edit, Refusal):
                decided.refused.append(edit)
            else:
                act = partial(review.edit, changes=edit.changes)
                decided.take(edit.path, act, version=edit.version, line=edit.line)
            self.counter(decided.count)
        return decided.answer()


def _asked(options: dict[str, Any]) -> list[Edit | Refusal]:
    """All that is asked for, read before anything is done. Raises `CannotStart`."""
    if options["batch"] is None:
        return [_edit_of_arguments(options)]
    if options["path"] or options["remove"] or options["version"] is not None:
        raise CannotStart("--batch says it all. Leave out PATH, KEY=VALUE, --remove and --version.")
    if options["batch"] == "-":
        return list(read_batch(sys.stdin.buffer))
    try:
        with Path(options["batch"]).open("rb") as lines:
            return list(read_batch(lines))
    except OSError as failure:
        raise CannotStart(f"{options['batch']} cannot be read: {failure.strerror}.") from failure


def _edit_of_arguments(options: dict[str, Any]) -> Edit:
    if not options["path"]:
        raise CannotStart("Which article? Give its PATH, or a file of edits with --batch.")
    try:
        changes = changes_of_arguments(options["pairs"], options["remove"])
    except BadEdit as bad:
        raise CannotStart(str(bad)) from bad
    if not changes:
        raise CannotStart("What is to be set? Give KEY=VALUE or --remove KEY.")
    return Edit(options["path"], changes, options["version"])
