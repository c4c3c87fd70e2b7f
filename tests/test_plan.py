"""The table of the sync, row by row, on the pure plan: a state of file and desk goes in, actions come out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from articles.content.actions import (
    Conflict,
    Create,
    Decided,
    Found,
    Kind,
    MarkMissing,
    Nothing,
    Refuse,
    Remember,
    Report,
    Row,
    Same,
    Seen,
    Stands,
    State,
    TakeIn,
    Write,
    compare,
)
from articles.content.merge import Decision
from articles.content.problems import Problem, error
from articles.content.tree import File, digest
from articles.content.values import ABSENT
from articles.syncing import plan
from tests.samples import ARTICLE, PATH, SECURED, SECURED_ANEW, changed

TITLE = "Harbour pilots test a tug that steers itself"
OURS = (TITLE, "A tug")
THIRD = (TITLE, "A tug that thinks")
NOISE = (SECURED, SECURED_ANEW)
BETTER = ("quality: 68", "quality: 75")
SWITCHED = (("https://news.example.com/tug", "https://times.example.org/tug"), ("Harbour Herald", "The Times"))
DECISION = Decision("title", "A tug", TITLE)


def a_file(text: str, path: str = PATH) -> File:
    data = text.encode()
    return File(path, data, digest(data), len(data), 1_600_000_000_000_000_000)


def a_state(
    now: str | Problem | None,
    last: str | None = ARTICLE,
    *decided: Decision,
    exported: dict[str, Any] | None = None,
    crawler: str = ARTICLE,
    is_unwritten: bool = False,
    is_missing: bool = False,
    path: str = PATH,
) -> State:
    """What is on disk now and what was last seen there, over the crawler's text; None: no file, no record."""
    found = a_file(now, path) if isinstance(now, str) else now
    if last is None:
        return State(path, found)
    seen = Seen(path, 1, 1, is_missing, 7, digest(last.encode()) if last else "", is_unwritten)
    return State(path, found, seen, Decided(crawler.encode() if last else b"", decided, exported or {}))


def plan_of(*states: State | Same, **options: Any) -> list[Any]:
    return list(plan(states, **options))


def in_short(actions: Iterable[Any]) -> list[Any]:
    """Each action by its name, with what tells it from others of that name."""
    return [_short(action) for action in actions]


def _short(action: Any) -> Any:
    match action:
        case TakeIn():
            return ("TakeIn", action.kind.value)
        case Conflict():
            return ("Conflict", *action.keys)
        case Write():
            return ("Write", *action.changes)
        case Report():
            return ("Report", *(problem.code for problem in action.problems))
    return type(action).__name__


class TestSameBytes:
    def test_and_nothing_decided_does_nothing(self) -> None:
        assert in_short(plan_of(a_state(ARTICLE))) == ["Remember"]
        assert plan_of(Same(3)) == [Nothing(3)]

    def test_and_a_decision_not_yet_written_writes_its_lines(self) -> None:
        remember, write = plan_of(a_state(ARTICLE, ARTICLE, DECISION, is_unwritten=True))
        assert isinstance(remember, Remember)
        assert write.changes == {"title": (TITLE, "A tug")}
        assert write.document.to_bytes() == changed(OURS).encode()
        assert (write.found, write.expected) == (ARTICLE.encode(), digest(ARTICLE.encode()))

    def test_and_a_decision_already_written_does_nothing(self) -> None:
        state = a_state(changed(OURS), changed(OURS), DECISION, exported={"title": "A tug"})
        assert in_short(plan_of(state)) == ["Remember"]

    def test_and_a_written_decision_that_was_reset_writes_the_crawlers_bytes(self) -> None:
        state = a_state(changed(OURS), changed(OURS), exported={"title": "A tug"}, is_unwritten=True)
        write = plan_of(state)[-1]
        assert write.document.to_bytes() == ARTICLE.encode()

    def test_and_a_decision_that_says_what_stands_there_is_noted(self) -> None:
        state = a_state(ARTICLE, ARTICLE, Decision("title", TITLE, TITLE), is_unwritten=True)
        assert in_short(plan_of(state)) == ["Remember", "Stands"]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(changed(NOISE), id="cipher"),
        pytest.param(ARTICLE.replace("\n", "\r\n"), id="line-breaks"),
        pytest.param(changed(("quality: 68", "quality:   68  # as before")), id="blanks"),
    ],
)
class TestOnlyNoise:
    def test_takes_the_new_text(self, now: str) -> None:
        (taken,) = plan_of(a_state(now))
        assert (taken.kind, taken.rewrite.changes, taken.rewrite.text) == (Kind.NOISE, {}, now.encode())

    def test_under_a_decision_writes_it_again(self, now: str) -> None:
        state = a_state(now, changed(OURS), DECISION, exported={"title": "A tug"})
        taken, write = plan_of(state)
        assert (taken.kind, list(write.changes)) == (Kind.NOISE, ["title"])
        assert write.document.to_bytes() == now.replace(*OURS).encode()


class TestAFieldChanged:
    def test_without_decision_is_taken(self) -> None:
        (taken,) = plan_of(a_state(changed(BETTER)))
        assert (taken.kind, taken.rewrite.changes) == (Kind.REWRITTEN, {"quality": (68, 75)})

    def test_beside_a_decision_both_stand(self) -> None:
        taken, write = plan_of(a_state(changed(BETTER), changed(OURS), DECISION, exported={"title": "A tug"}))
        assert taken.rewrite.changes == {"quality": (68, 75)}
        assert write.document.to_bytes() == changed(OURS, BETTER).encode()

    def test_to_the_editors_value_agrees(self) -> None:
        state = a_state(changed(OURS), ARTICLE, DECISION, is_unwritten=True)
        assert in_short(plan_of(state)) == [("TakeIn", "own"), "Stands"]

    def test_in_our_own_export_leaves_our_value_ours(self) -> None:
        state = a_state(changed(OURS, BETTER), changed(OURS), DECISION, exported={"title": "A tug"})
        (taken,) = plan_of(state)
        assert taken.rewrite.text == changed(BETTER).encode()

    def test_back_to_the_crawlers_old_value_writes_the_decision_again(self) -> None:
        state = a_state(ARTICLE, changed(OURS), DECISION, exported={"title": "A tug"})
        assert in_short(plan_of(state)) == [("TakeIn", "noise"), ("Write", "title")]

    def test_to_a_third_value_is_a_conflict_and_the_decision_holds(self) -> None:
        state = a_state(changed(THIRD), changed(OURS), DECISION, exported={"title": "A tug"})
        actions = plan_of(state)
        assert in_short(actions) == [("TakeIn", "rewritten"), ("Conflict", "title"), ("Write", "title")]
        assert actions[-1].document.to_bytes() == changed(OURS).encode()

    def test_with_its_source_is_a_switch(self) -> None:
        assert in_short(plan_of(a_state(changed(*SWITCHED)))) == [("TakeIn", "switched")]

    def test_of_a_list_merges_with_the_editors(self) -> None:
        decision = Decision("topics", ["Robotics", "Technology", "Ships"], ["Robotics", "Technology"])
        state = a_state(changed(("  - Robotics\n", "  - Harbours\n  - Robotics\n")), ARTICLE, decision)
        taken, write = plan_of(state)
        assert taken.rewrite.conflicts == ()
        assert write.document.fields["topics"] == ["Harbours", "Robotics", "Technology", "Ships"]

    def test_that_an_editor_took_away_is_a_conflict(self) -> None:
        state = a_state(changed(BETTER), ARTICLE, Decision("quality", ABSENT, 68))
        assert in_short(plan_of(state))[:2] == [("TakeIn", "rewritten"), ("Conflict", "quality")]


class TestFilesThatComeAndGo:
    def test_a_new_file_is_a_new_record(self) -> None:
        (create,) = plan_of(a_state(ARTICLE, None))
        assert isinstance(create, Create)
        assert create.document.fields["title"] == TITLE

    def test_one_added_by_hand_is_written(self) -> None:
        state = a_state(None, "", Decision("title", "A tug", ABSENT), is_unwritten=True)
        (write,) = plan_of(state)
        assert (write.expected, write.document.fields) == (None, {"title": "A tug"})

    def test_a_file_that_is_gone_is_marked(self) -> None:
        (missing,) = plan_of(a_state(None))
        assert isinstance(missing, MarkMissing)
        assert missing.seen.key == 7

    def test_a_file_that_is_gone_under_decisions_is_a_conflict_on_the_whole(self) -> None:
        assert in_short(plan_of(a_state(None, ARTICLE, DECISION))) == ["MarkMissing", ("Conflict", "*")]

    def test_one_that_was_gone_already_needs_nothing(self) -> None:
        assert plan_of(a_state(None, is_missing=True)) == []

    def test_one_that_is_back_returns(self) -> None:
        assert in_short(plan_of(a_state(ARTICLE, is_missing=True))) == ["Return", "Remember"]

    def test_one_that_is_back_with_news_returns_first(self) -> None:
        assert in_short(plan_of(a_state(changed(BETTER), is_missing=True))) == ["Return", ("TakeIn", "rewritten")]

    def test_what_is_gone_comes_after_everything_else(self) -> None:
        states = [a_state(None, path="_news/a.md"), a_state(ARTICLE, None, path="_news/b.md")]
        assert in_short(plan_of(*states)) == ["Create", "MarkMissing"]


class TestFaults:
    def test_a_malformed_file_is_reported(self) -> None:
        state = a_state("---\ntitle: [\n---\n", ARTICLE, DECISION, is_unwritten=True)
        assert in_short(plan_of(state)) == [("Report", "bad_yaml")]

    def test_a_file_that_cannot_be_read_is_reported_and_not_gone(self) -> None:
        refused = error("unreadable", "No.", path=PATH)
        assert in_short(plan_of(a_state(refused), a_state(None))) == [("Report", "unreadable")]

    def test_in_a_folder_that_cannot_be_read_nothing_is_gone(self) -> None:
        refused = error("unreadable", "No.", path="_news/sub")
        states = [a_state(None, path="_news/sub/x.md"), State("_news/sub", refused), a_state(None, path="_news/sub.md")]
        actions = plan_of(*states)
        assert in_short(actions) == [("Report", "unreadable"), "MarkMissing"]
        assert actions[1].seen.path == "_news/sub.md"


class TestManyGone:
    def gone(self, count: int) -> list[State]:
        return [a_state(None, path=f"_news/{number}.md") for number in range(count)]

    def test_a_tenth_may_go(self) -> None:
        assert in_short(plan_of(*self.gone(2), Same(18))) == ["Nothing", "MarkMissing", "MarkMissing"]

    def test_more_than_a_tenth_stops_everything(self) -> None:
        assert plan_of(*self.gone(3), Same(17)) == [Nothing(17), Refuse(3, 20)]

    def test_unless_it_is_meant(self) -> None:
        assert len(plan_of(*self.gone(3), may_lose_many=True)) == 3

    def test_a_single_file_never_counts(self) -> None:
        assert in_short(plan_of(*self.gone(1))) == ["MarkMissing"]


class TestOneWay:
    def test_an_import_writes_nothing(self) -> None:
        state = a_state(changed(THIRD), changed(OURS), DECISION, exported={"title": "A tug"}, is_unwritten=True)
        assert in_short(plan_of(state, writes=False)) == [("TakeIn", "rewritten"), ("Conflict", "title")]

    def test_an_export_takes_nothing_in(self) -> None:
        state = a_state(changed(BETTER), ARTICLE, DECISION, is_unwritten=True)
        assert in_short(plan_of(state, takes_in=False)) == [("Report", "moved_on")]
        assert in_short(plan_of(a_state(None, ARTICLE, DECISION, is_unwritten=True), takes_in=False)) == [
            ("Report", "vanished")
        ]

    def test_an_export_notes_what_a_killed_one_wrote(self) -> None:
        state = a_state(changed(OURS), ARTICLE, DECISION, is_unwritten=True)
        assert in_short(plan_of(state, takes_in=False)) == ["Stands"]
        assert isinstance(plan_of(state, takes_in=False)[0], Stands)


def row(number: int, size: int | None = 5, mtime_ns: int | None = 7, *, is_missing: bool = False) -> Row:
    return f"_news/{number}.md", size, mtime_ns, is_missing, number


class TestCompare:
    def test_counts_what_is_as_it_was(self) -> None:
        assert list(compare([row(1), row(2)], [(5, 7), (5, 7)])) == [Same(2)]

    @pytest.mark.parametrize("now", [(6, 7), (5, 8), None, error("unreadable", "No.", path="_news/1.md")])
    def test_gives_what_is_not(self, now: Found) -> None:
        assert list(compare([row(1), row(2)], [now, (5, 7)])) == [(row(1), now), Same(1)]

    @pytest.mark.parametrize("before", [row(1, mtime_ns=None), row(1, None, None)])
    def test_gives_one_whose_time_could_not_be_relied_on(self, before: Row) -> None:
        assert list(compare([before], [(5, 7)])) == [(before, (5, 7))]

    def test_gives_one_that_was_missing_and_is_back_just_as_it_was(self) -> None:
        missing = row(1, is_missing=True)
        assert list(compare([missing], [(5, 7)])) == [(missing, (5, 7))]

    def test_is_silent_on_one_that_stays_away(self) -> None:
        assert list(compare([row(1, is_missing=True), row(2)], [None, (5, 7)])) == [Same(1)]

    def test_takes_rows_as_databases_give_them(self) -> None:
        """SQLite has 0 for false."""
        assert list(compare([("_news/1.md", 5, 7, 0, 1)], [(5, 7)])) == [Same(1)]  # type: ignore[list-item]
