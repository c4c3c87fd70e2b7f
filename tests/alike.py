"""Answers of the desk to the same questions over the same made-up articles, as JSON, for whichever database there is.

`DATABASE_URL=... python -m tests.alike`, on an empty, migrated database: what differs from one to another is a mistake.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import django

ARTICLES: Final = 240
TEXTS: Final = (
    *(
        "Don't stop the l'été",
        "L’été à Paris",
        "ete e\u0301te\u0301 ÉTÉ",
        "Straße STRASSE straẞe",
        "İstanbul ISTANBUL ısı isi",
    ),
    *(
        "ΟΔΟΣ οδός Σίσυφος",
        "C++ and C# and .NET 4.5",
        "e-mail two-way 3.5 1e5www 007",
        "AT&T; R&D; 100%",
        "🤖 robots 🤖robot",
    ),
    *(
        "夜の温室で働くロボット",
        "日本語 ﾛﾎﾞｯﾄ 한국어",
        "m² ½ Ⅳ ٣٤",
        "ﬁn ſtill µm Kelvin Å",
        "x" * 300,
        "Robots robot robotics robes",
    ),
    *(
        'say "tug" NEAR( AND OR NOT -word a:b',
        "* ^ ~ | & ! \\ ' \" %_",
        "अस्पताल में रोबोट",
        "المدينة الجديدة",
        "news class glass buses",
    ),
    *(
        "café_crème snake_case",
        "Tiếng Việt Tie\u0302\u0301ng",
        "ŒUVRE œuvre æ ø Łódź",
        "\u00adsoft\u00adhyphen zero\u200bwidth",
    ),
)
TYPED: Final = (
    *(
        "don't",
        "l'été",
        "l'ete",
        "ete",
        "ÉTÉ",
        "strasse",
        "straße",
        "STRASSE",
        "istanbul",
        "İSTANBUL",
        "ısı",
        "isi",
        "οδος",
        "ΟΔΟΣ",
    ),
    *(
        "c++",
        "c#",
        "4.5",
        "e-mail",
        "email",
        "3.5",
        "1e5",
        "1e5www",
        "007",
        "r&d",
        "100%",
        "🤖",
        "🤖robot",
        "夜の",
        "日本語",
        "ロボット",
    ),
    *(
        "한국",
        "m²",
        "½",
        "٣٤",
        "ﬁn",
        "still",
        "ſtill",
        "µm",
        "Kelvin",
        "x" * 180,
        "x" * 200,
        "robots",
        "robot",
        "robo",
        "rob",
        "robes",
    ),
    *(
        '"tug"',
        "near(",
        "and",
        "or not",
        "-word",
        "a:b",
        "*",
        "tug*",
        "^tug",
        "title:tug",
        "%",
        "_",
        "अस्पताल",
        "المدينة",
        "news",
        "new",
    ),
    *(
        "class",
        "glass",
        "buses",
        "bus",
        "creme",
        "snake",
        "tieng",
        "viet",
        "oeuvre",
        "œuvre",
        "æ",
        "lodz",
        "łódź",
        "softhyphen",
        "zerowidth",
    ),
    *(
        "tug harbour",
        "harbour the",
        "",
        " ",
        "the " * 60,
        "\u0301",
        "and or not near",
        "'; DROP TABLE",
        "\\",
        "a' OR 1=1",
    ),
)
LISTS: Final = (
    *(
        "",
        "state=all",
        "state=new",
        "state=conflicts",
        "state=changed",
        "state=decided",
        "state=gone",
        "site=harbour",
        "site=tower",
    ),
    *(
        "topic=Robotics&state=all",
        "provider=news.example.com",
        "provider=harbour",
        "type=video&state=all",
        "type=article",
    ),
    *(
        "published=yes",
        "published=no&state=all",
        "published=none",
        "quality_min=60&state=all",
        "quality_max=60",
        "heat_min=90",
    ),
    *(
        "heat_max=0&state=all",
        "date_from=2026-11-15",
        "date_to=2026-11-15&state=all",
        "finding=mojibake",
        "differs=1",
        "flapping=1",
    ),
)
SEARCHED: Final = (
    "q=robots",
    "q=tug&state=all",
    "q=harbour&site=tower",
    "q=ete&published=no&state=all",
    "q=the&topic=Film",
)


def fill() -> None:
    """The same rows whenever it is asked, with ties and gaps in every column that an order goes by."""
    from articles.content.values import ABSENT
    from articles.models import Article, Finding
    from articles.standing import stand_anew
    from tests.factories import NOON, make_article, make_site

    chance = random.Random(7)
    sites = [make_site(), make_site("tower", threshold=50)]
    for number in range(ARTICLES):
        scores: dict[str, Any] = {key: chance.choice([ABSENT, 10, 60, 70, 90, 120]) for key in ("quality", "heat")}
        at = chance.choice([ABSENT, NOON - timedelta(days=chance.randrange(20)), NOON])
        text: dict[str, Any] = {
            "title": chance.choice(TEXTS),
            "excerpt": chance.choice((ABSENT, *TEXTS, "The tug in the harbour")),
        }
        more: dict[str, Any] = {
            "topics": chance.sample(["Robotics", "Film", "Été"], 2),
            "type": chance.choice(["article", "video"]),
        }
        published = chance.choice([ABSENT, True, False])
        path = f"_news/{number}.md"
        article = make_article(
            chance.choice(sites), path, published=published, publishedDateTime=at, **scores, **text, **more
        )
        stand_anew(article, (), article.site.threshold)
        article.state = chance.choice([*Article.State])
        article.save()
        for code in chance.sample(["mojibake", "against_rule", "flapping"], chance.randrange(3)):
            Finding.objects.create(article=article, code=code, severity="error", key="title")


def answers() -> Iterator[tuple[str, Any]]:
    """Each question and its answer; lists by every way to a page, and page by page."""
    from articles import searching
    from articles.admin.finding import meaning_of
    from articles.desk import choosing, listing, sizing
    from articles.desk.keyset import ORDERS
    from articles.models import Article

    setattr(listing, "ROWS", 30)  # noqa: B010 - no constant for once
    for many, middling, tried in ((1000, 1000, 1000), (0, 1000, 1000), (0, 0, 1000), (0, 1000, 15)):
        setattr(sizing, "MANY", many)  # noqa: B010
        setattr(searching, "MIDDLING", middling)  # noqa: B010
        setattr(sizing, "MANY_HITS", middling)  # noqa: B010
        setattr(choosing, "TRIED_AT_MOST", tried)  # noqa: B010
        setattr(choosing, "READ_AT_MOST", tried)  # noqa: B010
        for asked in (*LISTS, *SEARCHED):
            for order in ORDERS:
                yield f"{asked} by {order}, {many}, {middling}, {tried}", _pages(f"{asked}&order={order}")
        for typed in TYPED:
            yield f"{typed!r}, {many}, {middling}, {tried}", _pages("state=all&order=newest", q=typed)
    for typed in TYPED:
        yield (
            f"{typed!r} in the records",
            sorted(Article.objects.filter(meaning_of(typed.strip())).values_list("pk", flat=True)),
        )
    for asked in (*LISTS, *SEARCHED):
        yield f"facets of {asked}", _facets(asked)


def _pages(query: str, **more: str) -> list[Any]:
    from django.http import QueryDict

    from articles.desk.asking import Asked
    from articles.desk.listing import page_of

    data = QueryDict(query, mutable=True)
    data.update(more)
    found: list[Any] = []
    while True:
        page = page_of(Asked(data))
        found.append({"position": page.position, "rows": [article.pk for article in page.articles]})
        if not page.next:
            return found
        data = QueryDict(page.next.partition("?")[2])


def _facets(query: str) -> list[Any]:
    from django.http import QueryDict

    from articles.desk.asking import Asked
    from articles.desk.facets import facets_of

    return [
        [facet.title, sorted((one.words, one.count) for one in facet.choices)]
        for facet in facets_of(Asked(QueryDict(query)))
    ]


def main() -> None:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "newsroom.settings", "DEBUG": "1"}
    django.setup()
    fill()
    print(json.dumps(dict(answers())))


if __name__ == "__main__":
    main()
