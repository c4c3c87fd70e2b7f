"""The table of the sync, row by row, on the pure plan: a state of file and desk goes in, actions come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.content.actions import (
    Conflict,
    Create,
    Decided,
    Kind,
    MarkMissing,
    Nothing,
    Refuse,
    Remember,
    Report,
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
from articles.content.tree import Entry, File, Tree, digest
from articles.content.values import ABSENT
from articles.syncing import plan
from tests.samples import ARTICLE, PATH, SECURED, SECURED_ANEW, changed, write_files

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


def entries(paths: Iterable[str]) -> list[Entry]:
    return [Entry(path, 1, 1) for path in sorted(paths)]


def rows(paths: Iterable[str], *, size: int = 1, is_missing: bool = False) -> list[Seen]:
    return [Seen(path, size, 1, is_missing, number, "d") for number, path in enumerate(sorted(paths))]


def differences(found: Sequence[Entry | Problem], seen: Sequence[Seen]) -> tuple[set[Any], int]:
    """Which paths came with which halves, and how many were the same."""
    told = list(compare(found, seen, most=2))
    same = sum(one.count for one in told if isinstance(one, Same))
    pairs = [one for one in told if not isinstance(one, Same)]
    return {(one[0].path if one[0] else None, one[1].path if one[1] else None) for one in pairs}, same


class TestCompare:
    @given(st.sets(st.text("ab/.-é𐀀", min_size=1, max_size=4)), st.sets(st.text("ab/.-é𐀀", min_size=1, max_size=4)))
    def test_tells_new_gone_and_same_apart(self, found: set[str], known: set[str]) -> None:
        told, same = differences(entries(found), rows(known))
        assert told == {(path, None) for path in found - known} | {(None, path) for path in known - found}
        assert same == len(found & known)

    def test_a_file_of_another_size_comes_with_its_row(self) -> None:
        assert differences(entries("a"), rows("a", size=2)) == ({("a", "a")}, 0)

    def test_one_that_was_missing_comes_with_its_row_and_stays_away_in_silence(self) -> None:
        assert differences(entries("a"), rows("a", is_missing=True)) == ({("a", "a")}, 0)
        assert differences([], rows("a", is_missing=True)) == (set(), 0)

    def test_a_path_that_is_written_otherwise_than_it_sorts_hides_nothing(self) -> None:
        """The name of one that cannot be printed comes escaped."""
        found: list[Entry | Problem] = [error("bad_name", "No.", path="_news/\\x01.md"), Entry("_news/2.md", 1, 1)]
        assert differences(found, rows(["_news/2.md"])) == ({("_news/\\x01.md", None)}, 1)

    def test_a_tree_lists_in_the_order_that_is_laid_beside_the_rows(self, tmp_path: Path) -> None:
        paths = ["_news/a.md", "_news/a-b.md", "_news/a/b.md", "_news/a.b/c.md", "_news/é.md", "_news/a0.md"]
        write_files(tmp_path, dict.fromkeys(paths, ARTICLE))
        listed = [found.path for found in Tree(tmp_path).list("_news")]
        assert listed == sorted(paths)

    def test_takes_no_more_than_it_gives(self) -> None:
        """A million rows are a stream: none is asked for before it is needed."""
        taken: list[int] = []

        def endless() -> Iterator[Entry]:
            for number in range(10**9):
                taken.append(number)
                yield Entry(f"{number:09}", 1, 1)

        told = compare(endless(), rows(f"{number:09}" for number in range(100)), most=10)
        assert next(told) == Same(10)
        assert len(taken) == 10
