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
_BEYOND_LATIN: Final = re.compile("[\u0100-\u0233\u1e00-\u1ef9\u212a\u212b]")
"""What stands for a letter of ASCII, too, as an accented one does, and has no place in Latin-1."""


def words_in(text: str) -> list[str]:
    """All of them, in their order."""
    words: list[str] = _WORD.findall(_plainly(text))
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
    text, asked = _both(title, excerpt), _asked(words)
    if not text.isascii() and not _may_have(text, asked):
        return False
    plain = _plainly(text)
    return all(_has(plain, stem, stands_for_more) for stem, stands_for_more in asked)


def which_words(title: str | None, excerpt: str | None, words: str) -> int:
    """Which of them these texts have: a bit for each, the first one's is 1."""
    text, asked = _both(title, excerpt), _asked(words)
    if not text.isascii() and not any(_may_have(text, [one]) for one in asked):
        return 0
    plain = _plainly(text)
    return sum(1 << place for place, one in enumerate(asked) if _has(plain, *one))


def sought(word: str) -> tuple[str, bool]:
    """What to look for where somebody asks for a word, and whether it stands for all that begin with it."""
    is_plural = len(word) >= PLURAL_CHARS and word.endswith("s") and not word.endswith("ss")
    stands_for_more = len(word) >= BEGINNING_CHARS or word > _WITHOUT_SPACES
    return (word[:-1] if is_plural else word), stands_for_more


def _both(title: str | None, excerpt: str | None) -> str:
    return f"{title or ''} {excerpt or ''}"


def _plainly(text: str) -> str:
    """In small letters and without accents."""
    small = text[:MOST_CHARS].lower()
    return small if small.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFD", small))


def _may_have(text: str, asked: Iterable[tuple[str, bool]]) -> bool:
    """No where it is certain that a text has not all of them: a tenth of what it costs to tell."""
    if _BEYOND_LATIN.search(text):
        return True
    letters = text.encode("latin-1", "ignore").translate(_FROM_LATIN).decode("latin-1")
    return all(stem in letters or not stem.isascii() for stem, _ in asked)


def _fit(words: list[str]) -> Iterable[str]:
    if max(map(len, words), default=0) <= LONGEST_WORD // 4:
        return words
    return (word for word in words if _is_fit(word))


def _is_fit(word: str) -> bool:
    return len(word) <= LONGEST_WORD // 4 or len(word.encode()) <= LONGEST_WORD


def _has(text: str, stem: str, stands_for_more: bool) -> bool:
    """Whether a word of the text is it, or begins with it."""
    at = text.find(stem)
    while at >= 0:
        end = at + len(stem)
        if not (at and _is_in_word(text[at - 1])) and (stands_for_more or not _is_in_word(text[end : end + 1])):
            is_fit = len(text) <= LONGEST_WORD // 4 or _is_fit(_word_at(text, at))
            if is_fit:
                return True
        at = text.find(stem, at + 1)
    return False


def _is_in_word(char: str) -> bool:
    return char.isalpha() or char.isdecimal()


def _word_at(text: str, start: int) -> str:
    end = start
    while end < len(text) and _is_in_word(text[end]):
        end += 1
    return text[start:end]


@lru_cache(maxsize=64)
def _asked(words: str) -> list[tuple[str, bool]]:
    return [sought(word) for word in words.split()]


def _of_letters(found: str) -> Iterable[str]:
    """Numbers that are no digits, as ² and ½, are no part of a word."""
    if all(map(_is_in_word, found)):
        return (found,)
    return "".join(char if _is_in_word(char) else " " for char in found).split()


_FROM_LATIN: Final = bytes(
    ord(plain) if (plain := _plainly(chr(code))).isascii() and plain else code for code in range(256)
)
"""To small letters without accents."""
