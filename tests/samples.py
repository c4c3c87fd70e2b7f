"""Article files for tests, in the crawler's grammar, and a folder of them that is a site."""

from datetime import datetime, timedelta
from pathlib import Path

SECURED = "QUJDREVGR0hJSktMTU5PUA==;QUJDREVGR0hJSktMTU5PUA=="
SECURED_ANEW = "UE9OTUxLSklIR0ZFRENCQQ==;UE9OTUxLSklIR0ZFRENCQQ=="

ARTICLE = f"""---
category: news
title: "Harbour pilots test a tug that steers itself"
excerpt: "A tug without a crew moved a barge across the harbour."
publishedDateTime: 2026-11-20T08:15:00Z
originalUrl: "https://news.example.com/tug"
type: article
quality: 68
heat: 68
published: false

provider:
  name: Harbour Herald
  domain: news.example.com
  images:
    - url: "/assets/images/organizations/news.example.com-50x50.svg"
      width: 50
      height: 50

topics:
  - Robotics
  - Technology

images:
  - url: "https://pictures.example.com/tug.jpg"
    width: 1200
    height: 630
    isCached: true
  - url: "https://pictures.example.com/barge.jpg"
    width: 800
    height: 600

secured: "{SECURED}"
---

"""

PATH = "_news/2026-11-20-tug.md"


def changed(*pairs: tuple[str, str], text: str = ARTICLE) -> str:
    """The sample article with some of its text replaced; each piece must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def write_files(root: Path, files: dict[str, str | bytes]) -> Path:
    """Files by path below a folder; text goes out as UTF-8, its line breaks as they are."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def numbered(count: int) -> dict[str, str]:
    """So many different articles."""
    return {
        f"_news/2026-11-20-tug-{number:05}.md": changed(("Harbour pilots", f"Harbour pilots {number}"))
        for number in range(count)
    }


def retold(count: int, newest: datetime, *, days: int = 7) -> dict[str, str]:
    """So many stories, a week apart or so many days, each told by two providers under the same title."""
    names = ("Herald", "news.example.com"), ("Gazette", "gazette.example.net")
    who = ("Bakers", "Nurses", "Pilots", "Divers", "Tailors")
    return {
        f"_news/retold-{number:02}-{name}.md": changed(
            ("Harbour pilots", f"{who[number % 5]} of district {number}"),
            ("2026-11-20T", f"{newest - timedelta(days * number):%Y-%m-%d}T"),
            ("Harbour Herald", name),
            ("news.example.com", domain),
        )
        for number in range(count)
        for name, domain in names
    }
