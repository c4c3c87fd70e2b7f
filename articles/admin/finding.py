"""What the search of the article list finds: what somebody pastes is looked up as a whole, anything else is words."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.admin import ModelAdmin
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest

from articles.admin.lists import note_found
from articles.content.findings import address_key
from articles.models import Article, Provider, Site
from articles.ordering import by_column
from articles.paging import CAP
from articles.searching import Matches, found, newest_with, words_of

MAX_PASTED: Final = 1_000
MOST_DIGITS: Final = 19
MANY: Final = 150_000
"""Of more hits it is cheaper to look into the texts of articles than to keep the hits at hand."""


class FindsArticles(ModelAdmin):  # type: ignore[type-arg]
    """Never scans the table: each way of asking has an index."""

    search_help_text = "Words of title and excerpt; or a number, file, URL, provider or domain"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        meant = meaning_of(text)
        if not queryset.query.where and (words := _common_words(meant)):
            note_found(request, newest_with(words, CAP + 1))
        return queryset.filter(meant), False


def meaning_of(text: str) -> Q:
    """A number is a word as well; a file, an address or a provider is meant as a whole; else domains beside words."""
    if "\0" in text:
        return Q(pk__in=())
    if _is_number(text):
        return Q(pk=int(text)) | _has([text])
    if pasted := _pasted(text):
        return Q(pk__in=pasted)
    if providers := providers_named(text):
        return Q(provider__in=providers)
    named = {part: providers_named(part) for part in text.split() if "." in part and part != text}
    domains = [key for keys in named.values() for key in keys]
    words = words_of(" ".join(part for part in text.split() if not named.get(part)))
    meant = Q(provider__in=domains) if domains else Q()
    return meant & _has(words) if words else meant or Q(pk__in=())


def newest_found(text: str, count: int) -> list[int]:
    """The keys of so many of the newest articles that somebody means by it."""
    if not ({*text} & {".", "/", "\0"} or providers_named(text)):
        numbered = Article.objects.filter(pk__in=[int(text)] if _is_number(text) else ())
        words = words_of(text)
        return [*numbered.values_list("pk", flat=True), *(newest_with(words, count) if words else ())][:count]
    rows = Article.objects.filter(meaning_of(text)).order_by(by_column("-published_at"), by_column("-pk"))
    return [*rows.values_list("pk", flat=True)[:count]]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < MOST_DIGITS


def _pasted(text: str) -> list[int]:
    """The articles that a file or an address names."""
    keys = Article.objects.order_by().values_list("pk", flat=True)
    if " " in text or not ("/" in text or text.endswith(".md")):
        return []
    sites = [*Site.objects.order_by().values_list("pk", "collections")]
    path = text.removeprefix("./").lstrip("/")
    names = {path, *(f"{folder}/{path}" for _, folders in sites for folder in ("_news", "_posts", *folders))}
    named = [*keys.filter(site__in=[pk for pk, _ in sites], path__in=names)]
    key = address_key(text if "://" in text else f"https://{text}")
    return named or ([] if key is None else [*keys.filter(source_key=key)[:MAX_PASTED]])


def providers_named(text: str) -> list[int]:
    """By the name or the domain as a whole; a domain means those below it too."""
    named = Q(domain__iexact=text) | Q(name__iexact=text)
    below = Q(domain__iendswith=f".{text}") if "." in text else Q()
    return [*Provider.objects.filter(named | below).order_by().values_list("pk", flat=True)]


def _has(words: list[str]) -> Q:
    if connection.vendor != "sqlite":
        return Q(Matches(words))
    hits = found(words)
    if hits.keys is None:
        return Q(Matches(words, is_tried=hits.about > MANY))
    return Q(pk__in=RawSQL(*hits.exact(words)))  # noqa: S611 - it is ours


def _common_words(meant: Q) -> list[str]:
    """On SQLite the words, where nothing else is meant and very many articles have them."""
    (first, *others) = meant.children
    is_common = isinstance(first, Matches) and not others and connection.vendor == "sqlite"
    return first.words if is_common and isinstance(first, Matches) else []
