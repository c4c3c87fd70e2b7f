"""What a text that is looked into is found by, as the index would say."""

from __future__ import annotations

import random

import pytest

from articles.content.words import has_words, sought, words_in

TEXTS = (
    "Überraschung im Café de l’Été",
    "U\u0308berraschung im Cafe\u0301",
    "ŁÓDŹ, Ğüneş und Straße",
    "273 \u212a und 1 \u212b",
    "日本語の新聞、が行 か\u3099",
    "half ½, x² and Ⅳ, ﬁne",
    "snake_case co-op don’t 7٣",
    "🇩🇪 rocket🚀launch 😀",
    "caf" + "é" * 1_500 + " end",
)


@pytest.mark.parametrize(
    ("text", "words", "is_found"),
    [
        ("Überraschung", "uberrasch", True),
        ("Überraschung", "berr", False),
        ("cafe\u0301s", "cafes", True),
        ("cafe\u0301 du coin", "cafe", True),
        ("Ğüneş", "gunes", True),
        ("300 \u212a", "k", True),
        ("日本語の新聞", "日本", True),
        ("東日本", "日本", False),
        ("é ab", "ab", True),
        ("é abc", "ab", False),
        ("rocket🚀launch", "laun", True),
        ("x² é", "x2", False),
        ("naïve CAFÉ", "cafe naive", True),
        ("naïve CAFÉ", "cafe native", False),
    ],
)
def test_a_text_has_words(text: str, words: str, *, is_found: bool) -> None:
    assert has_words(None, text, words) is is_found
    assert has_words(text, "", words) is is_found


def test_texts_in_every_script_have_what_their_words_say() -> None:
    chars, draw = sorted({char for text in TEXTS for char in text[:60]}), random.Random(7)
    texts = [*TEXTS, *("".join(draw.choices(chars, k=draw.randint(1, 30))) for _ in range(3_000))]
    asked = sorted({word[:length] for text in TEXTS for word in words_in(text[:60]) for length in (1, 2, 4, 9)})

    for text in texts:
        pair = draw.sample(asked, 2)
        assert has_words(text, None, " ".join(pair)) is all(_has(text, word) for word in pair), (text, pair)


def _has(text: str, asked: str) -> bool:
    stem, stands_for_more = sought(asked)
    words = [word for word in words_in(text) if len(word.encode()) <= 2046]
    return any(word.startswith(stem) if stands_for_more else word == stem for word in words)
