"""What an article's fields should be: the value of every key by its type, and a warning for what is not so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from articles.content.document import Document
from articles.content.schema import Checked, check_article
from articles.content.values import Unread
from tests.samples import ARTICLE, SECURED

URL = "https://news.example.com/tug"


def check(key: str, value: Any) -> Checked:
    return check_article({"title": "T"} | {key: value})


def found(checked: Checked) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.key) for problem in checked.problems]


def test_an_article_as_the_crawler_writes_it_has_no_problems() -> None:
    document = Document.read(ARTICLE.encode())
    checked = check_article(document.fields, document.line_of)
    assert checked.problems == ()
    assert checked.values == document.fields
    assert (checked.as_written, checked.extra) == ({}, {})


def test_nothing_is_asked_of_an_article_but_a_title() -> None:
    assert found(check_article({})) == [("no_title", "title")]
    assert found(check_article({"title": " "})) == [("no_title", "title")]
    assert found(check_article({"title": "T"})) == []


def test_unknown_keys_are_kept_also_those_of_the_provider() -> None:
    checked = check_article({"title": "T", "levels": [1], 12: None, "provider": {"name": "N", "authors": ["A"]}})
    assert checked.extra == {"levels": [1], 12: None, "provider.authors": ["A"]}
    assert checked.values["provider"] == {"name": "N", "authors": ["A"]}


def test_null_and_empty_are_told_from_absent() -> None:
    checked = check_article({"title": "T", "quality": None, "topics": [], "provider": {}, "excerpt": ""})
    assert checked.as_written == {"quality": None, "topics": [], "provider": {}}
    assert checked.values == {"title": "T", "topics": [], "provider": {}, "excerpt": ""}
    assert checked.problems == ()


@pytest.mark.parametrize(
    ("key", "value", "where", "message"),
    [
        pytest.param("category", 5, "category", "should be text, and is a number. Write text.", id="category"),
        pytest.param("title", ["T"], "title", "should be text, and is a list. Write text.", id="title"),
        pytest.param("excerpt", True, "excerpt", "should be text, and is true or false. Write text.", id="excerpt"),
        pytest.param(
            "publishedDateTime",
            "soon",
            "publishedDateTime",
            "should be a time such as 2020-12-29T20:23:00Z, and is text. Write a time such as 2020-12-29T20:23:00Z.",
            id="publishedDateTime",
        ),
        pytest.param("originalUrl", 5, "originalUrl", "should be text, and is a number. Write text.", id="originalUrl"),
        pytest.param("webUrl", {}, "webUrl", "should be text, and is a map. Write text.", id="webUrl"),
        pytest.param(
            "ampWebUrl", date(2020, 1, 1), "ampWebUrl", "should be text, and is a time. Write text.", id="amp"
        ),
        pytest.param("cdnAmpWebUrl", [], "cdnAmpWebUrl", "should be text, and is a list. Write text.", id="cdn"),
        pytest.param("type", 1.5, "type", "should be text, and is a number. Write text.", id="type"),
        pytest.param("quality", "high", "quality", "should be a whole number, and is text.", id="quality"),
        pytest.param("quality", 1.5, "quality", "should be a whole number, and is a number.", id="fraction"),
        pytest.param("heat", True, "heat", "should be a whole number, and is true or false.", id="heat"),
        pytest.param("published", "yes", "published", "should be true or false, and is text.", id="published"),
        pytest.param("published", 1, "published", "should be true or false, and is a number.", id="published 1"),
        pytest.param("featuredContent", {}, "featuredContent", "should be text, and is a map.", id="featuredContent"),
        pytest.param("provider", "P", "provider", "should be a map, and is text. Write a map.", id="provider"),
        pytest.param("provider", {"name": 5}, "provider.name", "should be text, and is a number.", id="provider.name"),
        pytest.param("topics", "AI", "topics", "should be a list, and is text. Write a list.", id="topics"),
        pytest.param("topics", ["AI", 5], "topics[1]", "should be text, and is a number.", id="a topic"),
        pytest.param("topics", [None], "topics[0]", "should be text, and is null.", id="no topic"),
        pytest.param("topics", [""], "topics[0]", "should be the name of a topic, and is empty.", id="empty topic"),
        pytest.param("images", {}, "images", "should be a list, and is a map. Write a list.", id="images"),
        pytest.param("images", ["u"], "images[0]", "should be a map, and is text. Write a map.", id="an image"),
        pytest.param(
            "images", [{"width": "5"}], "images[0].width", "should be a whole number, and is text.", id="width"
        ),
        pytest.param("images", [{"isCached": 1}], "images[0].isCached", "should be true or false,", id="isCached"),
        pytest.param("related", {}, "related", "should be a list, and is a map.", id="related"),
        pytest.param(
            "related",
            [{"provider": {"images": [{"height": []}]}}],
            "related[0].provider.images[0].height",
            "should be a whole number, and is a list.",
            id="deep in related",
        ),
        pytest.param("secured", 5, "secured", "should be text, and is a number.", id="secured"),
    ],
)
def test_a_value_of_the_wrong_type_is_kept_as_written(key: str, value: Any, where: str, message: str) -> None:
    checked = check(key, value)
    problem = checked.problems[0]
    assert (problem.code, problem.key, problem.severity) == ("wrong_type", where, "warning")
    assert problem.message.startswith(f"'{where}' {message}")
    assert checked.as_written == {key: value}


def test_what_is_right_in_a_list_or_map_is_taken_without_the_rest() -> None:
    checked = check_article(
        {
            "title": "T",
            "topics": ["AI", 5, "Ships"],
            "images": [{"url": URL, "width": "wide", "x": 1}, "no map"],
            "provider": {"name": 5, "domain": "example.com"},
        }
    )
    assert checked.values["topics"] == ["AI", "Ships"]
    assert checked.values["images"] == [{"url": URL, "x": 1}]
    assert checked.values["provider"] == {"domain": "example.com"}
    assert set(checked.as_written) == {"topics", "images", "provider"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("publishedDateTime", Unread("2020-02-30"), id="a date"),
        pytest.param("quality", Unread("0x_"), id="a number"),
        pytest.param("title", Unread("2020-02-30"), id="a title"),
        pytest.param("images", [{"url": URL, "width": Unread("0x_")}], id="in an image"),
    ],
)
def test_what_could_not_be_read_is_no_second_problem(key: str, value: Any) -> None:
    checked = check(key, value)
    assert "wrong_type" not in [code for code, _ in found(checked)]
    assert checked.as_written == {key: value}


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        pytest.param(datetime(2020, 12, 29, 20, 23, tzinfo=UTC), datetime(2020, 12, 29, 20, 23, tzinfo=UTC), id="utc"),
        pytest.param(
            datetime(2020, 12, 29, 20, 23, tzinfo=timezone(timedelta(hours=2))),
            datetime(2020, 12, 29, 18, 23, tzinfo=UTC),
            id="zone",
        ),
        pytest.param(datetime(2020, 12, 29, 20, 23), datetime(2020, 12, 29, 20, 23, tzinfo=UTC), id="no zone"),
        pytest.param(date(2020, 12, 29), datetime(2020, 12, 29, tzinfo=UTC), id="date"),
    ],
)
def test_times_are_utc(written: Any, moment: datetime) -> None:
    checked = check("publishedDateTime", written)
    assert checked.values["publishedDateTime"] == moment
    assert checked.problems == ()


@pytest.mark.parametrize("year", [1, 1899, 2101, 9999])
def test_a_time_far_off_is_left_out(year: int) -> None:
    moment = datetime(year, 1, 1, tzinfo=timezone(timedelta(hours=23)))
    checked = check("publishedDateTime", moment)
    assert found(checked) == [("impossible_date", "publishedDateTime")]
    assert checked.as_written == {"publishedDateTime": moment}


@pytest.mark.parametrize(
    ("key", "value", "code", "is_taken"),
    [
        pytest.param("quality", 0, None, True, id="quality 0"),
        pytest.param("quality", -1, "out_of_range", True, id="quality below"),
        pytest.param("quality", 251, "out_of_range", True, id="quality beyond"),
        pytest.param("heat", -1, None, True, id="heat of one that follows"),
        pytest.param("heat", -2, "out_of_range", True, id="heat below"),
        pytest.param("heat", 301, "out_of_range", True, id="heat beyond"),
        pytest.param("quality", 2**31, "number_too_large", False, id="quality beyond the column"),
        pytest.param("images", [{"width": 0}], "out_of_range", True, id="no width"),
        pytest.param("category", "c" * 201, "too_long", False, id="long category"),
        pytest.param("type", "t" * 101, "too_long", False, id="long type"),
        pytest.param("title", "t" * 100_000, None, True, id="long title"),
        pytest.param("provider", {"name": "n" * 301}, "too_long", False, id="long name"),
        pytest.param("topics", ["AI", "Ships", "AI"], "duplicate_topic", True, id="a topic twice"),
    ],
)
def test_it_warns_of_what_is_odd(key: str, value: Any, code: str | None, is_taken: bool) -> None:
    checked = check(key, value)
    assert [code for code, _ in found(checked)] == ([code] if code else [])
    assert (key in checked.as_written) != is_taken


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com/",
        "HTTPS://EXAMPLE.COM/A",
        "https://example.com:8080/a?b=c&d=[e]#f",
        "https://müller.example/é",
        "https://localhost/x",
        "http://127.0.0.1/",
        "http://[::1]/x",
        "https://a.b.c.example/" + "x" * 2000,
        "",
    ],
)
def test_these_are_web_addresses(url: str) -> None:
    assert check("webUrl", url).problems == ()


BAD_URLS = [
    "example.com",
    "//example.com/x",
    "/x",
    "ftp://example.com/x",
    "javascript:alert(1)",
    "JavaScript://example.com/%0aalert(1)",
    "data:text/html,x",
    "https:/example.com",
    "https:example.com",
    "https://",
    "https:///x",
    "https://?x",
    "https://.",
    "https://..../x",
    "https://user:secret@example.com/",
    "https://example.com\\@evil.example/",
    "https:\\\\example.com",
    "https://exa mple.com/",
    "https://example.com/a b",
    "https://example.com/a\nb",
    "https://example.com/\x07",
    "https://example.com/\u2028",
    " https://example.com/",
    "https://example.com/ ",
    "https://example.com/x\n",
    "hxxps://example.com/",
]


@pytest.mark.parametrize("url", BAD_URLS, ids=repr)
def test_these_are_no_web_addresses(url: str) -> None:
    for key in ("originalUrl", "webUrl", "ampWebUrl", "cdnAmpWebUrl"):
        checked = check(key, url)
        assert found(checked) == [("bad_url", key)]
        assert checked.values[key] == url


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [
        ("https://example.com/a.png", True),
        ("/assets/images/a.png", True),
        ("//example.com/a.png", False),
        ("/", False),
        ("/a b.png", False),
        ("/a\\b.png", False),
        ("a.png", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_picture_may_lie_on_the_site_itself(url: str, is_fine: bool) -> None:
    assert found(check("images", [{"url": url}])) == ([] if is_fine else [("bad_url", "images[0].url")])


@pytest.mark.parametrize(
    ("domain", "is_fine"),
    [
        ("example.com", True),
        ("news.example.co.uk", True),
        ("müller.example", True),
        ("example.com.", True),
        ("localhost", False),
        ("", False),
        (".com", False),
        ("example..com", False),
        ("example.com/x", False),
        ("user@example.com", False),
        ("example.com:80", False),
        ("exa mple.com", False),
        ("example.com<b>", False),
    ],
)
def test_a_provider_has_a_domain(domain: str, is_fine: bool) -> None:
    checked = check("provider", {"domain": domain})
    assert found(checked) == ([] if is_fine else [("bad_domain", "provider.domain")])
    assert checked.values["provider"] == {"domain": domain}


@pytest.mark.parametrize(
    ("secured", "is_fine"),
    [
        pytest.param(SECURED, True, id="as the crawler writes it"),
        pytest.param("", False, id="empty"),
        pytest.param("x", False, id="no semicolon"),
        pytest.param(SECURED.replace(";", ","), False, id="a comma"),
        pytest.param(SECURED + ";QQ==", False, id="a third part"),
        pytest.param(";" + SECURED.partition(";")[2], False, id="no ciphertext"),
        pytest.param(SECURED.partition(";")[0] + ";", False, id="no IV"),
        pytest.param("QUJD;" + SECURED.partition(";")[2], False, id="no whole block"),
        pytest.param(SECURED.partition(";")[0] + ";QUJD", False, id="a short IV"),
        pytest.param("Q" + SECURED, False, id="one letter more"),
        pytest.param(SECURED.replace("Q", "é", 1), False, id="a letter of another alphabet"),
        pytest.param(f" {SECURED}", False, id="white space"),
        pytest.param(f"{SECURED}\n", False, id="a line break"),
    ],
)
def test_secured_is_a_ciphertext_and_its_iv(secured: str, is_fine: bool) -> None:
    checked = check("secured", secured)
    assert found(checked) == ([] if is_fine else [("bad_secured", "secured")])
    assert SECURED[:20] not in str(checked.problems)


def test_a_problem_has_the_line_of_its_key() -> None:
    document = Document.read(b"---\ntitle: T\nimages:\n- url: u\n  width: x\n---\n", "_news/x.md")
    problems = check_article(document.fields, document.line_of).problems
    assert [(problem.code, problem.line) for problem in problems] == [("bad_url", 4), ("wrong_type", 5)]
