"""Made-up words for made-up articles: few that nearly every text has, many that hardly any has, as in a language."""

from __future__ import annotations

import random
from typing import Final

WORDS: Final = 50_000
POOL: Final = 1_000_000
"""So many places, of which the word of rank r has one in 11 r: whoever draws from them writes like people do."""

_CONSONANTS: Final = ("b", "br", "d", "dr", "f", "g", "gl", "h", "k", "kr", "l", "m", "n", "p", "pl", "r", "s", "st")
_VOWELS: Final = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_ENDS: Final = ("", "n", "l", "r", "k", "st", "nd")
_SHORT: Final = 500
"""So many of the commonest words have one or two syllables."""


def word(rank: int) -> str:
    """The word of a rank, from 0; another for each."""
    rest = rank
    syllables: list[str] = []
    while rest or not syllables or (rank >= _SHORT and len(syllables) < 3):
        rest, consonant = divmod(rest, len(_CONSONANTS))
        rest, vowel = divmod(rest, len(_VOWELS))
        syllables.append(_CONSONANTS[consonant] + _VOWELS[vowel])
    return "".join(syllables) + _ENDS[rank * 7 % len(_ENDS)] + _mark(rank)


def pool() -> list[str]:
    """Words as often as they are said."""
    whole = sum(1 / rank for rank in range(1, WORDS + 1))
    return [said for rank in range(WORDS) for said in [word(rank)] * max(1, round(POOL / whole / (rank + 1)))]


def sentence(chance: random.Random, words: list[str], count: int) -> str:
    return " ".join(chance.choices(words, k=count)).capitalize()


def _mark(rank: int) -> str:
    """Tells words apart whose syllables are the same with a zero in front."""
    return "" if rank < _SHORT else _VOWELS[rank % 5] + "t"
