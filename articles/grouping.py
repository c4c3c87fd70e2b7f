"""Which articles tell one story: the same source, nearly the same title, or named as related; and what is found by it.

`Article.story` is the number of a story's first article. It is kept up to date for the articles that changed and for
those that they are or were alike with; nothing else is read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from itertools import chain, groupby, islice, pairwise, starmap
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count, QuerySet, TextField
from django.db.models.functions import Cast

from articles.content.findings import FORTNIGHT, Headline, Headlines, NearPairs, source_key
from articles.content.findings.likeness import COMPARED_AT_ONCE, MOST_HELD
from articles.forking import Ended, beside, cores_to_share, shared
from articles.judging import BY_LIKENESS, in_parts, keep
from articles.models import Article, Finding, Site
from articles.ordering import by_column
from articles.rows import update_column, update_rows

_TELLING_KEYS: Final = frozenset({"title", "publishedDateTime", "originalUrl", "webUrl", "provider", "related", "heat"})
"""The fields that decide which story an article belongs to, and whether it leads there."""
ROWS_AT_ONCE: Final = 2_000
PARTS_ALONE: Final = 5
"""More titles than so many times as many are compared with those that changed by other processes."""
NAMING_AT_ONCE: Final = 200
"""What an article names as related is most of its row."""
_NOTHING: Final[Iterator[object]] = iter(())

_Title = tuple[int, str, int | None, str | None, str]
"""An article's number, its title, its provider and that one's name, its date."""


@dataclass(eq=False)
class _Told:
    """What decides which story an article belongs to."""

    pk: int
    published_at: datetime | None
    source_key: int | None
    heat: int | None
    story: int | None

    @property
    def is_led_by_another(self) -> bool:
        return self.heat == -1


_COLUMNS: Final = tuple(field.name for field in fields(_Told))


class _Likenesses:
    """Pairs of articles that tell the same, as they are found."""

    def __init__(self) -> None:
        self.seen: dict[int, _Told] = {}
        self.first: dict[int, int] = {}
        self.findings: set[tuple[int, str, str]] = set()

    def join(self, one: _Told, other: _Told, code: str = "", key: str = "") -> None:
        """Both tell one story. With a code it is a finding on both, unless one of them is led by another already."""
        for article in (one, other):
            self.seen[article.pk] = article
        low, high = sorted((self.first_of(one.pk), self.first_of(other.pk)))
        self.first[high] = low
        if code and not (one.is_led_by_another or other.is_led_by_another):
            self.findings |= {(one.pk, code, key), (other.pk, code, key)}

    def first_of(self, key: int) -> int:
        """The first of all that are joined with it."""
        while (before := self.first.get(key, key)) != key:
            self.first[key] = self.first.get(before, before)
            key = before
        return key

    def stories(self) -> Iterator[list[_Told]]:
        """The articles that are joined, story by story."""
        stories: defaultdict[int, list[_Told]] = defaultdict(list)
        for key, article in self.seen.items():
            stories[self.first_of(key)].append(article)
        yield from stories.values()


def may_regroup(changes: Iterable[str]) -> bool:
    """Whether changes at these keys may bring an article into another story."""
    return any(re.split(r"[.\[]", key, maxsplit=1)[0] in _TELLING_KEYS for key in changes)


def group(site: Site, keys: Collection[int]) -> None:
    """Find anew which stories these articles belong to, and what is found by that; for articles that changed.

    It never waits: what somebody else is deciding on just now keeps what it has, or two would wait for each other.
    """
    if keys:
        with transaction.atomic():
            _group(site, keys)


def group_all(site: Site, *, elsewhere: bool = False, meanwhile: Iterator[object] = _NOTHING) -> None:
    """The same for all articles of a site, of which few are held.

    With `elsewhere` another process compares the titles, while this one does the rest. `meanwhile` are steps of other
    work, all of which is done before articles are looked up by what they say.
    """
    with transaction.atomic():
        alike = _Likenesses()
        others = chain(meanwhile, _join_same_sources(site, alike), _join_named_as_related(site, alike))
        for pairs in _near_titles(site, others) if elsewhere else map(_Comparing().pairs, _titles_by_date(site)):
            _join_pairs(pairs, alike)
        for _ in others:
            pass
        _keep_all(site, alike)


def _near_titles(site: Site, meanwhile: Iterator[object]) -> Iterator[list[tuple[int, int]]]:
    comparing = _Comparing()  # here it learns nothing: only its copy does
    try:
        yield from beside(comparing.pairs, _titles_by_date(site), meanwhile=meanwhile)
    except Ended:
        yield from map(comparing.pairs, _titles_by_date(site))


def _titles_by_date(site: Site) -> Iterator[list[_Title]]:
    return _titles(_present(site).order_by("published_at", "pk"))


def _titles(articles: QuerySet[Article]) -> Iterator[list[_Title]]:
    """Those of all with title and date, some at a time; as plain values, for whichever process."""
    told = articles.filter(published_at__isnull=False, title__isnull=False).exclude(title="")
    at = Cast("published_at", TextField())
    rows = told.values_list("pk", "title", "provider", "provider_name", at).iterator(chunk_size=ROWS_AT_ONCE)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        yield some


class _Comparing:
    """Compares the titles of one part after the other with those before."""

    def __init__(self) -> None:
        self.before: NearPairs[int] = NearPairs()

    def pairs(self, titles: Iterable[_Title]) -> list[tuple[int, int]]:
        """The articles with nearly the same title, by number."""
        return [(one.key, other.key) for one, other in self.before.among(starmap(headline, titles))]


def headline(key: int, title: str, provider: int | None, name: str | None, at: str) -> Headline[int]:
    return Headline(key, title, provider or name, datetime.fromisoformat(at))


def _join_pairs(pairs: Iterable[tuple[int, int]], alike: _Likenesses) -> None:
    told = {
        one.pk: one
        for some in in_parts({key for pair in pairs for key in pair})
        for one in _read(Article.objects.filter(pk__in=some).order_by())
    }
    for one, other in pairs:
        _join_near(told[one], told[other], alike)


def _keep_all(site: Site, alike: _Likenesses) -> None:
    """Write the stories and findings that are not as they were."""
    stories = {one.pk: min(told.pk for told in members) for members in alike.stories() for one in members}
    told = Article.objects.filter(site=site, story__isnull=False).values_list("pk", "story")
    before = dict(told.iterator(chunk_size=ROWS_AT_ONCE))
    moved = {key for key in stories.keys() | before.keys() if stories.get(key) != before.get(key)}
    rows = Finding.objects.filter(article__site=site, code__in=BY_LIKENESS).order_by().distinct()
    found = set(rows.values_list("article", flat=True))
    free = set(_free(moved | found | {finding[0] for finding in alike.findings}))
    update_column(Article, "story", ((key, stories.get(key)) for key in sorted(moved & free)))
    keep({finding for finding in alike.findings if finding[0] in free}, sorted(found & free), by_likeness=True)


def _group(site: Site, keys: Collection[int]) -> None:
    affected = _with_their_stories(keys)
    mine = [one for some in in_parts(sorted(affected)) for one in _read(_present(site).filter(pk__in=some))]
    alike = _Likenesses()
    for article in mine:
        alike.seen[article.pk] = article
    _join_by_source(site, mine, alike)
    for slice_ in _by_time(mine):
        around = _around(site, slice_)
        _join_near_titles(around, slice_, alike)
        _join_by_being_related(around, slice_, alike)
    _join_to_related(site, mine, alike)
    free = set(_free(affected | alike.seen.keys()))
    keep({found for found in alike.findings if found[0] in free}, sorted(affected & free), by_likeness=True)
    _write_stories(affected & free, alike, free)


def _free(keys: Collection[int]) -> Iterator[int]:
    """Those of the articles that nobody else has locked; they are ours until the transaction ends."""
    if not connection.features.has_select_for_update:  # the transaction holds the only lock
        yield from keys
        return
    for some in in_parts(sorted(keys)):
        rows = Article.objects.filter(pk__in=some).order_by("pk").select_for_update(skip_locked=True)
        yield from rows.values_list("pk", flat=True)


def _with_their_stories(keys: Collection[int]) -> set[int]:
    """These articles, and those that stood in a story with one of them: they may be alone from now on."""
    affected, stories = set(keys), set()
    for some in in_parts(keys):
        told = Article.objects.filter(pk__in=some, story__isnull=False)
        stories |= set(told.values_list("story", flat=True))
    for some in in_parts(filter(None, stories)):
        affected |= set(Article.objects.filter(story__in=some).values_list("pk", flat=True))
    return affected


def _present(site: Site) -> QuerySet[Article]:
    """What can be told twice: an article whose file is gone is told no more."""
    return Article.objects.filter(site=site, is_missing=False).order_by()


def _read(rows: QuerySet[Article]) -> Iterator[_Told]:
    return starmap(_Told, rows.values_list(*_COLUMNS).iterator(chunk_size=ROWS_AT_ONCE))


def _join_by_source(site: Site, mine: Sequence[_Told], alike: _Likenesses) -> None:
    by_source = defaultdict(list)
    for key in in_parts({article.source_key for article in mine if article.source_key is not None}):
        for article in _read(_present(site).filter(source_key__in=key)):
            by_source[article.source_key].append(article)
    for same in by_source.values():
        _join_one_source(same, alike)


def _by_time(mine: Sequence[_Told]) -> Iterator[list[_Told]]:
    """Those with a date, of which nothing is alike with those of another time; of very many some at a time."""
    dated = sorted((article for article in mine if article.published_at), key=_date)
    some: list[_Told] = []
    for article in dated:
        if len(some) == COMPARED_AT_ONCE or (some and _date(article) - _date(some[-1]) > 2 * FORTNIGHT):
            yield some
            some = []
        some.append(article)
    if some:
        yield some


def _date(article: _Told) -> datetime:
    assert article.published_at  # noqa: S101 - see _by_time
    return article.published_at


def _around(site: Site, slice_: Sequence[_Told]) -> QuerySet[Article]:
    """What was published within a fortnight of these; of very many the nearest by date, as where all are compared."""
    first, last = _date(slice_[0]), _date(slice_[-1])
    rows = Article.objects.filter(site=site)
    earlier = rows.filter(published_at__range=(first - FORTNIGHT, first)).order_by(by_column("-published_at"))
    later = rows.filter(published_at__range=(last, last + FORTNIGHT)).order_by(by_column("published_at"))
    begin, end = _last_held(earlier) or first - FORTNIGHT, _last_held(later) or last + FORTNIGHT
    return _present(site).filter(published_at__range=(begin, end))


def _last_held(dated: QuerySet[Article]) -> datetime | None:
    """The date beyond which nothing is compared; None where there are not so many."""
    return dated.values_list("published_at", flat=True)[MOST_HELD : MOST_HELD + 1].first()


def _join_near_titles(around: QuerySet[Article], slice_: Sequence[_Told], alike: _Likenesses) -> None:
    keys = [article.pk for article in slice_]
    titles = Headlines(starmap(headline, chain.from_iterable(_titles_of(keys))))
    parts = _titles_of(_likely(around, titles)) if titles.are_few else _titles(around)
    first = list(islice(parts, PARTS_ALONE + 1))
    processes = cores_to_share() if len(first) > PARTS_ALONE else 0
    for pairs in shared(partial(_pairs_with, titles), chain(first, parts), processes=processes):
        _join_pairs(pairs, alike)


def _titles_of(keys: Collection[int]) -> Iterator[list[_Title]]:
    for some in in_parts(keys):
        yield from _titles(Article.objects.filter(pk__in=some).order_by())


def _likely(around: QuerySet[Article], titles: Headlines[int]) -> list[int]:
    """Those whose title has words of one of a few."""
    rows = around.filter(title__isnull=False).values_list("pk", "title").iterator(chunk_size=ROWS_AT_ONCE)
    return [key for key, title in rows if title and titles.may_have_near(title)]


def _pairs_with(titles: Headlines[int], others: Iterable[_Title]) -> list[tuple[int, int]]:
    """Which of these titles, and of others, are nearly the same, by number."""
    likely = (headline(*other) for other in others if titles.may_have_near(other[1]))
    return [(near.key, other.key) for other in likely for near in titles.near(other)]


def _join_near(one: _Told, other: _Told, alike: _Likenesses) -> None:
    if one.source_key is None or one.source_key != other.source_key:
        alike.join(one, other, "near_title", "title")


def _join_same_sources(site: Site, alike: _Likenesses) -> Iterator[None]:
    """All that have the source of another, step by step."""
    sources = _present(site).filter(source_key__isnull=False).values("source_key")
    shared = sources.annotate(count=Count("pk")).filter(count__gt=1).values("source_key")
    rows = _read(_present(site).filter(source_key__in=shared).order_by("source_key", "pk"))
    for _, same in groupby(rows, key=lambda article: article.source_key):
        _join_one_source([*same], alike)
        yield


def _join_one_source(same: Sequence[_Told], alike: _Likenesses) -> None:
    for other in same[1:]:
        alike.join(same[0], other)
    leads = [article for article in same if not article.is_led_by_another]
    for one, other in pairwise(leads):
        alike.join(one, other, "duplicate_source", "originalUrl")


def _join_named_as_related(site: Site, alike: _Likenesses) -> Iterator[None]:
    """All that name another as related, with those, step by step."""
    naming = _present(site).exclude(related=[]).values_list("related", *_COLUMNS)
    rows = naming.iterator(chunk_size=NAMING_AT_ONCE)
    while some := list(islice(rows, NAMING_AT_ONCE)):
        _join_to_named([(_Told(*columns), _related_keys(related)) for related, *columns in some], site, alike)
        yield


def _join_by_being_related(around: QuerySet[Article], slice_: Sequence[_Told], alike: _Likenesses) -> None:
    """What was published around these and names one of them as related."""
    mine = {article.source_key: article for article in slice_ if article.source_key is not None}
    naming = around.exclude(related=[]).values_list("related", *_COLUMNS)
    for related, *columns in naming.iterator(chunk_size=ROWS_AT_ONCE) if mine else ():
        for key in mine.keys() & _related_keys(related):
            alike.join(mine[key], _Told(*columns))


def _join_to_related(site: Site, mine: Sequence[_Told], alike: _Likenesses) -> None:
    """What these name as related, whenever it was published."""
    by_key = {article.pk: article for article in mine}
    for some in in_parts(by_key):
        rows = Article.objects.filter(pk__in=some).exclude(related=[]).values_list("pk", "related")
        _join_to_named([(by_key[pk], _related_keys(related)) for pk, related in rows], site, alike)


def _join_to_named(named: Iterable[tuple[_Told, Iterable[int]]], site: Site, alike: _Likenesses) -> None:
    naming: defaultdict[int, list[_Told]] = defaultdict(list)
    for article, keys in named:
        for key in keys:
            naming[key].append(article)
    for some in in_parts(naming):
        for other in _read(_present(site).filter(source_key__in=some)):
            for one in naming[other.source_key or 0]:
                alike.join(one, other)


def _related_keys(related: Any) -> set[int]:
    items = related if isinstance(related, list) else []
    keys = {source_key(item) for item in items if isinstance(item, dict)}
    return {key for key in keys if key is not None}


def _write_stories(affected: Collection[int], alike: _Likenesses, free: Collection[int]) -> None:
    moved: list[Article] = []
    for members in alike.stories():
        drawn_in = {one.story for one in members if one.story is not None and one.pk not in affected}
        first = min(*(one.pk for one in members), *drawn_in) if len(members) > 1 else None
        for other in drawn_in - {first}:
            drawn = set(Article.objects.filter(story=other).values_list("pk", flat=True))
            moved += [Article(pk=key, story=first) for key in _free(drawn - alike.seen.keys())]
        for one in members:
            if one.story != first and one.pk in free:
                moved.append(Article(pk=one.pk, story=first))
    update_rows(Article, moved, ["story"])
    for some in in_parts(set(affected) - alike.seen.keys()):
        Article.objects.filter(pk__in=some, story__isnull=False).update(story=None)
