"""undo: what was decided together is taken back together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser
from django.utils import timezone

from articles import review
from articles.management.decisions import the_user
from articles.management.desk_command import Answer, CannotStart, DeskCommand, plain_text
from articles.report import EXIT_DONE, EXIT_WITH_REFUSALS, EXIT_WOULD_CHANGE
from articles.review import Decided


class Command(DeskCommand):
    help = "Take a batch of decisions back. What was edited since is skipped and named."
    can_dry_run = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("batch", metavar="BATCH", help="As the command or the history names it.")
        parser.add_argument(
            "--as", metavar="USER", dest="user", required=True, type=plain_text, help="Who takes it back."
        )
        parser.add_argument("--reason", metavar="TEXT", default="", type=plain_text, help="Why; kept in the history.")

    def act(self, options: dict[str, Any]) -> Answer:
        user = the_user(options["user"])
        dry_run: bool = options["dry_run"]
        try:
            batch = UUID(options["batch"])
            undone = review.undo(batch, by=user, at=timezone.now(), reason=options["reason"], dry_run=dry_run)
        except (ValueError, review.NoSuchBatch) as refusal:
            raise CannotStart(f"There is no batch '{options['batch']}' to take back. See the history.") from refusal
        return _answer(undone, dry_run=dry_run)


def _answer(decided: list[Decided], *, dry_run: bool) -> Answer:
    undone = [one for one in decided if not one.refusal]
    skipped = [one for one in decided if one.refusal]
    batches = (one.outcome.event.batch for one in undone if one.outcome and one.outcome.event)
    facts = {
        "batch": str(next(batches, None) or ""),
        "dry_run": dry_run,
        "undone": [one.article.path for one in undone],
        "skipped": [{"path": one.article.path, "message": one.refusal} for one in skipped],
    }
    would = "would take back " if dry_run else "took back "
    lines = [f"{one.article.path}: {would.strip()}" for one in undone]
    lines += [f"{one.article.path}: skipped. {one.refusal}" for one in skipped]
    summary = f"{would}{len(undone):,}, skipped {len(skipped):,}"
    code = EXIT_WOULD_CHANGE if dry_run and undone else EXIT_WITH_REFUSALS if skipped else EXIT_DONE
    return Answer(facts, summary[:1].upper() + summary[1:], lines, None, code)
