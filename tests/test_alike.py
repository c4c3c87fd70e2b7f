"""Both databases side by side: the same articles, the same questions, the same answers."""

import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from articles.content.words import words_in
from tests.prepared import another_on_postgres, template_on_postgres

ROOT = Path(__file__).resolve().parents[1]


def answers(url: str) -> dict[str, Any]:
    environment = os.environ | {"DATABASE_URL": url, "DEBUG": "1"}
    command = [sys.executable, "-m", "tests.alike"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.postgres
@pytest.mark.thorough
def test_every_filter_order_and_search_has_the_same_answer_on_both(
    with_tables: Callable[[Path], None], template_lock: Path, tmp_path: Path
) -> None:
    with_tables(database := tmp_path / "alike.sqlite3")
    here = answers(f"sqlite:///{database}")
    with another_on_postgres("alike", template=template_on_postgres(lock=template_lock)) as url:
        there = answers(url)
    assert len(here) > 900
    differing = [question for question in here if not are_alike(here[question], there[question])]
    assert differing == []
    assert here['"l\'ete", 1000, 1000, 1000'][0]["rows"]
    places = [page["position"] for question, pages in there.items() if ", 1000, 1000" in question for page in pages]
    assert places.count(None) * 5 < len(places)


def are_alike(one: Any, other: Any) -> bool:
    """Of a place in a long list one database may know what the other would have to count for."""
    if isinstance(one, dict):
        places = {one["position"], other["position"]} - {None}
        return len(places) < 2 and one["rows"] == other["rows"]
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(are_alike, one, other))
    return bool(one == other)


def characters() -> Iterator[str]:
    """Those that Python's Unicode knows; a newer PostgreSQL knows some more."""
    every = (chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000)
    return (char for char in every if unicodedata.category(char) not in ("Cn", "Co"))


@pytest.mark.postgres
@pytest.mark.thorough
@pytest.mark.django_db
def test_every_character_is_part_of_the_same_words_on_both() -> None:
    """SQLite's index is made of `words_in`; PostgreSQL's own words are held to it."""
    differing = []
    every = [f"xa{char}by 1e5{char}" for char in characters()]
    with connection.cursor() as cursor:
        for start in range(0, len(every), 20_000):
            part = every[start : start + 20_000]
            cursor.execute("SELECT t, tsvector_to_array(articles_lexemes(t)) FROM unnest(%s::text[]) t", [part])
            differing += [text for text, words in cursor.fetchall() if {*words} != {*words_in(text)}]
    assert differing == []
