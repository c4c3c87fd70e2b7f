"""A file that does not exist yet is written as the crawler would write it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from articles.content.document import Document, EditRefused
from tests.samples import ARTICLE, SECURED

FIELDS: dict[str, Any] = {
    "secured": SECURED,
    "levels": [1],
    "related": [
        {
            "images": [{"width": 5, "url": "https://e.example/r.png"}],
            "provider": {"domain": "e.example", "name": "E"},
            "title": "R",
            "quality": 5,
            "webUrl": "https://e.example/r",
        }
    ],
    "images": [{"isCached": True, "height": 2, "width": 1, "url": "https://e.example/a.png", "title": "A: b"}],
    "topics": ["AI in Autos", "AI"],
    "provider": {"images": [{"url": "/p.png", "width": 50}], "domain": "e.example", "name": "Example: Times"},
    "featuredContent": '<iframe src="https://e.example/v"></iframe>',
    "published": False,
    "heat": -1,
    "quality": 52,
    "type": "video",
    "webUrl": "https://e.example/a",
    "publishedDateTime": datetime(2020, 12, 29, 20, 23, tzinfo=UTC),
    "excerpt": "One\nTwo\t\\ é",
    "title": 'Say "hi"',
    "category": "news",
    "length": None,
}
WRITTEN = f"""---
category: news
title: "Say \\"hi\\""
excerpt: "One\\nTwo\\t\\\\ é"
publishedDateTime: 2020-12-29T20:23:00Z
webUrl: "https://e.example/a"
type: video
quality: 52
heat: -1
published: false

featuredContent: "<iframe src=\\"https://e.example/v\\"></iframe>"

provider:
  name: "Example: Times"
  domain: e.example
  images:
    - url: "/p.png"
      width: 50

topics:
  - AI in Autos
  - AI

images:
  - url: "https://e.example/a.png"
    width: 1
    height: 2
    isCached: true
    title: "A: b"

related:
  - title: "R"
    webUrl: "https://e.example/r"
    provider:
      name: E
      domain: e.example
    quality: 5
    images:
      - url: "https://e.example/r.png"
        width: 5

secured: "{SECURED}"
levels:
  - 1
length: null
---

"""


def test_keys_stand_in_the_order_of_the_grammar_with_its_blank_lines_and_quotes() -> None:
    document = Document.new(FIELDS, "_news/2020-12-29-say-hi.md")
    assert document.to_bytes().decode() == WRITTEN
    assert document.fields == FIELDS
    assert document.path == "_news/2020-12-29-say-hi.md"


def test_the_order_of_the_fields_makes_no_difference() -> None:
    known = {key: value for key, value in FIELDS.items() if key not in ("levels", "length")}
    assert Document.new(known).to_bytes() == Document.new(dict(reversed(known.items()))).to_bytes()


def test_an_article_as_the_crawler_wrote_it_comes_out_the_same() -> None:
    assert Document.new(Document.read(ARTICLE.encode()).fields).to_bytes().strip() == ARTICLE.encode().strip()


def test_its_lines_may_end_as_those_of_the_other_files() -> None:
    written = Document.new(FIELDS, newline="\r\n").to_bytes()
    assert written == WRITTEN.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("fields", "front"),
    [
        ({}, ""),
        ({"title": "T"}, 'title: "T"\n'),
        ({"topics": ["A"]}, "topics:\n  - A\n"),
        ({"title": "", "topics": [], "provider": {}}, 'title: ""\n\nprovider: {}\n\ntopics: []\n'),
        ({"type": "yes", "category": "12"}, 'category: "12"\ntype: "yes"\n'),
        ({"a.b": 1, "two words": 2, "é": 3, "": 4}, 'a.b: 1\ntwo words: 2\né: 3\n"": 4\n'),
        ({"day": date(2020, 12, 29)}, "day: 2020-12-29\n"),
    ],
    ids=repr,
)
def test_it_writes_what_there_is(fields: dict[str, Any], front: str) -> None:
    document = Document.new(fields)
    assert document.to_bytes().decode() == f"---\n{front}---\n\n"
    assert document.fields == fields


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"title": "a\0b"}, "nul", id="NUL"),
        pytest.param({("a", "b"): 1}, "bad_key", id="a list as key"),
        pytest.param({"k" * 1001: 1}, "bad_key", id="a long key"),
        pytest.param({"title": b"T"}, "wrong_type", id="bytes"),
        pytest.param({"a": list(range(30_000))}, "not_editable", id="more than can be read"),
    ],
)
def test_it_refuses_what_no_file_can_hold(fields: dict[Any, Any], code: str) -> None:
    with pytest.raises(EditRefused) as refused:
        Document.new(fields)
    assert refused.value.problem.code == code


def test_every_news_file_of_a_real_site_is_written_the_same(corpus: Path) -> None:
    files = sorted((corpus / "_news").glob("*.md"))
    assert len(files) > 50
    for file in files:
        document = Document.read(file.read_bytes())
        assert Document.new(document.fields, newline=document.newline).to_bytes() == file.read_bytes()
