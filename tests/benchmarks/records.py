"""The lists of the admin with each filter, order and search, and all other pages beside the queue, at two sizes: SMALL
LARGE [--quick]."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse
from django.utils.http import urlencode

from articles.models import Article, Event, Image
from tests.benchmarks.million import CHIEF
from tests.benchmarks.others import pages
from tests.benchmarks.pages import Desk, Pair, compare, summary
from tests.benchmarks.vocabulary import word

GOAL: Final = 2.0
DEEP: Final = "?p=40"
EVERY: Final = 6
"""The quick way takes one of so many."""
ABOUT: Final = 0.9
"""Two pages of so much the same length have as many rows."""
TEXTS: Final = {"provider": ("paper0.example", "Paper 12"), "topic": ("Topic 0", "Topic 59")}
SEARCHED: Final = (word(30_000), word(900), word(2), f"{word(2)} {word(900)}", "paper299.example", "ada")


def measure(small: Desk, large: Desk, *, is_quick: bool) -> Iterator[str]:
    others = [*_others(small, large)][:: EVERY if is_quick else 1]
    parts = {"lists": [*_lists(small, large, is_quick=is_quick)], "other pages": others}
    for name, pairs in parts.items():
        compare(small, large, pairs, goal=GOAL, rounds=1 if is_quick else 4)
        yield f"{name}:"
        yield from summary(pairs, goal=GOAL, shown=5 if is_quick else 20)


def _lists(small: Desk, large: Desk, *, is_quick: bool) -> Iterator[Pair]:
    """A list that is shorter on the small desk costs less for that alone: the plain one stands for it then (*)."""
    with large.at_hand():
        reverse("admin:index")  # the admin is looked for with the first address
        user = User.objects.get(username=CHIEF)
        urls = [url for model, shown in admin.site._registry.items() for url in list_urls(model, shown, user)]
    if is_quick:
        urls = [url for url in urls if not url.endswith(DEEP)][::EVERY]
    for url in urls:
        is_shorter = _is_shorter(small.text(url), large.text(url))
        yield Pair(f"{url} *", url.partition("?")[0], url) if is_shorter else Pair(url, url, url)


def _others(small: Desk, large: Desk) -> Iterator[Pair]:
    """Of a narrowed page that is shorter on the small desk the plain one stands for it, as with lists (*)."""
    few, many = ({**_named(desk)} for desk in (small, large))
    for name in (name for name in many if name in few):
        plain = few.get(name.partition(" ")[0], few[name])
        is_shorter = plain != few[name] and _is_shorter(small.text(few[name]), large.text(many[name]))
        yield Pair(f"{name} *", plain, many[name]) if is_shorter else Pair(name, few[name], many[name])


def _is_shorter(few: bytes, many: bytes) -> bool:
    return len(few) < ABOUT * len(many)


def _named(desk: Desk) -> dict[str, str]:
    with desk.at_hand():
        return dict(pages(User.objects.get(username=CHIEF)))


def list_urls(model: Any, shown: Any, user: User) -> Iterator[str]:
    """A list, by itself and with each choice of each filter, each order, and searches."""
    request = RequestFactory().get("/")
    request.user = user
    if not shown.has_view_permission(request):
        return
    base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    yield base
    if model in (Article, Event, Image):
        yield f"{base}{DEEP}"
    for kind in shown.get_list_filter(request):
        made = kind(request, {}, model, shown)
        values = TEXTS.get(kind.parameter_name) or [value for value, _ in made.lookup_choices]
        yield from (f"{base}?{urlencode({kind.parameter_name: value})}" for value in values)
    for number, name in enumerate(shown.get_list_display(request), 1):
        if name in shown.get_sortable_by(request):
            yield from (f"{base}?o={sign}{number}" for sign in ("", "-"))
    if shown.search_fields:
        yield from (f"{base}?{urlencode({'q': text})}" for text in SEARCHED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("small")
    parser.add_argument("large")
    parser.add_argument("--quick", action="store_true", help="of every six lists one, once")
    options = parser.parse_args()
    for line in measure(Desk(options.small), Desk(options.large), is_quick=options.quick):
        print(line, flush=True)


if __name__ == "__main__":
    main()
