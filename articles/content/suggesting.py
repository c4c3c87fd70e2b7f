"""Topics that an article may belong to: those whose keyword stands in its title or excerpt."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

MAX_JUDGED_CHARS: Final = 5_000

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*[+#]*")
"""C, C++ and C# are three words; a hyphen parts words, an apostrophe does not."""
_POSSESSIVE: Final = re.compile(r"['\u2019]s$")
LEAST_CHARS_OF_PLURAL: Final = 4
"""`ios`, `aws` and `gas` are no plurals."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A topic, the keyword that points to it, and the field (`title` or `excerpt`) that the keyword stands in."""

    topic: str
    keyword: str
    key: str

    @property
    def reason(self) -> str:
        return f"'{self.keyword}' stands in the {self.key}"


@dataclass(frozen=True, slots=True)
class _Keyword:
    topic: str
    text: str
    words: tuple[str, ...]
    as_written: str


class Keywords:
    """The keywords of a site's topics, made ready once to be looked for in many articles.

    Words count as a whole, without regard to capitals, hyphens and plural: `model-driven app` stands in "Model driven
    apps". But a single word in the plural is meant so: `teams`, a product, does not stand in "the team". A topic's name
    is one of its keywords.
    """

    def __init__(self, topics: Mapping[str, Iterable[str]]) -> None:
        self.topics = list(topics)
        self._by_first_word: defaultdict[str, list[_Keyword]] = defaultdict(list)
        for topic, keywords in topics.items():
            for text in dict.fromkeys((*keywords, topic)):
                written = _written(text)
                if words := tuple(map(_singular, written)):
                    as_written = written[0] if len(words) == 1 and written != words else ""
                    self._by_first_word[words[0]].append(_Keyword(topic, text, words, as_written))

    def suggest(self, title: str, excerpt: str, has: Collection[str] = ()) -> list[Suggestion]:
        """Topics that the article has not, those of the title first, each with the longest keyword that stands there.

        Otherwise they come in the site's order.
        """
        found: dict[str, Suggestion] = {}
        for key, text in (("title", title), ("excerpt", excerpt)):
            for keyword in sorted(self._standing_in(text), key=lambda keyword: -len(keyword.text)):
                if keyword.topic not in has:
                    found.setdefault(keyword.topic, Suggestion(keyword.topic, keyword.text, key))
        return sorted(found.values(), key=lambda one: (one.key != "title", self.topics.index(one.topic)))

    def _standing_in(self, text: str) -> Iterator[_Keyword]:
        written = _written(text[:MAX_JUDGED_CHARS])
        words = tuple(map(_singular, written))
        for place, word in enumerate(words):
            for keyword in self._by_first_word.get(word, ()):
                stands = words[place : place + len(keyword.words)] == keyword.words
                if stands and keyword.as_written in ("", written[place]):
                    yield keyword


def _written(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


def _singular(word: str) -> str:
    word = _POSSESSIVE.sub("", word)
    if len(word) < LEAST_CHARS_OF_PLURAL or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses")) else word[:-1]
