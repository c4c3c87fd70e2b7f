"""Free text: what finds what, the same on every database, and that nothing typed breaks it."""

import pytest
from django.core.management import call_command
from django.db import connection

from articles import searching
from articles.apps import check_search
from articles.models import Article, Site
from articles.searching import TRIGGERS, Matches, ensure_index, how_many, newest_with, search, words_of
from tests.factories import make_article, make_site

pytestmark = pytest.mark.django_db

TITLES = {
    "tug": ("Harbour pilots test a tug that steers itself", "A robot at the wheel."),
    "beyonce": ("Beyoncé's tour lights run on batteries", "Müller & Söhne built the racks."),
    "japan": ("夜の温室で働くロボット", "日本語の記事"),
    "ai": ("AI reads the rain", "Two-way e-mail alerts for 3.5 million people"),
    "air": ("The air above the airport", "Cleaner since C++ and C# came"),
    "marks": ('Quotes "inside" and (brackets) AND OR NOT NEAR', "100% café_crème * ^ : -"),
    "hindi": ("अस्पताल में रोबोट", "المدينة الجديدة"),
}


@pytest.fixture
def texts() -> dict[str, Article]:
    site = make_site()
    return {key: make_article(site, title=title, excerpt=excerpt) for key, (title, excerpt) in TITLES.items()}


FOUND = [
    ("tug", {"tug"}),
    ("TUG steers", {"tug"}),
    ("tug beyonce", set()),
    ("robots", {"tug"}),
    ("batter", {"beyonce"}),
    ("beyonce", {"beyonce"}),
    ("BEYONCÉ", {"beyonce"}),
    ("Beyonce\u0301", {"beyonce"}),
    ("muller sohne", {"beyonce"}),
    ("夜の温室", {"japan"}),
    ("日本語", {"japan"}),
    ("ai", {"ai"}),
    ("air", {"air"}),
    ("e-mail", {"ai"}),
    ("3.5", {"ai"}),
    ("email", set()),
    ("c++", {"air"}),
    ("near", {"marks"}),
    ("and", {"marks", "air"}),
    ('"inside"', {"marks"}),
    ("cafe creme", {"marks"}),
    ("café_crème", {"marks"}),
    ("अस्पताल", {"hindi"}),
    ("المدينة", {"hindi"}),
]


@pytest.mark.parametrize(("typed", "expected"), FOUND, ids=[typed for typed, _ in FOUND])
@pytest.mark.broad(3)
def test_a_search_finds_every_word_anywhere(texts: dict[str, Article], typed: str, expected: set[str]) -> None:
    names = {article.pk: key for key, article in texts.items()}
    assert {names[one.pk] for one in search(Article.objects.all(), typed)} == expected


@pytest.mark.parametrize(("typed", "expected"), FOUND, ids=[typed for typed, _ in FOUND])
@pytest.mark.broad(5)
def test_every_form_of_the_condition_finds_the_same(texts: dict[str, Article], typed: str, expected: set[str]) -> None:
    names = {article.pk: key for key, article in texts.items()}
    words = words_of(typed)
    for form in (Matches(words), Matches(words, is_tried=True)):
        assert {names[one.pk] for one in Article.objects.filter(form)} == expected
    assert {names[pk] for pk in newest_with(words, 9)} == expected
    if connection.vendor == "sqlite":
        assert Site.objects.values_list(how_many(words), flat=True)[0] == len(expected)


HOW: dict[str, dict[str, int]] = {
    "by name, at hand": {"READ_A_PAGE": 10**9, "COMMON": 0},
    "by first letters, at hand": {"READ_A_PAGE": 10**9, "COMMON": 10**9},
    "by name, very many": {"READ_A_PAGE": 0, "COMMON": 0},
    "by first letters, very many": {"READ_A_PAGE": 0, "COMMON": 10**9},
    "by beginnings": {"READ_A_PAGE": 10**9, "COMMON": 0, "MOST_TERMS": -1, "LESS_COMMON": 0},
    "by first letters, as very many words begin so": {
        **{"READ_A_PAGE": 10**9, "COMMON": 0},
        **{"MOST_TERMS": -1, "LESS_COMMON": 10**9},
    },
}


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the index of SQLite")
@pytest.mark.parametrize("how", HOW)
def test_the_index_of_sqlite_finds_the_same_however_it_is_asked(
    texts: dict[str, Article], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    for name, value in HOW[how].items():
        monkeypatch.setattr(searching, name, value)
    names = {article.pk: key for key, article in texts.items()}
    for typed, expected in FOUND:
        words = words_of(typed)
        hits = searching.found(words)
        alike, exact, newest = (
            [names[key] for key in _keys(*one)] for one in (hits.found, hits.exact(words), hits.newest)
        )
        assert set(exact) == expected
        assert set(alike) >= expected if hits.is_rough else set(alike) == expected
        assert newest == sorted(alike, key=[*names.values()].index, reverse=True)
        assert newest_with(words, 9, hits) == [pk for pk in sorted(names, reverse=True) if names[pk] in expected]


def _keys(sql: str, params: list[str]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [key for (key,) in cursor.fetchall()]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the index of SQLite")
def test_a_beginning_is_asked_for_by_the_words_that_begin_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "COMMON", 0)
    site = make_site()
    for title in ("Harbour", "Harbours", "Harb", "Harbour2", "Hall", "harbourmaster", "Épée"):
        make_article(site, title=title, excerpt=None)
    assert searching.found(["harbour"]).match == '("harbour" OR "harbour2" OR "harbourmaster" OR "harbours")'
    assert searching.found(["epee", "harb"]).match == '"epee"* AND "harb"*'
    for number in range(40):
        make_article(site, title=f"harbour{number}", excerpt=None)
    assert searching.found(["harbours"]).match == '"harb"*'
    assert searching.found(["harbour", "hall"]).match == '"harb"* AND "hall"*'


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the index of SQLite")
def test_of_common_words_only_about_how_many_have_them_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "READ_A_PAGE", 0)
    site = make_site()
    for number in range(60):
        make_article(site, title="A tugboat" if number % 3 else "A barge", excerpt="-")
    tugs = searching.found(["tugboat"])
    assert (tugs.keys, tugs.match, tugs.is_rough) == (None, '"tugb"*', True)
    assert tugs.about in range(30, 50)
    keys = [*Article.objects.filter(title="A tugboat").order_by("-pk").values_list("pk", flat=True)]
    assert newest_with(["tugboats"], 3) == keys[:3]
    assert newest_with(["tugboat"], 999) == keys


@pytest.mark.postgres
def test_postgresql_knows_about_how_many_have_the_words() -> None:
    """As soon as it has looked through them and met a hundred words."""
    site = make_site()
    for number in range(120):
        place = "valley" if number % 2 else "island"
        make_article(site, title=f"{place} word{number} {'zeppelin' if number == 1 else 'tug'}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE articles_article")
    texts = ("tug", "valley", "valley zeppelin", "nowhere")
    many, half, few, none = (Site.objects.values_list(how_many(words_of(text)), flat=True)[0] for text in texts)
    assert (many, half) == (120, 60)
    assert max(few, none) < 5


def test_the_newest_come_first() -> None:
    site = make_site()
    tugs = [make_article(site, title="A tug").pk for _ in range(5)]
    assert newest_with(["tug"], 3) == tugs[:1:-1]


HOSTILE = ['"', "'", "' OR 1=1 --", "(", "NEAR(a b)", "a AND", "NOT", "title:x", "*", "a*", "^tug", "tug & | !", "\\"]
HOSTILE += [
    "a" * 5000,
    "word " * 500,
    "%",
    "_",
    "\u0000tug",
    "\ud7ff",
    "\ufffe",
    "🤖",
    "\u0301",
    "\u202etug",
    ":*",
    "<->",
]


@pytest.mark.parametrize("typed", HOSTILE, ids=[ascii(typed)[:20] for typed in HOSTILE])
@pytest.mark.broad(5)
def test_nothing_typed_raises(texts: dict[str, Article], typed: str) -> None:
    assert len(search(Article.objects.all(), typed)) <= len(TITLES)


def test_marks_alone_narrow_nothing(texts: dict[str, Article]) -> None:
    assert search(Article.objects.all(), '"*').count() == len(TITLES)


def test_the_index_follows_every_way_of_writing(texts: dict[str, Article]) -> None:
    tug = texts["tug"]
    Article.objects.filter(pk=tug.pk).update(title="A ferry instead")
    assert [one.pk for one in search(Article.objects.all(), "ferry")] == [tug.pk]
    assert not search(Article.objects.all(), "tug").exists()
    tug.refresh_from_db()
    tug.excerpt = None
    tug.title = None
    Article.objects.bulk_update([tug], ["title", "excerpt"])
    assert not search(Article.objects.all(), "ferry").exists()


def test_what_is_deleted_is_found_no_more(texts: dict[str, Article]) -> None:
    texts["tug"].delete()
    assert not search(Article.objects.all(), "itself").exists()


def test_a_huge_excerpt_is_taken(texts: dict[str, Article]) -> None:
    Article.objects.filter(pk=texts["tug"].pk).update(excerpt="x" * 3000 + " unusual " + "word " * 300_000)
    assert search(Article.objects.all(), "unusual").count() == 1


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL needs no triggers")
def test_the_triggers_exist_after_all_migrations() -> None:
    assert _triggers() >= set(TRIGGERS)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL needs no triggers")
def test_lost_triggers_come_back_and_what_was_missed_is_read(texts: dict[str, Article]) -> None:
    with connection.cursor() as cursor:
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER {name}")
    Article.objects.filter(pk=texts["tug"].pk).update(title="A ferry instead")
    assert not search(Article.objects.all(), "ferry").exists()
    ensure_index(connection)
    assert _triggers() >= set(TRIGGERS)
    assert search(Article.objects.all(), "ferry").count() == 1


LEFT_BEHIND = {
    "a trigger is gone": "DROP TRIGGER article_text_gone",
    "a text is missing": "DELETE FROM articles_text_docsize WHERE id = (SELECT max(id) FROM articles_article)",
    "nothing is there": "INSERT INTO articles_text(articles_text) VALUES ('delete-all')",
    "a text is another's": """
        INSERT INTO articles_text(articles_text, rowid, words)
        SELECT 'delete', id, article_words(title, excerpt) FROM articles_article ORDER BY id DESC LIMIT 1;
        INSERT INTO articles_text(rowid, words) SELECT max(id), 'other' FROM articles_article""",
}


@pytest.mark.parametrize("title", ["x" * 3_000, "é" * 1_500, "日" * 700])
def test_a_check_does_not_look_for_what_is_too_long_to_be_a_word(title: str) -> None:
    make_article(make_site(), title=f"{title} end")
    assert check_search(["default"]) == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL keeps its index by itself")
@pytest.mark.parametrize("done", LEFT_BEHIND.values(), ids=LEFT_BEHIND)
def test_a_check_tells_when_the_index_is_not_that_of_the_articles(texts: dict[str, Article], done: str) -> None:
    assert check_search(["default"]) == []
    with connection.cursor() as cursor:
        for statement in done.split(";"):
            cursor.execute(statement)
    assert [warning.id for warning in check_search(["default"])] == ["articles.W001"]
    ensure_index(connection)
    assert check_search(["default"]) == []
    assert search(Article.objects.all(), "tug").count() == 1


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("back_to", ["0004", "0008"])
def test_the_migrations_go_back_and_forth(back_to: str) -> None:
    make_article(make_site(), title="A tug")
    call_command("migrate", "articles", back_to, verbosity=0)
    call_command("migrate", "articles", verbosity=0)
    assert search(Article.objects.all(), "tug").count() == 1


def _triggers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}
