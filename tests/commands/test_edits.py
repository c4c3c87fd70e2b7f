"""A value on the command line is YAML, within the bounds that hold for files."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from articles.management.edits import BadEdit, value_of_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ('""', ""),
        ("null", None),
        ("~", None),
        ("A tug", "A tug"),
        ("'A tug: the story'", "A tug: the story"),
        ("yes", True),
        ('"yes"', "yes"),
        ("70", 70),
        ("[AI, Health]", ["AI", "Health"]),
        ("- AI\n- Health", ["AI", "Health"]),
        ("{name: Herald, domain: h.example}", {"name": "Herald", "domain": "h.example"}),
        ("name: Herald\ndomain: h.example", {"name": "Herald", "domain": "h.example"}),
        ("2026-11-20T08:15:00Z", datetime(2026, 11, 20, 8, 15, tzinfo=UTC)),
        ("2026-11-20", date(2026, 11, 20)),
        ("|\n one\n two", "one\ntwo\n"),
        ('"tab\\t emoji 🐝"', "tab\t emoji 🐝"),
    ],
)
def test_a_value_is_yaml(text: str, value: Any) -> None:
    assert value_of_yaml("key", text) == value


@pytest.mark.parametrize(
    "text",
    ["[", "'open", "{a: 1, a: 2}", "*x", "!!python/name:os.system x", "x\u2028y: 1", "2026-13-45", "a\0b"],
    ids=repr,
)
def test_a_value_that_is_no_yaml_is_refused(text: str) -> None:
    with pytest.raises(BadEdit):
        value_of_yaml("key", text)
