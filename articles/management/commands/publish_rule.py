"""publish_rule: what has at least a quality is published, what has less is not, as one batch."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from articles.content.values import to_json
from articles.management.decisions import the_user
from articles.management.desk_command import Answer, CannotStart, DeskCommand, plain_text, site_slug
from articles.management.runs import the_site
from articles.models import Article, Site
from articles.report import EXIT_DONE, EXIT_WITH_REFUSALS, EXIT_WOULD_CHANGE
from articles.review import ruling
from articles.review.ruling import Ruled
from articles.review.thresholds import held_of, led_of
from articles.wording import why_held


class Command(DeskCommand):
    help = "Publish what has at least a quality, unpublish what has less. Decisions of people are left as they are."
    can_dry_run = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--min-quality", metavar="N", type=int, required=True, help="The least quality.")
        parser.add_argument(
            "--site", metavar="SLUG", type=site_slug, help="Which site; needed where there are several."
        )
        parser.add_argument(
            "--as", metavar="USER", dest="user", required=True, type=plain_text, help="Who decides that."
        )
        parser.add_argument(
            "--expect", metavar="N", type=int, help="So many change sides; refused where it is another number."
        )

    def act(self, options: dict[str, Any]) -> Answer:
        started = time.monotonic()
        site, user = the_site(options["site"]), the_user(options["user"])
        minimum, dry_run = options["min_quality"], options["dry_run"]
        held = list(held_of(site, minimum).every().prefetch_related("overrides"))
        led = list(led_of(site, minimum).every())
        try:
            ruled = ruling.run_rule(
                site,
                minimum,
                by=user,
                at=timezone.now(),
                expect=options["expect"],
                dry_run=dry_run,
                progress=self.counter,
            )
        except ruling.SetMoved as refusal:
            raise CannotStart(str(refusal)) from refusal
        facts = {
            **_facts(site, ruled, minimum, dry_run=dry_run),
            "held": [{"path": one.path, "why": why_held(one)} for one in held],
            "led": [one.path for one in led],
            "seconds": round(time.monotonic() - started, 3),
        }
        lines = [*_lines(ruled, minimum, dry_run=dry_run), *_apart(held, led)]
        return Answer(facts, _summary(ruled, held, led, dry_run=dry_run), lines, None, _code(ruled, dry_run=dry_run))


def _facts(site: Site, ruled: Ruled, minimum: int, *, dry_run: bool) -> dict[str, Any]:
    return {
        "site": site.slug,
        "min_quality": minimum,
        "dry_run": dry_run,
        "batch": str(ruled.batch),
        "count": len(ruled.decided),
        "edited": len(ruled.edited),
        "articles": [
            {
                "site": site.slug,
                "path": outcome.article.path,
                "version": outcome.article.version,
                "changes": {key: [to_json(old), to_json(new)] for key, (old, new) in outcome.changes.items()},
                "why": ruling.why_it_flips(outcome.article, minimum),
            }
            for outcome in ruled.edited
        ],
        "refused": [
            {"path": one.article.path, "code": "stale_version", "message": one.refusal} for one in ruled.refused
        ],
    }


def _lines(ruled: Ruled, minimum: int, *, dry_run: bool) -> list[str]:
    would = "would be " if dry_run else ""
    done = [
        f"{one.article.path}: {would}{'' if ruling.passes(one.article, minimum) else 'un'}published, "
        f"{ruling.why_it_flips(one.article, minimum)}"
        for one in ruled.edited
    ]
    return done + [f"{one.article.path}: refused. {one.refusal}" for one in ruled.refused]


def _apart(held: list[Article], led: list[Article]) -> list[str]:
    kept = [f"{one.path}: stays as it is, quality {one.quality}. {why_held(one)}" for one in held]
    return kept + [
        f"{one.path}: stays unpublished, quality {one.quality}. Another item leads its story." for one in led
    ]


def _summary(ruled: Ruled, held: list[Article], led: list[Article], *, dry_run: bool) -> str:
    parts = [f"{len(ruled.edited):,} {'would change sides' if dry_run else 'changed sides'}"]
    parts += [f"{len(ruled.refused):,} refused"] if ruled.refused else []
    parts += [f"{len(held):,} held by editors"] if held else []
    parts += [f"{len(led):,} led by another item"] if led else []
    words = ", ".join(parts)
    return f"{words}. Dry run: nothing was changed." if dry_run else f"{words} (batch {ruled.batch})"


def _code(ruled: Ruled, *, dry_run: bool) -> int:
    if dry_run and ruled.edited:
        return EXIT_WOULD_CHANGE
    return EXIT_WITH_REFUSALS if ruled.refused else EXIT_DONE
