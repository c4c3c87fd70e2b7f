"""The table of the sync, row by row, on real files: what the crawler and the editors write, and what becomes of it.

However a test ends, two more syncs follow, and the second must do nothing.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from django.contrib.auth.models import User

from articles import review
from articles.content.values import ABSENT
from articles.importing import ManyGone, import_site
from articles.models import Article, Event, Override, Site
from articles.review import EditRejected
from articles.review.acts import Side
from articles.syncing import sync_site
from tests.desk import NOON, Desk
from tests.samples import ARTICLE, PATH, SECURED, SECURED_ANEW, changed, numbered, write_files

pytestmark = pytest.mark.django_db

TITLE = "Harbour pilots test a tug that steers itself"
OURS = (TITLE, "A tug")
THIRD = (TITLE, "A tug that thinks")
NOISE = (SECURED, SECURED_ANEW)
BETTER = ("quality: 68", "quality: 75")
PUBLISHED = ("published: false", "published: true")
SHIPS = ("  - Technology\n", "  - Technology\n  - Ships\n")
SWITCHED = (("https://news.example.com/tug", "https://times.example.org/tug"), ("Harbour Herald", "The Times"), BETTER)


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Half of the rows run on LF, half on CRLF, always the same ones: what holds for one ending holds for both."""
    ada = User.objects.create_superuser("ada", "ada@example.com", "pw")
    desk = Desk(tmp_path / "harbour", ada, "\r\n" if crc32(request.node.name.encode()) % 2 else "\n")
    yield desk
    desk.settle()


@pytest.fixture
def lf(tmp_path: Path) -> Iterator[Desk]:
    """Where line endings do not matter."""
    desk = Desk(tmp_path / "harbour", User.objects.create_superuser("ada", "ada@example.com", "pw"))
    yield desk
    desk.settle()


class TestSameBytes:
    def test_and_nothing_decided_does_nothing(self, desk: Desk) -> None:
        report = desk.sync()
        assert (report.files, report.unchanged, report.written, report.exit_code) == (1, 1, 0, 0)
        assert desk.text() == ARTICLE
        assert not Event.objects.exists()

    def test_and_a_decision_not_yet_written_writes_its_lines(self, desk: Desk) -> None:
        desk.edit({"title": "A tug", "provider.name": "Herald", "webUrl": "https://example.com/t"})
        assert desk.sync().written == 1
        web_url = ("type: article\n", 'webUrl: "https://example.com/t"\ntype: article\n')
        assert desk.text() == changed(OURS, ("Harbour Herald", "Herald"), web_url)
        assert desk.acts() == []

    def test_and_a_decision_already_written_does_nothing(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.sync()
        assert desk.sync().written == 0
        assert desk.text() == changed(OURS)

    @pytest.mark.thorough
    def test_and_a_written_decision_that_was_reset_gives_the_crawlers_bytes_back(self, desk: Desk) -> None:
        desk.edit({"title": "A tug", "topics": ["Ships"], "images": ABSENT, "provider.images": ABSENT})
        desk.sync()
        desk.reset("title", "topics", "images", "provider.images")
        assert desk.sync().written == 1
        assert desk.text() == ARTICLE


NOISES = pytest.mark.parametrize(
    "rewritten",
    [
        pytest.param(changed(NOISE), id="cipher"),
        pytest.param(
            changed(("quality: 68", "quality:   68  # as before"), ("heat: 68\n", "\n\nheat: 68\n")), id="blanks"
        ),
        pytest.param(ARTICLE + "\n\n", id="end-of-file"),
        pytest.param(changed(NOISE, ("title: ", "title:   ")), id="both"),
    ],
)


class TestOnlyNoise:
    @NOISES
    def test_takes_the_new_text_and_leaves_no_trace(self, desk: Desk, rewritten: str) -> None:
        desk.write(rewritten)
        report = desk.sync()
        assert (report.noise, report.updated, report.written, report.conflicts) == (1, 0, 0, 0)
        assert desk.text() == rewritten
        assert bytes(desk.article.source.text) == desk.file.read_bytes()
        assert (desk.article.version, Event.objects.count()) == (1, 0)

    @NOISES
    @pytest.mark.broad(3)
    def test_under_a_decision_the_new_text_gets_it_again(self, desk: Desk, rewritten: str) -> None:
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.write(rewritten)
        report = desk.sync()
        assert (report.noise, report.updated, report.written, report.conflicts) == (1, 0, 1, 0)
        assert desk.text() == rewritten.replace(*OURS)
        assert (desk.article.version, desk.acts()) == (2, [])

    @pytest.mark.thorough
    def test_a_flip_of_all_line_endings(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.newline = "\n" if desk.newline == "\r\n" else "\r\n"
        desk.write(ARTICLE)
        report = desk.sync()
        assert (report.noise, report.written) == (1, 1)
        assert desk.text() == changed(OURS)
        desk.reset("title")
        desk.sync()
        assert desk.text() == ARTICLE

    @pytest.mark.thorough
    def test_in_our_own_export_is_noise_and_never_the_crawlers_word(self, desk: Desk) -> None:
        values = {"title": "A tug", "topics": ["Ships", "Robotics"], "webUrl": "https://example.com/t", "heat": ABSENT}
        desk.edit({**values, "provider.name": "Herald", "images[1].width": 1000})
        desk.sync()
        desk.write(desk.text().replace(*NOISE))
        report = desk.sync()
        assert (report.noise, report.updated, report.written, report.conflicts) == (1, 0, 0, 0)
        assert desk.crawlers("title") == TITLE
        desk.reset("title", "topics", "webUrl", "heat", "provider.name", "images")
        desk.sync()
        assert desk.text() == changed(NOISE)


class TestAFieldWithoutDecisionChanged:
    def test_takes_the_crawlers_value_with_an_event(self, desk: Desk) -> None:
        desk.write(changed(BETTER, NOISE))
        report = desk.sync()
        assert (report.updated, report.noise, report.written) == (1, 0, 0)
        assert (desk.article.quality, desk.article.version) == (75, 2)
        assert desk.text() == changed(BETTER, NOISE)
        event = Event.objects.get()
        assert (event.act, event.by_crawler, event.changes) == ("rewritten", True, {"quality": [68, 75]})

    def test_beside_one_with_a_decision_both_stand_in_the_file(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.write(changed(BETTER))
        report = desk.sync()
        assert (report.updated, report.written, report.conflicts) == (1, 1, 0)
        assert desk.text() == changed(OURS, BETTER)
        assert (desk.article.title, desk.article.quality) == ("A tug", 75)

    def test_in_our_own_export_leaves_the_decision_and_takes_the_change(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.write(changed(OURS, BETTER))
        report = desk.sync()
        assert (report.updated, report.written, report.conflicts) == (1, 0, 0)
        assert Event.objects.filter(by_crawler=True).get().changes == {"quality": [68, 75]}
        assert desk.crawlers("title") == TITLE

    @pytest.mark.thorough
    def test_keys_that_come_and_go(self, desk: Desk) -> None:
        came = changed(("published: false\n", ""), ("type: article", 'webUrl: "https://example.com/w"\ntype: article'))
        desk.write(came)
        desk.sync()
        assert (desk.article.published, desk.article.web_url) == (None, "https://example.com/w")
        assert Event.objects.get().changes == {
            "published": [False, {"$absent": True}],
            "webUrl": [{"$absent": True}, "https://example.com/w"],
        }
        assert desk.text() == came


class TestTheFileHoldsTheEditorsValue:
    @pytest.mark.thorough
    def test_of_the_crawlers_own_accord_both_agree(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.write(changed(OURS, BETTER))
        report = desk.sync()
        assert (report.updated, report.written, report.conflicts) == (1, 0, 0)
        assert desk.text() == changed(OURS, BETTER)
        assert (Override.objects.get().value, desk.crawlers("title")) == ("A tug", "A tug")
        desk.write(changed(BETTER))
        desk.sync()
        assert desk.text() == changed(OURS, BETTER)

    @pytest.mark.thorough
    def test_where_another_field_tells_that_the_crawler_wrote_all_of_it(self, desk: Desk) -> None:
        desk.edit({"title": "A tug", "quality": 90})
        desk.sync()
        desk.write(changed(OURS, NOISE))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(OURS, NOISE, ("quality: 68", "quality: 90"))
        desk.reset("title", "quality")
        desk.sync()
        assert desk.text() == changed(OURS, NOISE)

    @pytest.mark.thorough
    def test_an_editor_who_turns_round_holds_against_the_crawler_who_came_round(self, desk: Desk) -> None:
        """The crawler may have come to the editor's value, or have copied our export: nobody can tell."""
        desk.edit({"published": True})
        desk.sync()
        desk.write(changed(PUBLISHED, NOISE))
        desk.sync()
        desk.edit({"published": False})
        desk.sync()
        desk.write(changed(PUBLISHED, BETTER))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(BETTER)
        desk.write(changed(("published: false\n", "")))
        desk.sync()
        assert desk.conflicts() == [("published", True, ABSENT, False)]

    @pytest.mark.thorough
    def test_a_new_decision_is_not_contradicted_by_an_echo_of_the_old(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.write(changed(OURS, NOISE))
        desk.sync()
        desk.edit({"title": "The tug"})
        desk.sync()
        desk.write(changed(OURS))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed((TITLE, "The tug"))

    @pytest.mark.thorough
    def test_an_override_that_says_what_the_crawler_said_all_along(self, desk: Desk) -> None:
        review.unpublish(desk.article, by=desk.editor, at=NOON)
        desk.write(changed(NOISE))
        assert (desk.sync().written, desk.text()) == (0, changed(NOISE))
        desk.write(changed(PUBLISHED))
        assert desk.sync().conflicts == 1
        assert desk.conflicts() == [("published", False, True, False)]
        assert desk.text() == ARTICLE


class TestTheFileHoldsTheCrawlersOldValue:
    def test_the_override_holds_and_is_written_again(self, desk: Desk) -> None:
        desk.edit({"title": "A tug", "heat": ABSENT, "webUrl": "https://example.com/t"})
        desk.sync()
        ours = desk.text()
        for rewritten in (ARTICLE, changed(NOISE), ARTICLE):
            desk.write(rewritten)
            report = desk.sync()
            assert (report.noise, report.updated, report.written, report.conflicts) == (1, 0, 1, 0)
            assert desk.text() == ours.replace(SECURED, SECURED_ANEW if SECURED_ANEW in rewritten else SECURED)

    @pytest.mark.thorough
    def test_also_when_the_crawler_had_agreed(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.write(changed(OURS, BETTER))
        desk.sync()
        desk.write(ARTICLE)
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(OURS)

    @pytest.mark.thorough
    def test_all_files_at_once(self, lf: Desk) -> None:
        files = numbered(30)
        for path, text in files.items():
            lf.write(text, path)
        lf.sync()
        for number, path in enumerate(files):
            lf.edit({"title": f"A tug {number}"}, path)
        assert lf.sync().written == 30
        for path, text in files.items():
            lf.write(text.replace(*NOISE), path)
        report = lf.sync()
        assert (report.noise, report.written, report.conflicts) == (30, 30, 0)
        for number, (path, text) in enumerate(files.items()):
            title = f"Harbour pilots {number} test a tug that steers itself"
            assert lf.text(path) == text.replace(*NOISE).replace(title, f"A tug {number}")


class TestTheFileHoldsAThirdValue:
    @pytest.fixture
    def contradicted(self, desk: Desk) -> Desk:
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.write(changed(THIRD, BETTER))
        report = desk.sync()
        assert (report.conflicts, report.written) == (1, 1)
        return desk

    def test_is_a_conflict_and_the_override_stays_in_force(self, contradicted: Desk) -> None:
        assert contradicted.conflicts() == [("title", TITLE, "A tug that thinks", "A tug")]
        assert contradicted.text() == changed(OURS, BETTER)
        assert contradicted.article.title == "A tug"

    def test_and_back_to_the_old_one_is_none_any_more(self, contradicted: Desk) -> None:
        contradicted.write(changed(BETTER, NOISE))
        contradicted.sync()
        assert contradicted.conflicts() == []
        assert contradicted.text() == changed(OURS, BETTER, NOISE)

    @pytest.mark.thorough
    def test_and_then_a_fourth_shows_the_newest(self, contradicted: Desk) -> None:
        contradicted.write(changed((TITLE, "A tug that sails")))
        contradicted.sync()
        assert contradicted.conflicts() == [("title", TITLE, "A tug that sails", "A tug")]

    @pytest.mark.thorough
    def test_an_alternating_crawler_opens_and_closes_it(self, contradicted: Desk) -> None:
        for _ in range(3):
            contradicted.write(ARTICLE)
            contradicted.sync()
            assert contradicted.conflicts() == []
            contradicted.write(changed(THIRD))
            contradicted.sync()
            assert len(contradicted.conflicts()) == 1
        assert contradicted.text() == changed(OURS)

    @pytest.mark.thorough
    def test_and_our_export_of_it_rewritten_in_place_leaves_it_open(self, contradicted: Desk) -> None:
        contradicted.write(changed(OURS, BETTER, NOISE))
        assert contradicted.sync().noise == 1
        assert contradicted.conflicts() == [("title", TITLE, "A tug that thinks", "A tug")]

    @pytest.mark.parametrize(("side", "title"), [("crawler", "A tug that thinks"), ("editor", "A tug")])
    def test_a_person_decides_it(self, contradicted: Desk, side: Side, title: str) -> None:
        contradicted.resolve("title", side)
        contradicted.sync()
        assert contradicted.conflicts() == []
        assert contradicted.text() == changed((TITLE, title), BETTER)
        contradicted.write(changed(THIRD, NOISE))
        assert contradicted.sync().conflicts == 0
        assert contradicted.text() == changed((TITLE, title), NOISE)

    def test_a_decision_on_what_the_crawler_changed_since_is_refused(self, contradicted: Desk) -> None:
        seen = contradicted.article.version
        contradicted.write(changed((TITLE, "A tug that sails")))
        contradicted.sync()
        with pytest.raises(review.StaleVersion):
            review.resolve(contradicted.article, "title", "crawler", by=contradicted.editor, at=NOON, seen_version=seen)

    @pytest.mark.thorough
    def test_before_the_first_export_too(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.write(changed(THIRD))
        assert desk.sync().conflicts == 1
        assert desk.text() == changed(OURS)

    @pytest.mark.thorough
    def test_a_key_taken_away_that_the_crawler_changes(self, desk: Desk) -> None:
        desk.edit({"heat": ABSENT})
        desk.sync()
        desk.write(changed(("heat: 68", "heat: 70")))
        desk.sync()
        assert desk.conflicts() == [("heat", 68, 70, ABSENT)]
        assert desk.text() == changed(("heat: 68\n", ""))
        desk.write(changed(("heat: 68\n", "")))
        desk.sync()
        assert desk.text() == changed(("heat: 68\n", ""))

    @pytest.mark.thorough
    def test_a_key_set_that_the_crawler_takes_away(self, desk: Desk) -> None:
        desk.edit({"heat": 90})
        desk.sync()
        desk.write(changed(("heat: 68\n", "")))
        desk.sync()
        assert desk.conflicts() == [("heat", 68, ABSENT, 90)]
        assert desk.text() == changed(("heat: 68", "heat: 90"))

    @pytest.mark.thorough
    def test_is_taken_up_where_the_editor_decides_again(self, contradicted: Desk) -> None:
        contradicted.edit({"title": "The tug"})
        contradicted.sync()
        assert contradicted.conflicts() == []
        contradicted.write(changed(THIRD, NOISE))
        assert contradicted.sync().conflicts == 0
        contradicted.write(changed(NOISE))
        contradicted.sync()
        assert contradicted.conflicts() == [("title", "A tug that thinks", TITLE, "The tug")]


class TestResets:
    def test_before_the_export_of_the_reset_our_value_comes_back_in_place(self, desk: Desk) -> None:
        """The file still held our title when the crawler rewrote it: that is not the crawler's title."""
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.reset("title")
        desk.write(changed(OURS, BETTER))
        desk.sync()
        assert desk.text() == changed(BETTER)
        assert desk.article.title == TITLE

    @pytest.mark.thorough
    def test_an_undone_decision_too(self, desk: Desk) -> None:
        outcome = desk.edit({"topics": ["Robotics", "Technology", "Harbours"]})
        desk.sync()
        assert outcome.event is not None
        review.undo(outcome.event.batch, by=desk.editor, at=NOON)
        desk.write(changed(("  - Technology\n", "  - Technology\n  - Harbours\n  - Ships\n")))
        desk.sync()
        assert desk.text() == changed(SHIPS)

    @pytest.mark.thorough
    def test_a_reset_gives_the_crawlers_newest(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.write(changed(THIRD))
        desk.sync()
        desk.reset("title")
        desk.sync()
        assert desk.text() == changed(THIRD)


class TestANewFile:
    def test_is_a_new_record(self, desk: Desk) -> None:
        desk.write(changed(OURS), "_news/2026-11-21-new.md")
        report = desk.sync()
        assert (report.created, report.unchanged) == (1, 1)
        assert Article.objects.get(path="_news/2026-11-21-new.md").title == "A tug"

    @pytest.mark.thorough
    def test_at_the_path_of_one_added_by_hand_contradicts_it(self, desk: Desk) -> None:
        path = "_news/2026-11-22-hand.md"
        review.add(Site.objects.get(), path, {"title": "By hand", "quality": 68}, by=desk.editor, at=NOON)
        desk.write(ARTICLE, path)
        report = desk.sync()
        assert (report.updated, report.conflicts, report.written) == (1, 1, 1)
        assert desk.conflicts() == [("title", ABSENT, TITLE, "By hand")]
        assert desk.text(path) == changed((TITLE, "By hand"))

    @pytest.mark.thorough
    def test_that_was_added_by_hand_can_be_rewritten_in_place(self, desk: Desk) -> None:
        path = "_news/2026-11-22-hand.md"
        fields = {"title": "By hand", "provider.name": "Herald", "topics": ["Ships"]}
        review.add(Site.objects.get(), path, fields, by=desk.editor, at=NOON)
        desk.sync()
        ours = (desk.root / path).read_text()
        (desk.root / path).write_text(ours.replace("---\n\n", "quality: 7\n---\n\n"))
        report = desk.sync()
        assert (report.updated, report.conflicts, report.written) == (1, 0, 0)
        article = Article.objects.get(path=path)
        assert (article.title, article.quality, article.overrides.count()) == ("By hand", 7, 3)
        (desk.root / path).write_text(ours.replace("title: ", "title:  "))
        assert desk.sync().conflicts == 0
        assert Article.objects.get(path=path).quality is None


class TestAFileThatIsGone:
    def test_without_decisions_is_marked_and_comes_back(self, desk: Desk) -> None:
        desk.file.unlink()
        report = desk.sync()
        assert (report.missing, report.conflicts, report.exit_code) == (1, 0, 0)
        assert desk.article.is_missing
        assert desk.article.title == TITLE
        assert desk.conflicts() == []
        desk.write(changed(BETTER))
        desk.sync()
        assert (desk.article.is_missing, desk.article.quality) == (False, 75)
        assert desk.acts() == ["missing", "returned", "rewritten"]

    @pytest.mark.parametrize("is_written", [True, False], ids=["written", "unwritten"])
    @pytest.mark.parametrize("returns", [ARTICLE, changed(OURS), changed(BETTER)], ids=["crawlers", "ours", "changed"])
    @pytest.mark.broad(3)
    def test_with_decisions_is_a_conflict_on_the_whole_and_comes_back_with_them(
        self, desk: Desk, returns: str, *, is_written: bool
    ) -> None:
        desk.edit({"title": "A tug"})
        if is_written:
            desk.sync()
        desk.file.unlink()
        report = desk.sync()
        assert (report.missing, report.conflicts, report.exit_code) == (1, 1, 0)
        assert desk.conflicts() == [("*", ABSENT, ABSENT, ABSENT)]
        assert not desk.file.exists()
        desk.write(returns)
        assert desk.sync().conflicts == 0
        assert desk.conflicts() == []
        assert desk.text() == returns.replace(*OURS)

    @pytest.mark.parametrize("side", ["crawler", "editor"])
    def test_a_person_decides_it(self, desk: Desk, side: Side) -> None:
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.file.unlink()
        desk.sync()
        desk.resolve("*", side)
        desk.sync()
        assert desk.conflicts() == []
        assert desk.file.exists() == (side == "editor")
        desk.write(ARTICLE)
        desk.sync()
        assert desk.text() == (changed(OURS) if side == "editor" else ARTICLE)

    def test_an_edit_meanwhile_waits_for_it(self, desk: Desk) -> None:
        desk.file.unlink()
        desk.sync()
        desk.edit({"title": "A tug"})
        assert desk.sync().exit_code == 0
        desk.write(ARTICLE)
        desk.sync()
        assert desk.text() == changed(OURS)

    @pytest.mark.thorough
    def test_a_renamed_file_is_gone_and_new(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.sync()
        desk.file.rename(desk.root / "_news/2026-11-20-ferry.md")
        report = desk.sync()
        assert (report.missing, report.created, report.written) == (1, 1, 0)
        assert [field for field, *_ in desk.conflicts()] == ["*"]
        assert desk.text("_news/2026-11-20-ferry.md") == changed(OURS)

    @pytest.mark.thorough
    def test_two_that_swap_their_names(self, desk: Desk) -> None:
        other = "_news/2026-11-20-ferry.md"
        ferry = changed(
            (TITLE, "A ferry"), ("Robotics", "Ferries"), ("https://news.example.com/tug", "https://f.example")
        )
        desk.write(ferry, other)
        desk.sync()
        desk.edit({"title": "The tug"})
        desk.sync()
        desk.write(ferry)
        desk.write(ARTICLE, other)
        report = desk.sync()
        assert (report.updated, report.conflicts, report.missing) == (2, 1, 0)
        assert desk.conflicts() == [("title", TITLE, "A ferry", "The tug")]
        assert desk.text() == ferry.replace("A ferry", "The tug")
        assert desk.text(other) == ARTICLE

    def test_a_folder_that_cannot_be_read_makes_nothing_missing(self, lf: Desk, tmp_path: Path) -> None:
        (lf.root / "_news").rename(tmp_path / "elsewhere")
        (lf.root / "_news").symlink_to(tmp_path / "elsewhere")
        report = lf.sync()
        assert (report.missing, report.exit_code) == (0, 1)
        assert [problem.path for problem in report.problems] == ["_news"]


class TestAMalformedFile:
    BROKEN = changed(("quality: 68", "quality: [68"))

    @pytest.mark.parametrize("is_written", [True, False], ids=["written", "unwritten"])
    def test_keeps_the_last_good_record_and_the_next_good_one_heals_it(self, desk: Desk, *, is_written: bool) -> None:
        desk.edit({"title": "A tug"})
        if is_written:
            desk.sync()
        desk.write(self.BROKEN)
        report = desk.sync()
        assert (report.exit_code, report.updated, report.written) == (1, 0, 0)
        assert [(problem.path, problem.code) for problem in report.problems] == [(PATH, "bad_yaml")]
        assert (desk.article.title, desk.article.quality) == ("A tug", 68)
        assert desk.text() == self.BROKEN
        desk.write(changed(BETTER))
        assert desk.sync().exit_code == 0
        assert desk.text() == changed(OURS, BETTER)

    @pytest.mark.parametrize("tenth", range(10))
    @pytest.mark.broad(4)
    def test_half_a_file_takes_no_edit_away(self, lf: Desk, tenth: int) -> None:
        lf.edit({"title": "A tug", "topics": ["Ships"]})
        lf.sync()
        ours = lf.file.read_bytes()
        lf.write_bytes(ours[: len(ours) * tenth // 10])
        assert lf.sync().exit_code == 1
        assert Override.objects.count() == 2
        assert (lf.article.title, lf.article.is_missing) == ("A tug", False)
        lf.write(changed(BETTER))
        lf.sync()
        assert lf.text() == changed(OURS, BETTER, ("  - Robotics\n  - Technology\n", "  - Ships\n"))

    @pytest.mark.thorough
    def test_an_edit_meanwhile_waits_for_the_good_one(self, desk: Desk) -> None:
        desk.write(self.BROKEN)
        desk.sync()
        desk.edit({"title": "A tug"})
        report = desk.sync()
        assert [problem.code for problem in report.problems] == ["bad_yaml"]
        desk.write(ARTICLE)
        desk.sync()
        assert desk.text() == changed(OURS)

    @pytest.mark.thorough
    def test_that_turns_into_toml_says_so_and_keeps_the_decision(self, lf: Desk) -> None:
        lf.edit({"title": "A tug"})
        lf.sync()
        lf.write('+++\ntitle = "Tugs"\n+++\n')
        report = lf.sync()
        assert [(problem.path, problem.code) for problem in report.problems] == [(PATH, "not_editable")]
        assert lf.article.title == "A tug"
        assert lf.conflicts() == [("title", TITLE, "Tugs", "A tug")]
        lf.write(ARTICLE)
        assert lf.sync().exit_code == 0
        assert lf.text() == changed(OURS)


class TestManyGone:
    @pytest.fixture
    def twenty(self, lf: Desk) -> Desk:
        for path, text in numbered(19).items():
            lf.write(text, path)
        lf.sync()
        return lf

    def lose(self, desk: Desk, count: int) -> None:
        for path in list(numbered(19))[:count]:
            (desk.root / path).unlink()

    def test_a_tenth_may_go(self, twenty: Desk) -> None:
        self.lose(twenty, 2)
        assert twenty.sync().missing == 2

    def test_more_than_a_tenth_stops_the_run_before_anything_is_done(self, twenty: Desk) -> None:
        self.lose(twenty, 3)
        twenty.write(changed(BETTER))
        with pytest.raises(ManyGone, match="3 of 20 files are gone at once"):
            twenty.sync()
        assert not Article.objects.filter(is_missing=True).exists()
        assert twenty.article.quality == 68

    def test_unless_it_is_forced(self, twenty: Desk) -> None:
        self.lose(twenty, 3)
        assert twenty.sync(force=True).missing == 3

    @pytest.mark.thorough
    def test_those_that_went_before_do_not_count(self, twenty: Desk) -> None:
        self.lose(twenty, 10)
        twenty.sync(force=True)
        self.lose_more(twenty)
        with pytest.raises(ManyGone, match="2 of 10 files"):
            twenty.sync()

    def lose_more(self, desk: Desk) -> None:
        for path in list(numbered(19))[10:12]:
            (desk.root / path).unlink()

    def test_a_single_file_never_counts(self, lf: Desk) -> None:
        lf.file.unlink()
        assert lf.sync().missing == 1

    def test_a_folder_that_is_not_there(self, twenty: Desk, tmp_path: Path) -> None:
        (twenty.root / "_news").rename(tmp_path / "moved")
        with pytest.raises(ManyGone, match="20 of 20"):
            twenty.sync()


class TestASourceSwitch:
    @pytest.fixture
    def switched(self, desk: Desk) -> Desk:
        desk.edit({"provider.name": "Herald", "originalUrl": "https://example.com/ours", "title": "A tug", "heat": 1})
        desk.sync()
        desk.write(changed(*SWITCHED, THIRD))
        desk.sync()
        return desk

    def test_is_one_event(self, desk: Desk) -> None:
        desk.write(changed(*SWITCHED))
        desk.sync()
        event = Event.objects.get()
        assert (event.act, sorted(event.changes)) == ("source switched", ["originalUrl", "provider.name", "quality"])

    def test_under_decisions_its_conflicts_belong_together(self, switched: Desk) -> None:
        event = Event.objects.get(act="source switched")
        batches = Override.objects.order_by("key").values_list("key", "switch_batch")
        assert list(batches) == [
            ("heat", None),
            ("originalUrl", event.batch),
            ("provider.name", event.batch),
            ("title", event.batch),
        ]

    @pytest.mark.parametrize("side", ["crawler", "editor"])
    def test_is_decided_as_a_whole(self, switched: Desk, side: Side) -> None:
        outcome = review.resolve_switch(switched.article, side, by=switched.editor, at=NOON)
        assert outcome.event is not None
        assert sorted(outcome.event.overrides_before) == ["originalUrl", "provider.name", "title"]
        switched.sync()
        assert switched.conflicts() == []
        ours = (
            ("https://news.example.com/tug", "https://example.com/ours"),
            ("Harbour Herald", "Herald"),
            OURS,
            BETTER,
        )
        theirs = (*SWITCHED, THIRD)
        assert switched.text() == changed(*(theirs if side == "crawler" else ours), ("heat: 68", "heat: 1"))
        assert not Override.objects.exclude(switch_batch=None).exists()
        review.undo(outcome.event.batch, by=switched.editor, at=NOON)
        assert len(switched.conflicts()) == 3

    @pytest.mark.thorough
    def test_or_field_by_field(self, switched: Desk) -> None:
        switched.resolve("title", "crawler")
        review.resolve_switch(switched.article, "editor", by=switched.editor, at=NOON)
        switched.sync()
        assert (switched.article.title, switched.article.provider_name) == ("A tug that thinks", "Herald")

    @pytest.mark.thorough
    def test_where_none_waits_there_is_nothing_to_decide(self, desk: Desk) -> None:
        with pytest.raises(EditRejected, match="No switch"):
            review.resolve_switch(desk.article, "editor", by=desk.editor, at=NOON)

    @pytest.mark.thorough
    def test_a_later_conflict_of_another_kind_is_no_part_of_it(self, switched: Desk) -> None:
        switched.write(changed(*SWITCHED, THIRD, ("heat: 68", "heat: 2")))
        switched.sync()
        assert Override.objects.get(key="heat").switch_batch is None
        assert Override.objects.exclude(switch_batch=None).count() == 3
        switched.write(ARTICLE)
        switched.sync()
        assert not Override.objects.exclude(switch_batch=None).exists()

    @pytest.mark.thorough
    def test_back_and_forth_is_marked_as_flapping(self, desk: Desk) -> None:
        states = []
        for text in (changed(*SWITCHED), ARTICLE, changed(*SWITCHED)):
            desk.write(text)
            desk.sync()
            states.append(desk.article.is_flapping)
        assert states == [False, True, True]
        assert desk.acts() == ["source switched"] * 3

    @pytest.mark.thorough
    def test_on_to_yet_another_is_not(self, desk: Desk) -> None:
        for host in ("times.example.org", "post.example.net"):
            desk.write(changed(("news.example.com/tug", f"{host}/tug"), ("Harbour Herald", host)))
            desk.sync()
        assert desk.acts() == ["source switched"] * 2
        assert not desk.article.is_flapping


def topics(*names: str) -> tuple[str, str]:
    return ("  - Robotics\n  - Technology\n", "".join(f"  - {name}\n" for name in names))


class TestLists:
    def test_a_topic_of_the_crawlers_and_one_of_the_editors_are_both_there(self, desk: Desk) -> None:
        desk.edit({"topics": ["Robotics", "Technology", "Harbours"]})
        desk.sync()
        desk.write(changed(SHIPS))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(topics("Robotics", "Technology", "Harbours", "Ships"))

    @pytest.mark.thorough
    def test_each_can_take_one_away(self, desk: Desk) -> None:
        desk.edit({"topics": ["Technology", "Harbours"]})
        desk.sync()
        desk.write(changed(topics("Robotics", "Ships")))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(topics("Harbours", "Ships"))

    @pytest.mark.thorough
    def test_what_the_crawler_adds_to_our_export_in_place_is_its_own(self, desk: Desk) -> None:
        desk.edit({"topics": ["Technology", "Harbours"]})
        desk.sync()
        desk.write(changed(topics("Technology", "Harbours", "Ships")))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(topics("Technology", "Harbours", "Ships"))
        assert desk.crawlers("topics") == ["Robotics", "Technology", "Ships"]
        desk.write(changed(topics("Robotics", "Technology", "Ships", "Sail")))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(topics("Technology", "Harbours", "Ships", "Sail"))
        desk.write(ARTICLE)
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(topics("Technology", "Harbours"))
        desk.reset("topics")
        desk.sync()
        assert desk.text() == ARTICLE

    @pytest.mark.thorough
    def test_what_the_crawler_takes_from_our_export_in_place_goes(self, desk: Desk) -> None:
        desk.edit({"topics": ["Robotics", "Technology", "Harbours"]})
        desk.sync()
        desk.write(changed(topics("Technology", "Harbours")))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(topics("Technology", "Harbours"))
        desk.reset("topics")
        desk.sync()
        assert desk.text() == changed(topics("Technology"))

    @pytest.mark.thorough
    def test_the_editors_own_cannot_be_taken_away_in_place(self, desk: Desk) -> None:
        desk.edit({"topics": ["Robotics", "Technology", "Harbours"]})
        desk.sync()
        desk.write(ARTICLE)
        desk.sync()
        assert desk.text() == changed(topics("Robotics", "Technology", "Harbours"))

    @pytest.mark.thorough
    def test_a_topic_that_both_add_stays_the_editors(self, desk: Desk) -> None:
        desk.edit({"topics": ["Robotics", "Technology", "Ships"]})
        desk.write(changed(topics("Robotics", "Technology", "Ships", "Sail")))
        desk.sync()
        assert desk.text() == changed(topics("Robotics", "Technology", "Ships", "Sail"))
        desk.write(changed(topics("Robotics", "Technology")))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(topics("Robotics", "Technology", "Ships"))

    def test_another_order_is_kept(self, desk: Desk) -> None:
        desk.edit({"topics": ["Technology", "Robotics"]})
        desk.sync()
        desk.write(changed(SHIPS))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(topics("Technology", "Ships", "Robotics"))

    @pytest.mark.thorough
    def test_three_orders_are_a_conflict(self, desk: Desk) -> None:
        desk.write(changed(topics("A", "B", "C")))
        desk.sync()
        desk.edit({"topics": ["B", "A", "C"]})
        desk.write(changed(topics("C", "B", "A")))
        desk.sync()
        assert desk.conflicts() == [("topics", ["A", "B", "C"], ["C", "B", "A"], ["B", "A", "C"])]

    def test_of_maps_merge_item_by_item_and_key_by_key(self, desk: Desk) -> None:
        desk.edit({"images[0].title": "A tug", "images[1].width": 801})
        desk.sync()
        third = '    height: 600\n  - url: "https://pictures.example.com/quay.jpg"\n    width: 10\n    height: 10\n'
        desk.write(changed(("isCached: true", "isCached: false"), ("    height: 600\n", third)))
        assert desk.sync().conflicts == 0
        images = desk.in_force("images")
        assert [image["url"][-8:] for image in images] == ["/tug.jpg", "arge.jpg", "quay.jpg"]
        assert (images[0]["title"], images[0]["isCached"], images[1]["width"]) == ("A tug", False, 801)

    def test_the_same_key_of_the_same_item_is_a_clash(self, desk: Desk) -> None:
        desk.edit({"images[1].width": 801})
        desk.sync()
        desk.write(changed(("width: 800", "width: 802")))
        assert desk.sync().conflicts == 1
        ((field, base, crawler, editor),) = desk.conflicts()
        assert (field, base[1]["width"], crawler[1]["width"], editor[1]["width"]) == ("images", 800, 802, 801)
        assert desk.text() == changed(("width: 800", "width: 801"))

    @pytest.mark.thorough
    def test_changed_here_and_removed_there_is_a_clash(self, desk: Desk) -> None:
        desk.edit({"images": [desk.in_force("images")[0]]})
        desk.write(changed(("width: 800", "width: 802")))
        assert desk.sync().conflicts == 1

    @pytest.mark.thorough
    def test_the_whole_list_taken_away_there_and_changed_here_is_a_clash(self, desk: Desk) -> None:
        desk.edit({"topics": ["Robotics"]})
        desk.sync()
        desk.write(changed(("topics:\n  - Robotics\n  - Technology\n\n", "")))
        assert desk.sync().conflicts == 1
        assert desk.in_force("topics") == ["Robotics"]
        desk.resolve("topics", "crawler")
        desk.sync()
        assert "topics" not in desk.text()

    @pytest.mark.thorough
    def test_the_whole_list_taken_away_there_leaves_what_the_editor_added(self, desk: Desk) -> None:
        desk.edit({"topics": ["Robotics", "Technology", "Harbours"]})
        desk.sync()
        desk.write(changed(("topics:\n  - Robotics\n  - Technology\n\n", "")))
        assert desk.sync().conflicts == 0
        assert desk.in_force("topics") == ["Harbours"]
        desk.write(ARTICLE)
        assert desk.sync().conflicts == 0
        assert sorted(desk.in_force("topics")) == ["Harbours", "Robotics", "Technology"]

    @pytest.mark.thorough
    def test_the_whole_list_taken_away_here_and_changed_there_is_a_clash(self, desk: Desk) -> None:
        desk.edit({"topics": ABSENT})
        desk.sync()
        desk.write(changed(SHIPS))
        desk.sync()
        assert desk.conflicts() == [("topics", ["Robotics", "Technology"], ["Robotics", "Technology", "Ships"], ABSENT)]
        assert "topics" not in desk.text()

    @pytest.mark.thorough
    def test_both_begin_one(self, desk: Desk) -> None:
        bare = ("topics:\n  - Robotics\n  - Technology\n\n", "")
        desk.write(changed(bare))
        desk.sync()
        desk.edit({"topics": ["Harbours"]})
        desk.sync()
        desk.write(changed(topics("Ships")))
        assert desk.sync().conflicts == 0
        assert sorted(desk.in_force("topics")) == ["Harbours", "Ships"]
        desk.write(changed(bare))
        desk.sync()
        assert desk.in_force("topics") == ["Harbours"]

    @pytest.mark.thorough
    def test_both_begin_one_in_place(self, desk: Desk) -> None:
        bare = ("topics:\n  - Robotics\n  - Technology\n\n", "")
        desk.write(changed(bare))
        desk.sync()
        desk.edit({"topics": ["Harbours"]})
        desk.sync()
        desk.write(desk.text().replace("  - Harbours\n", "  - Harbours\n  - Ships\n"))
        assert desk.sync().conflicts == 0
        assert desk.crawlers("topics") == ["Ships"]
        assert desk.in_force("topics") == ["Harbours", "Ships"]


class TestNestedKeys:
    NO_PROVIDER = ARTICLE[: ARTICLE.index("provider:")] + ARTICLE[ARTICLE.index("topics:") :]

    def test_merge_key_by_key(self, desk: Desk) -> None:
        desk.edit({"provider.name": "Herald"})
        desk.sync()
        desk.write(changed(("domain: news.example.com", "domain: example.org")))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(("domain: news.example.com", "domain: example.org"), ("Harbour Herald", "Herald"))
        assert desk.article.provider is not None
        assert desk.article.provider.domain == "example.org"

    @pytest.mark.thorough
    def test_of_a_map_that_went_contradict(self, desk: Desk) -> None:
        desk.edit({"provider.name": "Herald"})
        desk.sync()
        desk.write(self.NO_PROVIDER)
        desk.sync()
        assert desk.conflicts() == [("provider.name", "Harbour Herald", ABSENT, "Herald")]
        assert desk.in_force("provider") == {"name": "Herald"}
        desk.write(desk.text().replace(*NOISE))
        assert desk.sync().noise == 1
        desk.resolve("provider.name", "crawler")
        desk.sync()
        assert desk.text() == self.NO_PROVIDER.replace(*NOISE)

    @pytest.mark.thorough
    def test_taken_away_before_the_map_went(self, desk: Desk) -> None:
        desk.edit({"provider.name": ABSENT})
        desk.sync()
        desk.write(self.NO_PROVIDER)
        assert desk.sync().conflicts == 0
        assert desk.text() == self.NO_PROVIDER
        desk.write(ARTICLE)
        desk.sync()
        assert desk.text() == changed(("  name: Harbour Herald\n", ""))

    @pytest.mark.thorough
    def test_of_a_map_that_became_a_text(self, desk: Desk) -> None:
        desk.edit({"provider.name": "Herald"})
        desk.sync()
        text = self.NO_PROVIDER.replace("topics:", "provider: Harbour Herald\n\ntopics:")
        desk.write(text)
        desk.sync()
        assert desk.conflicts() == [("provider.name", "Harbour Herald", ABSENT, "Herald")]
        assert desk.in_force("provider") == {"name": "Herald"}
        desk.write(desk.text().replace(*NOISE))
        assert desk.sync().noise == 1
        desk.resolve("provider.name", "crawler")
        desk.sync()
        assert desk.in_force("provider") == "Harbour Herald"

    @pytest.mark.thorough
    def test_of_a_map_that_nobody_knows(self, desk: Desk) -> None:
        with_map = ("type: article\n", "type: article\nlevels:\n  first:\n    name: a\n    score: 1\n")
        desk.write(changed(with_map))
        desk.sync()
        desk.edit({"levels.first.name": "b"})
        desk.sync()
        newer = (with_map[0], with_map[1].replace("score: 1", "score: 2\n  second: x"))
        desk.write(changed(newer))
        assert desk.sync().conflicts == 0
        assert desk.text() == changed(newer, ("    name: a", "    name: b"))
        desk.write(changed((with_map[0], "type: article\nlevels:\n  first: none\n  second: y\n")))
        desk.sync()
        assert desk.in_force("levels") == {"first": {"name": "b"}, "second": "y"}


class TestHistory:
    def git(self, desk: Desk, *arguments: str) -> str:
        command = [
            "git",
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "core.autocrlf=false",
            *arguments,
        ]
        return subprocess.run(command, cwd=desk.root, check=True, capture_output=True, text=True).stdout

    @pytest.mark.thorough
    def test_rewound_takes_no_edit_away(self, desk: Desk) -> None:
        self.git(desk, "init", "-q", "-b", "main")
        versions = [ARTICLE, changed(BETTER), changed(THIRD, BETTER)]
        for text in versions:
            desk.write(text)
            self.git(desk, "add", ".")
            self.git(desk, "commit", "-qm", "Crawl")
        desk.sync()
        desk.edit({"title": "A tug", "topics": ["Ships"]})
        desk.sync()
        for steps, expected in ((2, ARTICLE), (1, changed(BETTER)), (0, changed(THIRD, BETTER))):
            self.git(desk, "checkout", "-q", "-f", f"main~{steps}" if steps else "main")
            desk.sync()
            title = "A tug that thinks" if not steps else TITLE
            assert desk.text() == expected.replace(title, "A tug").replace(*topics("Ships"))
            assert [field for field, *_ in desk.conflicts()] == ([] if not steps else ["title"])


class TestRuns:
    def test_a_dry_run_says_what_it_would_do_and_does_nothing(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.write(changed(BETTER))
        desk.write(ARTICLE, "_news/new.md")
        before = desk._files()
        report = sync_site(desk.root, at=NOON, slug="harbour", dry_run=True).report
        assert report.plan == [("create", "_news/new.md"), ("update", PATH), ("write", PATH)]
        assert report.exit_code == 2
        assert (desk._files(), Article.objects.count(), desk.article.quality) == (before, 1, 68)

    @pytest.mark.thorough
    def test_an_export_that_was_killed_before_it_could_note_it_is_no_word_of_the_crawlers(self, desk: Desk) -> None:
        desk.edit({"title": "A tug", "topics": ["Ships"]})
        desk.write(changed(OURS, topics("Ships")))
        report = desk.sync()
        assert (report.unchanged, report.updated, report.noise, report.written) == (1, 0, 0, 0)
        assert desk.crawlers("title") == TITLE
        assert Event.objects.filter(act="written").count() == 1
        desk.reset("title", "topics")
        desk.sync()
        assert desk.text() == ARTICLE

    def test_an_import_alone_says_the_same(self, desk: Desk) -> None:
        desk.edit({"title": "A tug"})
        desk.write(changed(THIRD))
        report = import_site(desk.root, at=NOON, slug="harbour")
        assert (report.updated, report.conflicts) == (1, 1)
        assert desk.text() == changed(THIRD)
        assert desk.sync().written == 1
        assert desk.text() == changed(OURS)

    def test_a_site_that_was_changed_meanwhile_keeps_it(self, lf: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def rename(done: int) -> None:
            Site.objects.update(title="Harbour News", threshold=60)

        lf.write(changed(BETTER))
        sync_site(lf.root, at=NOON, slug="harbour", progress=rename)
        site = Site.objects.get()
        assert (site.title, site.threshold) == ("Harbour News", 60)

    def test_other_files_are_left_alone(self, lf: Desk) -> None:
        write_files(lf.root, {"README.md": "# Harbour\n", "_data/x.yaml": "a: b\n"})
        lf.edit({"title": "A tug"})
        lf.sync()
        assert (lf.root / "README.md").read_text() == "# Harbour\n"
