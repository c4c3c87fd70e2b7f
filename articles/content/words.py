"""The words of a text, as every index has them: letters and digits, without their accents, in small letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

MOST_CHARS: Final = 200_000
"""So much of a text is read."""
LONGEST_WORD: Final = 2046
"""In bytes. What is longer is no word, and an index of PostgreSQL takes none."""
BEGINNING_CHARS: Final = 4
PLURAL_CHARS: Final = 5

_WITHOUT_SPACES: Final = "\u2e80"
"""From here on lie scripts that put no space between words: what is asked for may be the beginning of a sentence."""
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_WORD: Final = re.compile(r"[^\W_]+")


def words_in(text: str) -> list[str]:
    """All of them, in their order."""
    small = text[:MOST_CHARS].lower()
    if small.isascii():
        return _WORD.findall(small)
    words: list[str] = _WORD.findall(_ACCENTS.sub("", unicodedata.normalize("NFD", small)))
    if all(map(str.isalpha, words)):
        return words
    return [word for found in words for word in ((found,) if found.isalpha() else _of_letters(found))]


def indexed(title: str | None, excerpt: str | None) -> str:
    """What the index of an article reads: its words, with whatever its tokenizer takes for a gap between them."""
    text = _both(title, excerpt)
    if len(text) <= LONGEST_WORD and text.isascii():
        return text.lower()
    return " ".join(_fit(words_in(text)))


def has_words(title: str | None, excerpt: str | None, words: str) -> bool:
    """What the index would say of these texts; the words are asked for as `sought` gives them."""
    text = _both(title, excerpt)
    is_plain = len(text) <= LONGEST_WORD and text.isascii()
    small = text.lower() if is_plain else indexed(title, excerpt)
    return all(_has(small, stem, stands_for_more) for stem, stands_for_more in _asked(words))


def sought(word: str) -> tuple[str, bool]:
    """What to look for where somebody asks for a word, and whether it stands for all that begin with it."""
    is_plural = len(word) >= PLURAL_CHARS and word.endswith("s") and not word.endswith("ss")
    stands_for_more = len(word) >= BEGINNING_CHARS or word > _WITHOUT_SPACES
    return (word[:-1] if is_plural else word), stands_for_more


def _both(title: str | None, excerpt: str | None) -> str:
    return f"{title or ''} {excerpt or ''}"


def _fit(words: list[str]) -> Iterable[str]:
    if max(map(len, words), default=0) <= LONGEST_WORD // 4:
        return words
    return (word for word in words if len(word) <= LONGEST_WORD // 4 or len(word.encode()) <= LONGEST_WORD)


def _has(text: str, stem: str, stands_for_more: bool) -> bool:
    """Whether a word of the text is it, or begins with it."""
    at = text.find(stem)
    while at >= 0:
        end = at + len(stem)
        if not (at and text[at - 1].isalnum()) and (stands_for_more or not text[end : end + 1].isalnum()):
            return True
        at = text.find(stem, at + 1)
    return False


@lru_cache(maxsize=64)
def _asked(words: str) -> list[tuple[str, bool]]:
    return [sought(word) for word in words.split()]


def _of_letters(found: str) -> Iterable[str]:
    """Numbers that are no digits, as ² and ½, are no part of a word."""
    if all(char.isalpha() or char.isdecimal() for char in found):
        return (found,)
    return "".join(char if char.isalpha() or char.isdecimal() else " " for char in found).split()
