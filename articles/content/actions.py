"""What a run will do: from what is on disk, what was last seen there and what editors decided, to a list of actions.

Pure, and a stream: nothing is opened here, asked of a clock or kept but what is gone. `compare` lays what is there
beside what was last seen, by size and time alone; who runs it opens the files that differ, and `plan` says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

from articles.content.document import Document
from articles.content.merge import Decision
from articles.content.planning import (
    Rewrite,
    changes_between,
    file_in_force,
    file_of_crawler,
    plan_rewrite,
    values_to_export,
)
from articles.content.problems import Problem, ProblemError, error
from articles.content.tree import Entry, File, Glance

MOST_GONE_AT_ONCE: Final = 0.1
WHOLE_FILE: Final = "*"
"""The key of a conflict over a file that is gone."""


class Seen(NamedTuple):
    """What was last seen of a path. `digest` is empty for an article that was added here and has no file yet."""

    path: str
    size: int | None
    mtime_ns: int | None
    is_missing: bool
    key: int
    digest: str
    is_unwritten: bool = False

    @property
    def was_there(self) -> bool:
        return bool(self.digest) and not self.is_missing


@dataclass(frozen=True, slots=True)
class Decided:
    """What the desk holds of an article: the crawler's text, the decisions, and which of them stand in the file."""

    text: bytes = b""
    decisions: tuple[Decision, ...] = ()
    exported: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """A path: the file there now (None: none; a problem: it cannot be read), and what the desk knows of it."""

    path: str
    found: File | Problem | None
    seen: Seen | None = None
    decided: Decided = field(default_factory=Decided)


@dataclass(frozen=True, slots=True)
class Same:
    """So many files as they were left."""

    count: int


class Kind(StrEnum):
    """What a rewrite is: nothing that counts, news, another source, or our own export that nobody noted."""

    NOISE = "noise"
    REWRITTEN = "rewritten"
    SWITCHED = "switched"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Nothing:
    """So many files need nothing."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class Remember:
    """The same bytes under another time: note it, so that the next run need not open the file."""

    seen: Seen
    file: File


@dataclass(frozen=True, slots=True)
class Create:
    """A new record."""

    file: File
    document: Document


@dataclass(frozen=True, slots=True)
class TakeIn:
    """The crawler's new text."""

    seen: Seen
    file: File
    rewrite: Rewrite
    kind: Kind


@dataclass(frozen=True, slots=True)
class MarkMissing:
    """The file is gone; the record and its decisions wait for it."""

    seen: Seen


@dataclass(frozen=True, slots=True)
class Return:
    """The file is back."""

    seen: Seen


@dataclass(frozen=True, slots=True)
class Conflict:
    """A person has to decide on these keys."""

    path: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """Put the document in place of the bytes found, by their digest.

    `changes` are by key, before and after; `exported` what the file then holds that the crawler did not write.
    """

    path: str
    document: Document
    found: bytes
    expected: str | None
    changes: dict[str, tuple[Any, Any]]
    exported: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stands:
    """The file holds the decisions already, as `changes` to what the crawler wrote; that is to be noted."""

    path: str
    document: Document
    changes: dict[str, tuple[Any, Any]]
    exported: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """The file, or what to do with it, is at fault; it is left as it is."""

    path: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """So many went at once that it is likelier a mistake than meant: do nothing at all."""

    gone: int
    known: int


Action = Nothing | Remember | Create | TakeIn | MarkMissing | Return | Conflict | Write | Stands | Report | Refuse
Row = tuple[str, int | None, int | None, bool, int]
"""What was last seen of a path, bare: of a hundred thousand hardly one becomes an object."""
Found = Glance | Problem | None
Difference = tuple[Entry | Problem | None, Seen | None]


def compare(rows: Iterable[Row], found: Iterable[Found]) -> Iterator[tuple[Row, Found] | Same]:
    """Rows beside what is at their paths now: those that are not as they were, then how many others there are.

    A file that stays away is neither.
    """
    same = 0
    for row, now in zip(rows, found, strict=True):
        if now == row[1:3] and not row[3]:
            same += 1
        elif now is not None or not row[3]:
            yield row, now
    if same:
        yield Same(same)


def plan(
    states: Iterable[State | Same], *, takes_in: bool = True, writes: bool = True, may_lose_many: bool = False
) -> Iterator[Action]:
    """What to do, path by path as the states come; what is gone comes last, when it is known how much that is.

    An import takes in and writes nothing; an export writes and takes nothing in: there a file that is not as it was
    last seen is a problem. `Refuse` stands in place of everything that is gone, and means that nothing may be done.
    """
    gone: list[State] = []
    unread: set[str] = set()
    known = 0
    for state in states:
        if isinstance(state, Same):
            known += state.count
            yield Nothing(state.count)
            continue
        known += state.seen is not None and state.seen.was_there
        if isinstance(state.found, Problem):
            unread.add(state.found.path)
            yield Report(state.path, (state.found,))
        elif takes_in and state.found is None and state.seen is not None and state.seen.was_there:
            gone.append(state)
        else:
            yield from _of_one(state, takes_in=takes_in, writes=writes)
    yield from _of_gone(gone, unread, known, may_lose_many=may_lose_many)


def _of_gone(gone: list[State], unread: set[str], known: int, *, may_lose_many: bool) -> Iterator[Action]:
    """Nobody knows of what lies in a folder that cannot be read."""
    folders = tuple(f"{path}/" for path in unread)
    gone = [state for state in gone if state.path not in unread and not state.path.startswith(folders)]
    if not may_lose_many and len(gone) > max(1, known * MOST_GONE_AT_ONCE):
        yield Refuse(len(gone), known)
        return
    for state in gone:
        if state.seen:
            yield MarkMissing(state.seen)
        if state.decided.decisions:
            yield Conflict(state.path, (WHOLE_FILE,))


def _of_one(state: State, *, takes_in: bool, writes: bool) -> Iterator[Action]:
    """A path where something is, or where something should be."""
    if takes_in and isinstance(state.found, File):
        if state.seen is not None and state.seen.is_missing:
            yield Return(state.seen)
        if state.seen is None or state.seen.digest != state.found.digest:
            yield from _of_new_bytes(state.seen, state.found, state.decided, writes=writes)
            return
        yield Remember(state.seen, state.found)
    if writes and state.seen is not None and state.seen.is_unwritten:
        yield _write(state, state.seen)


def _of_new_bytes(seen: Seen | None, file: File, decided: Decided, *, writes: bool) -> Iterator[Action]:
    document = Document.read(file.data, file.path)
    if not document.is_readable:
        yield Report(file.path, tuple(document.problems))
        return
    if seen is None:
        yield Create(file, document)
        return
    rewrite = plan_rewrite(decided.text, document, decided.decisions, decided.exported)
    yield TakeIn(seen, file, rewrite, _kind_of(rewrite))
    if rewrite.conflicts and not rewrite.is_own:
        yield Conflict(file.path, rewrite.conflicts)
    if writes and (rewrite.is_own or not rewrite.is_written):
        taken = State(file.path, file, seen._replace(digest=file.digest), Decided(rewrite.text, rewrite.decisions))
        yield _write(taken, seen._replace(digest=file.digest))


def _kind_of(rewrite: Rewrite) -> Kind:
    if rewrite.is_own:
        return Kind.OWN
    if rewrite.is_noise:
        return Kind.NOISE
    return Kind.SWITCHED if rewrite.is_source_switch else Kind.REWRITTEN


def _write(state: State, seen: Seen) -> Write | Stands | Report:
    """The file that should be, over the file that was last seen and over no other."""
    found = state.found.data if isinstance(state.found, File) else None
    text, decided = state.decided.text, state.decided.decisions
    try:
        crawler = file_of_crawler(text, state.path)
        document = file_in_force(text, decided, state.path, read=crawler)
    except ProblemError as refusal:
        return Report(state.path, (refusal.problem.at(state.path),))
    exported = values_to_export(crawler.fields, decided)
    if found == document.to_bytes():
        return Stands(state.path, document, changes_between(crawler.fields, document.fields), exported)
    if (problem := _moved_on(state, seen)) is not None:
        return Report(state.path, (problem,))
    before = crawler if found == text else Document.read(found or b"", state.path)
    changes = changes_between(before.fields, document.fields)
    return Write(state.path, document, found or b"", None if found is None else seen.digest, changes, exported)


def _moved_on(state: State, seen: Seen) -> Problem | None:
    if state.found is None and seen.digest:
        message = "The file is gone since it was last read. Import the site, then decide."
        return error("vanished", message, path=state.path)
    if isinstance(state.found, File) and state.found.digest != seen.digest:
        message = "The file changed since it was last read. Import the site first, so that nothing in it is lost."
        return error("moved_on", message, path=state.path)
    return None
