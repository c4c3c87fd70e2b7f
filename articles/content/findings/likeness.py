"""Which articles tell the same: by the address of their source, and by titles that are nearly equal."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import combinations
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlsplit

from articles.content.findings.addresses import is_tracking
from articles.content.findings.finding import plain

FORTNIGHT: Final = timedelta(days=14)
LEAST_RATIO: Final = 86.0
"""In percent, over words in the order of the alphabet. Titles of a real site that tell different stories reach 76 (87
where only the years differ, which is looked at apart); news told anew in other words begin here."""
LEAST_WORDS: Final = 4
"""Shorter titles ("Power Apps updates") come again and again."""
TELLING_WORDS: Final = 5
WORDS_SHARED: Final = 3
"""Titles are compared when they share so many of their longest words: two that are nearly equal do."""
MAX_ALIKE: Final = 50
"""Of those that share the same words, a title is compared with so many, the last."""
FEW: Final = 40
"""So many titles at most are looked for in others word by word, as these stand."""
COMPARED_AT_ONCE: Final = 5_000
MOST_HELD: Final = 20_000
"""So many of a fortnight are compared with the next."""
FORGOTTEN_AT_ONCE: Final = 1_000

_WORD: Final = re.compile(r"[^\W_]+")
_NOT_THE_HOST: Final = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")

_USUAL: Final = re.compile(
    r"https?://(?:(?:www|m|mobile|amp)\.(?=[^./?]+\.))?([a-z0-9.-]+)(/[A-Za-z0-9._~/-]*)?(?:\?([A-Za-z0-9._~=&%+-]*))?"
)
"""Nearly all addresses: there is nothing in them that would have to be taken apart with care."""

K = TypeVar("K")


def address_key(url: Any) -> int | None:
    """A number that addresses of one page share: without scheme, `www`, tracking, fragment and a last slash.

    The rest of the query counts: videos of one host differ by nothing else. None for a host's front page.
    """
    text = plain(url).strip()
    if usual := _USUAL.fullmatch(text):
        return _page_key(usual[1], usual[2] or "", usual[3])
    try:
        parts = urlsplit(text)
        host = _NOT_THE_HOST.sub("", (parts.hostname or ""))
    except ValueError:
        return None
    return _page_key(host, parts.path, parts.query)


def _page_key(host: str, path: str, query: str | None) -> int | None:
    path = path.rstrip("/")
    if query:
        query = "&".join(sorted(part for part in query.split("&") if part and not is_tracking(part)))
    return _number(f"{host}{path}?{query or ''}") if host and (path or query) else None


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)


def source_key(fields: Mapping[Any, Any]) -> int | None:
    """The key of the page that an article is about."""
    return address_key(fields.get("originalUrl") or fields.get("webUrl"))


class Headline(Generic[K]):
    """A title with what decides whether it can be a near-duplicate; `key` is the caller's.

    Its numbers count: part 1 is not part 2, and a report of 2020 not that of 2021.
    """

    __slots__ = ("at", "key", "longest", "numbers", "provider", "words")

    def __init__(self, key: K, title: str, provider: Any, at: datetime) -> None:
        self.key, self.provider, self.at = key, provider, at
        words = sorted(_WORD.findall(title.casefold()))
        self.words = " ".join(words)
        self.numbers = _numbers(words)
        is_telling = len(words) >= LEAST_WORDS
        self.longest = sorted(sorted(dict.fromkeys(words), key=len)[-TELLING_WORDS:]) if is_telling else []

    @property
    def telling(self) -> Iterator[tuple[str, ...]]:
        """What it shares some of with titles that are nearly equal."""
        return combinations(self.longest, WORDS_SHARED)

    def is_near(self, other: Headline[K]) -> bool:
        """Whether another provider tells it under nearly the same title, within a fortnight."""
        if self.provider == other.provider or self.numbers != other.numbers or abs(self.at - other.at) > FORTNIGHT:
            return False
        from rapidfuzz.fuzz import ratio  # loading it takes 0.1 s

        return ratio(self.words, other.words, score_cutoff=LEAST_RATIO) > 0

    def near_among(self, others: Iterable[Headline[K]]) -> Iterator[Headline[K]]:
        """Its near-duplicates; most others differ at a glance."""
        numbers, provider, key = self.numbers, self.provider, self.key
        for other in others:
            is_likely = other.numbers == numbers and other.provider != provider and other.key != key
            if is_likely and self.is_near(other):
                yield other


def _numbers(words: list[str]) -> list[str]:
    """Those of words in the order of the alphabet that begin with a digit."""
    if words[:1] > [":"] and words[-1].isascii():  # digits stand before letters
        return []
    return [word for word in words if word[0].isdigit()]


def headline_of(key: K, title: str | None, provider: Any, at: datetime | None) -> Headline[K] | None:
    """None where title or date lack: nothing can be said then."""
    return Headline(key, title, provider, at) if title and at else None


class Headlines(Generic[K]):
    """Titles that others are compared with; a title meets only those that share some of its longest words."""

    def __init__(self, headlines: Iterable[Headline[K] | None] = ()) -> None:
        self._by_words: defaultdict[tuple[str, ...], list[Headline[K]]] = defaultdict(list)
        self._longest: list[frozenset[str]] = []
        self._numbers: set[tuple[str, ...]] = set()
        for headline in filter(None, headlines):
            self._longest.append(frozenset(headline.longest))
            self._numbers.add(tuple(headline.numbers))
            for words in headline.telling:
                self._by_words[words].append(headline)
        self._words = frozenset().union(*self._longest)
        self.are_few = len(self._longest) <= FEW

    def may_have_near(self, title: str) -> bool:
        """Whether a title has so many of their longest words, and where they are many the numbers of one.

        To look costs a third of taking a title apart; where they are many, two thirds.
        """
        text = title.casefold()
        if not self.are_few:
            words = _WORD.findall(text)
            has_words = len(self._words.intersection(words)) >= WORDS_SHARED
            return has_words and tuple(_numbers(sorted(words))) in self._numbers
        found = {word for word in self._words if word in text}
        return len(found) >= WORDS_SHARED and any(len(found & words) >= WORDS_SHARED for words in self._longest)

    def near(self, headline: Headline[K] | None) -> Iterator[Headline[K]]:
        """The near-duplicates of a title among them."""
        if headline is None:
            return
        met: dict[Headline[K], None] = {}
        by_words = self._by_words
        known = [word for word in headline.longest if word in self._words]
        for words in combinations(known, WORDS_SHARED):
            if words in by_words:
                met |= dict.fromkeys(by_words[words][-MAX_ALIKE:])
        yield from headline.near_among(met)


def near_pairs(dated: Iterable[Headline[K]]) -> Iterator[tuple[Headline[K], Headline[K]]]:
    """The near-duplicates among many that come in the order of their dates; the earlier of a pair comes first."""
    return NearPairs[K]().among(dated)


class NearPairs(Generic[K]):
    """The same of titles that come in parts. Of those before one it holds a fortnight's, of very many the last."""

    def __init__(self) -> None:
        self._by_words: dict[int, tuple[int, ...]] = {}  # by their hash, which is less to hold
        self._held: dict[int, Headline[K]] = {}
        self._first = self._forgotten = 0

    def among(self, dated: Iterable[Headline[K]]) -> Iterator[tuple[Headline[K], Headline[K]]]:
        """Those of which the later one is among these, which come after all before."""
        for headline in dated:
            yield from ((other, headline) for other in headline.near_among(self._met_by(headline)))

    def _met_by(self, headline: Headline[K]) -> list[Headline[K]]:
        """Those that share some of its longest words; from now on it is one of them."""
        self._let_go_before(headline.at - FORTNIGHT)
        first, by_words = self._first, self._by_words
        number = first + len(self._held)
        alone = (number,)
        met: dict[int, None] = {}
        for words in headline.telling:
            place = hash(words)
            before = by_words.get(place)
            if before is not None and before[0] < first:
                before = before[bisect_left(before, first) :]
            if before:
                met |= dict.fromkeys(before)
                by_words[place] = (*before[1 - MAX_ALIKE :], number)
            else:
                by_words[place] = alone
        self._held[number] = headline
        return [self._held[one] for one in met]

    def _let_go_before(self, begin: datetime) -> None:
        held = self._held
        while held and (held[self._first].at < begin or len(held) > MOST_HELD):
            del held[self._first]
            self._first += 1
        if self._first - self._forgotten > max(FORGOTTEN_AT_ONCE, len(held)):
            self._forgotten = self._first
            for place in [place for place, before in self._by_words.items() if before[-1] < self._first]:
                del self._by_words[place]
