"""The fragments for Jinja2: each is whole, asks for nothing that it is not given, and escapes all that it is given."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse, set_script_prefix
from django.utils.text import Truncator
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, UndefinedError, meta

from articles.fragments import address, meter, short_moment
from articles.wording import cut

FRAGMENTS = sorted(path.name for path in (Path(settings.BASE_DIR) / "templates" / "fragments").iterdir())
PANE = {"article", "pane", "queue", "then", "csrf_token"}
GIVEN = {
    "article.jinja": PANE,
    "answer.jinja": PANE | {"answer", "level", "following", "frame", "left", "rows", "may_change"},
    "filters.jinja": {"queue", "chips", "orders", "states", "sites", "findings", "published"},
    "frame.jinja": {"frame", "user", "csrf_token"},
    "rows.jinja": {"rows", "may_change"},
    "lines.jinja": {"article", "pieces"},
}
"""What the pages give to a fragment that they show; the others are parts of these."""


@pytest.fixture
def environment() -> Environment:
    env: Environment = engines["jinja2"].env  # type: ignore[attr-defined]
    return env


def asked_by(environment: Environment, name: str) -> set[str]:
    """All names that a fragment and its parts ask for."""
    source, _, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
    tree = environment.parse(source)
    own = meta.find_undeclared_variables(tree)
    parts = [part for part in meta.find_referenced_templates(tree) if part]
    return own.union(*(asked_by(environment, part) for part in parts)) - environment.globals.keys()


@pytest.mark.parametrize("name", FRAGMENTS)
def test_it_compiles(name: str) -> None:
    get_template(name, using="jinja2")


@pytest.mark.parametrize("name", GIVEN)
def test_it_asks_for_nothing_that_it_is_not_given(environment: Environment, name: str) -> None:
    set_within = {"seen", "pieces"} if name in ("article.jinja", "answer.jinja") else set()
    assert asked_by(environment, name) - set_within <= GIVEN[name]


def test_each_is_shown_by_a_page_or_a_part_of_one_that_is(environment: Environment) -> None:
    parts = set(GIVEN)
    for name in FRAGMENTS:
        source, _, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
        parts |= {part for part in meta.find_referenced_templates(environment.parse(source)) if part}
    assert parts == set(FRAGMENTS)


def test_a_name_that_is_not_given_is_an_error(environment: Environment) -> None:
    with pytest.raises(UndefinedError, match="'title' is undefined"):
        environment.from_string("<b>{{ title }}</b>").render()


@pytest.mark.parametrize(
    "text, shown",
    [
        ("<script>alert(1)</script>", "<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>"),
        ('" onload="x', "<b>&#34; onload=&#34;x</b>"),
        ("'&'", "<b>&#39;&amp;&#39;</b>"),
    ],
)
@pytest.mark.parametrize("template", ["<b>{{ text }}</b>", "<b>{{ text|cut(40) }}</b>", "<b>{{ text|capfirst }}</b>"])
def test_all_is_escaped(environment: Environment, template: str, text: str, shown: str) -> None:
    assert environment.from_string(template).render(text=text) == shown


@pytest.mark.parametrize(
    "name, number, expected",
    [
        ("home", None, "/"),
        ("article-publish", 7, "/articles/7/publish/"),
        ("article", 2**63 - 1, "/articles/9223372036854775807/"),
        ("admin:articles_article_history", 31, "/admin/articles/article/31/history/"),
    ],
)
def test_an_address_is_that_of_the_route(name: str, number: int | None, expected: str) -> None:
    assert address(name, number) == expected == reverse(name, args=[number] if number else [])


def test_an_address_follows_the_prefix_and_the_routes() -> None:
    assert address("undo") == "/undo/"
    try:
        set_script_prefix("/desk/")
        assert address("undo") == "/desk/undo/"
    finally:
        set_script_prefix("/")
    assert address("undo") == "/undo/"


def test_no_address_is_made_up() -> None:
    with pytest.raises(NoReverseMatch):
        address("article-sink", 7)


@given(
    st.text(max_size=40)
    | st.text(st.sampled_from("ae\u0301\u0308 \u200d\U0001f469"), max_size=40)
    | st.text(st.characters(max_codepoint=0x310), min_size=20, max_size=40),
    st.integers(1, 30),
)
def test_a_text_is_cut_as_django_cuts_it(text: str, chars: int) -> None:
    assert cut(text, chars) == Truncator(text).chars(chars)


@pytest.mark.parametrize(
    "score, threshold, classes, width",
    [(100, 50, "meter reached", '"46"'), (10, 50, "meter", '"5"'), (999, 50, "meter reached", '"64"')],
)
def test_a_meter_shows_a_score(score: int, threshold: int, classes: str, width: str) -> None:
    shown = meter(score, threshold)
    assert f'<svg class="{classes}"' in shown
    assert f'<rect class="fill" y="3" width={width}' in shown


@pytest.mark.parametrize("score", [None, True, "<b>"])
def test_a_meter_of_no_score_is_empty(score: Any) -> None:
    meter(1, 50)
    assert '<svg class="meter none"' in meter(score, 50)
    assert "fill" not in meter(score, 50)


def test_a_moment_in_short() -> None:
    assert short_moment(datetime(2026, 9, 1, 9, 5, tzinfo=timezone(timedelta(hours=2)))) == "1 Sep 2026, 07:05 UTC"
