"""The words of a text, as every index has them: letters and digits, without their accents, in small letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
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
_OTHERS: Final = bytes(code for code in range(256) if not (0xC4 <= code <= 0xC8 or code == 0xE1))
"""With the bytes that are left begin, in UTF-8, letters beyond Latin-1 that stand for one of ASCII, as accented ones
do; but for the signs of Kelvin and Angstrom, which are among the letter-like ones."""
_LETTER_LIKE: Final = b"\xe2\x84"
_NO_LETTERS: Final = frozenset(code for code in range(128) if not chr(code).isalnum())


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
    if not text.isascii() and (said := _at_a_glance(text, asked)) is not None:
        return said
    plain = _plainly(text)
    for stem, stands_for_more in asked:  # noqa: SIM110 - a generator would take as long as a look
        if not _has(plain, stem, stands_for_more):
            return False
    return True


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


def _at_a_glance(text: str, asked: Sequence[tuple[str, bool]]) -> bool | None:
    """What is certain of a text without its letters taken apart, which costs two to three times; None: nothing."""
    letters = text.encode("latin-1", "ignore").translate(_FROM_LATIN)
    if len(letters) < len(text) and _is_beyond_latin(text):
        letters = unicodedata.normalize("NFD", text).encode("ascii", "ignore").lower()
    for stem, _ in asked:
        if stem.isascii() and stem.encode() not in letters:
            return False
    raw = text[:MOST_CHARS].encode("utf-8", "surrogatepass").lower()
    for stem, stands_for_more in asked:
        if not _surely_has(raw, stem.encode(), stands_for_more):
            return None
    return True


def _is_beyond_latin(text: str) -> bool:
    """Whether letters beyond Latin-1 may stand for one of ASCII."""
    raw = text.encode("utf-8", "surrogatepass")
    return bool(raw.translate(None, _OTHERS)) or _LETTER_LIKE in raw


def _surely_has(raw: bytes, stem: bytes, stands_for_more: bool) -> bool:
    """Whether it is there as it is asked for, in a word of a common length, with a mark of ASCII before it."""
    at, end = raw.find(stem), len(raw)
    while at >= 0 and end <= LONGEST_WORD:
        behind = at + len(stem)
        begins = at == 0 or raw[at - 1] in _NO_LETTERS
        if begins and (stands_for_more or behind == end or raw[behind] in _NO_LETTERS):
            return True
        at = raw.find(stem, at + 1)
    return False


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
            is_fit = len(text) <= (LONGEST_WORD if text.isascii() else LONGEST_WORD // 4) or _is_fit(_word_at(text, at))
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
def _asked(words: str) -> Sequence[tuple[str, bool]]:
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
