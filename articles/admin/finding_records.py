"""What the searches of pictures, decisions and history find: along an index each, or by way of the articles found."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from articles.admin.finding import newest_found, providers_named
from articles.conditions import Given, begins_with, is_exactly
from articles.models import Event, Image, Override
from articles.paging import among
from articles.wording import NAMED_KEYS, label_of

ARTICLES: Final = 1_000
"""Of so many articles, the newest ones, the records are shown."""
FEWEST_CHARS: Final = 3
"""So much of a reason's beginning is needed."""
TOO_MANY: Final = f"More than {ARTICLES:,} articles fit; shown is what belongs to the newest of them. Add a word."


class FindsRecords(ModelAdmin):  # type: ignore[type-arg]
    """Never scans the table."""

    def meaning(self, text: str) -> Q | None:
        """What somebody means by the whole text; None: it is about articles."""
        raise NotImplementedError

    def of_articles(self, keys: list[int], text: str) -> Q:
        """The records that belong to these articles, or are meant besides."""
        return among("article", keys)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        if "\0" in text:
            return queryset.none(), False
        meant = self.meaning(text)
        if meant is None:
            keys = newest_found(text, ARTICLES + 1)
            if len(keys) > ARTICLES:
                messages.info(request, TOO_MANY)
            meant = self.of_articles(keys[:ARTICLES], text)
        return queryset.filter(meant), False


class FindsEvents(FindsRecords):
    search_help_text = "An editor, how a reason begins, the number of a batch; or articles, as their list finds them"

    def meaning(self, text: str) -> Q | None:
        if (batch := as_batch(text)) is not None:
            return Q(batch=batch)
        names = [name for name in names_like(text) if Event.objects.filter(_by_name(name)).exists()]
        return _any(map(_by_name, names)) if names else None

    def of_articles(self, keys: list[int], text: str) -> Q:
        return _with_reasons(Event.objects.all(), among("article", keys), text)


class FindsOverrides(FindsRecords):
    search_help_text = "A field, an editor, how a reason begins; or articles, as their list finds them"

    def meaning(self, text: str) -> Q | None:
        if (batch := as_batch(text)) is not None:
            decided = Event.objects.filter(batch=batch, article__isnull=False).order_by()
            return Q(batch=batch, article__in=decided.values("article"))
        if keys := [key for key in keys_like(text) if Override.objects.filter(key=key).exists()]:
            return _any(Q(key=key) for key in keys)
        users = [*get_user_model().objects.filter(username__in=names_like(text)).values_list("pk", flat=True)]
        return Q(user__in=users) if users else None

    def of_articles(self, keys: list[int], text: str) -> Q:
        return _with_reasons(Override.objects.all(), among("article", keys), text)


class FindsPictures(FindsRecords):
    search_help_text = "A picture's whole address, a provider; or articles, as their list finds them"

    def meaning(self, text: str) -> Q | None:
        if Image.objects.filter(is_exactly("url", text)).exists():
            return is_exactly("url", text)
        providers = providers_named(text)
        return Q(provider__in=providers) if providers else None


def as_batch(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def keys_like(text: str) -> list[str]:
    """The fields that are called so on pages, or in the file."""
    return [text, *(key for key in NAMED_KEYS if label_of(key).lower() == text.lower() and key != text)]


def names_like(text: str) -> list[str]:
    """The users of that name, in large or small letters; and the name itself, of who is no user any more."""
    known = get_user_model().objects.filter(username__iexact=text).values_list("username", flat=True)
    return [*dict.fromkeys([text, *known])]


def _by_name(name: str) -> Q:
    return Q(Given("username"), username=name)


def _with_reasons(records: QuerySet[Any], meant: Q, text: str) -> Q:
    """Those with a reason that begins so as well, where there are any."""
    if len(text) < FEWEST_CHARS or not records.filter(begins_with("reason", text)).exists():
        return meant
    return meant | begins_with("reason", text)


def _any(meanings: Iterable[Q]) -> Q:
    meant, *others = meanings
    for one in others:
        meant |= one
    return meant
