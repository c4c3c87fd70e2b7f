"""What long replays of a crawler's history brought to light, each as the shortest story that shows it."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from articles import review
from articles.models import Article
from tests.desk import NOON, Desk
from tests.samples import ARTICLE, SECURED, SECURED_ANEW, changed

pytestmark = pytest.mark.django_db

TITLE = "Harbour pilots test a tug that steers itself"
NOISE = (SECURED, SECURED_ANEW)
OURS = (TITLE, "A tug")
PUBLISHED = ("published: false", "published: true")
OTHER = "_news/2026-11-21-ferry.md"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two articles, and a title of the editor's in each file."""
    desk = Desk(tmp_path / "harbour", User.objects.create_superuser("ada", "ada@example.com", "pw"))
    desk.write(ARTICLE, OTHER)
    desk.sync()
    desk.edit({"title": "A tug"})
    desk.edit({"title": "A ferry"}, OTHER)
    desk.sync()
    assert desk.text() == changed(OURS)
    return desk


class TestACleanCheckout:
    """Every file is the crawler's again: in none of them is our value a copy of our export."""

    def test_a_crawler_that_came_round_has_said_so(self, desk: Desk) -> None:
        desk.write(changed(OURS, NOISE))
        desk.write(ARTICLE, OTHER)
        desk.sync()
        assert desk.text(OTHER) == changed((TITLE, "A ferry"))
        desk.reset("title")
        desk.sync()
        assert desk.text() == changed(OURS, NOISE)

    def test_a_crawler_that_comes_to_the_editors_value_closes_the_conflict(self, desk: Desk) -> None:
        desk.write(changed((TITLE, "A tug that thinks")))
        desk.write(ARTICLE, OTHER)
        desk.sync()
        assert desk.conflicts() == [("title", TITLE, "A tug that thinks", "A tug")]
        desk.write(changed(OURS, NOISE))
        desk.write(ARTICLE, OTHER)
        desk.sync()
        assert desk.conflicts() == []

    def test_where_a_file_is_as_we_left_it_is_none(self, desk: Desk) -> None:
        """Then a value of ours may be a copy, and is not the crawler's word."""
        desk.edit({"quality": 90}, OTHER)
        desk.sync()
        desk.write(changed(OURS, NOISE))
        desk.sync()
        desk.reset("title")
        desk.sync()
        assert desk.text() == changed(NOISE)

    def test_where_nothing_shows_the_crawlers_old_word_is_none(self, desk: Desk) -> None:
        """All files may have been rewritten in place."""
        desk.write(changed(OURS, NOISE))
        desk.write(changed((TITLE, "A ferry"), NOISE), OTHER)
        desk.sync()
        desk.reset("title")
        desk.sync()
        assert desk.text() == changed(NOISE)


def test_a_crawler_that_moves_after_the_editor_turned_round_contradicts_it(desk: Desk) -> None:
    """Seen once, the value may be a copy of our last export; seen again it is the crawler's, and came after."""
    desk.edit({"published": True})
    desk.sync()
    review.unpublish(Article.objects.get(path=desk.article.path), by=desk.editor, at=NOON)
    desk.write(changed(OURS, PUBLISHED))
    desk.sync()
    assert desk.text() == changed(OURS)
    desk.write(changed(PUBLISHED, NOISE))
    desk.sync()
    assert desk.conflicts() == [("published", False, True, False)]
    assert desk.text() == changed(OURS, NOISE)


class TestACrawlerThatEditsOurFile:
    """It keeps our values and our quoting; what it had written itself is not forgotten by that."""

    @pytest.mark.parametrize(
        ("theirs", "key", "ours"),
        [
            ("levels: first", "levels", "the: second"),
            ("levels: first  # of three", "levels", "second"),
            ("levels: 'first'", "levels", "it's"),
            ("levels: [first,   second]", "levels", ["third: one"]),
            ("levels: {a: 1,   b: 'two'}", "levels.b", "the: third"),
            ("levels: >-\n  a folded\n  text", "levels", "short"),
            ("levels: 0x10", "levels", 17),
        ],
        ids=["plain", "comment", "single quotes", "flow list", "flow map", "folded", "hexadecimal"],
    )
    @pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
    @pytest.mark.broad(9)
    def test_its_own_writing_comes_back(self, desk: Desk, newline: str, theirs: str, key: str, ours: object) -> None:
        desk.newline = newline
        plain = changed(("type: article\n", f"type: article\n{theirs}\n"))
        desk.write(plain)
        desk.edit({"title": TITLE, key: ours})
        desk.sync()
        desk.edit({key: ours})
        desk.sync()
        with_ours = desk.text()
        assert with_ours != plain
        desk.write(with_ours.replace(*NOISE))
        desk.sync()
        desk.reset(key)
        desk.sync()
        assert desk.text() == plain.replace(*NOISE)
