"""What the files of decided articles are to be: read, edited and read again, on as many cores as are free.

The rows are bare, and so is what is made of them, since `forking` hands on plain values; only reading the rows asks the
database. Nothing is written here.
"""

from __future__ import annotations

import difflib
from collections import defaultdict, deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from enum import IntEnum
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet

from articles.content.actions import Decided, Seen, Stands, State, Write, plan
from articles.content.actions import Report as Told
from articles.content.fences import MAX_FILE_BYTES
from articles.content.merge import Decision
from articles.content.planning import file_in_force
from articles.content.problems import Problem, ProblemError, as_plain, as_problem
from articles.content.tree import File, Reader, Tree
from articles.content.values import from_json, to_json
from articles.forking import cores_to_share, shared
from articles.models import Article, Override, Site

AT_ONCE: Final = 100
FEWEST_TO_SHARE: Final = 300
"""Of fewer articles, starting other processes costs more than they save."""

_COLUMNS: Final = ("pk", "path", "digest", "is_missing", "version", "source__text", "source__exported")
_SAID: Final = ("key", "value", "is_removal", "crawler_value", "crawler_absent", "echoes")
_BY: Final = ("user", "username")


class Waiting(NamedTuple):
    """An article whose file may not hold its decisions yet; `overrides` are the columns of `_SAID` and `_BY`."""

    key: int
    path: str
    digest: str
    is_missing: bool
    version: int
    text: bytes
    exported: Any
    overrides: list[tuple[Any, ...]]

    def decisions(self) -> list[Decision]:
        """The overrides as values."""
        return [Decision.kept_as(*override[: len(_SAID)]) for override in self.overrides]

    def deciders(self) -> list[tuple[str, int | None, str]]:
        """For each key that is decided on, who did it: the user's key, and the name, which stays when the user goes."""
        return [(override[0], *override[len(_SAID) :]) for override in self.overrides]


class Fate(IntEnum):
    """Of a file."""

    WRITTEN = 0
    STANDS = 1
    REFUSED = 2


class Outgoing(NamedTuple):
    """The file that should be, or why there can be none.

    `expected` is the digest of the file to be written over, None where there is none. `changes` are by key, before and
    after; `exported` what the file holds that the crawler did not write; both as JSON values.
    """

    fate: Fate
    data: bytes = b""
    expected: str | None = None
    changes: Sequence[tuple[str, Any, Any]] = ()
    exported: Any = None
    diff: Sequence[str] = ()
    problems: Sequence[Problem] = ()

    def changed(self) -> dict[str, tuple[Any, Any]]:
        """The changes as values of the file."""
        return {key: (from_json(old), from_json(new)) for key, old, new in self.changes}


def outgoing(
    site: Site, tree: Tree, *, with_diff: bool, is_dry: bool
) -> Generator[tuple[Waiting, Outgoing], None, None]:
    """What is to become of each file that may not hold its decisions, in the order of their paths.

    Unless it is a dry run, what killed runs left in the folders is gone before the first comes.
    """
    unwritten = site.articles.present().unwritten()
    count = unwritten.count()
    asked: deque[list[Waiting]] = deque()

    def questions() -> Iterator[list[tuple[Any, ...]]]:
        if count and not is_dry:
            asked.append([])
            yield []
        for some in waiting_of(unwritten):
            asked.append(some)
            yield [tuple(one) for one in some]

    work = _Work(tree, () if is_dry else site.collections, with_diff=with_diff)
    processes = cores_to_share() if count >= FEWEST_TO_SHARE else 0
    with closing(shared(work.answer, questions(), processes=processes)) as shares:
        for answers in shares:
            for one, answer in zip(asked.popleft(), answers, strict=True):
                yield one, _from_plain(answer)


def waiting_of(rows: QuerySet[Article]) -> Iterator[list[Waiting]]:
    """Articles with their text and overrides, some at a time; no query stays open while they are dealt with.

    SQLite lets nobody write below an open query once somebody else has written.
    """
    keys = list(rows.order_by("path").values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        # The versions first: who decides between the two is written, and written once more by the next run.
        read = list(Article.objects.filter(pk__in=some).order_by("path").values_list(*_COLUMNS))
        said: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
        overrides = Override.objects.filter(article__in=some).order_by("article", "key")
        for key, *override in overrides.values_list("article", *_SAID, *_BY):
            said[key].append(tuple(override))
        yield [_waiting(row, said) for row in read]


def _waiting(row: tuple[Any, ...], said: Mapping[int, list[tuple[Any, ...]]]) -> Waiting:
    key, path, digest, is_missing, version, text, exported = row
    return Waiting(key, path, digest, is_missing, version, bytes(text), exported, said[key])


def text_in_force(article: Waiting) -> bytes:
    """The file's bytes; they are not even parsed where no editor decided anything."""
    if not article.overrides:
        return article.text
    return file_in_force(article.text, article.decisions(), article.path).to_bytes()


def diff_of(path: str, old: bytes, new: bytes) -> list[str]:
    """A unified diff that `git apply` takes; the lines keep their own line breaks."""
    lines = difflib.unified_diff(
        _lines(old), _lines(new), f"a/{path}" if old else "/dev/null", f"b/{path}", lineterm="\n"
    )
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]


class _Work:
    """What a process can be asked: nothing, which is to sweep the folders, or some articles."""

    def __init__(self, tree: Tree, swept: Iterable[str], *, with_diff: bool) -> None:
        self.tree, self.swept, self.with_diff = tree, tuple(swept), with_diff

    def answer(self, question: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """For each article the fields of its `Outgoing`, as plain values."""
        if not question:
            for folder in self.swept:
                self.tree.sweep(folder)
        with self.tree.reader() as reader:
            return [self._of(reader, Waiting(*one)) for one in question]

    def _of(self, reader: Reader, article: Waiting) -> tuple[Any, ...]:
        try:
            for action in plan([_state(reader, article)], takes_in=False):
                match action:
                    case Told():
                        return _refused(action.problems)
                    case Write():
                        data = action.document.to_bytes()
                        diff = diff_of(article.path, action.found, data) if self.with_diff else []
                        return (Fate.WRITTEN.value, data, action.expected, *_noted(action), diff, [])
                    case Stands():
                        return (Fate.STANDS.value, action.document.to_bytes(), None, *_noted(action), [], [])
        except ProblemError as refusal:
            return _refused([refusal.problem.at(article.path)])
        raise AssertionError(f"{article.path} waits, and nothing is planned for it.")


def _state(reader: Reader, article: Waiting) -> State:
    """What stands at the article's path, and what the desk holds of it."""
    found: File | Problem | None
    try:
        found = reader.read(article.path, max_bytes=MAX_FILE_BYTES)
    except ProblemError as refusal:
        found = None if refusal.problem.code == "vanished" else refusal.problem
    seen = Seen(article.path, None, None, article.is_missing, article.key, article.digest, is_unwritten=True)
    return State(article.path, found, seen, Decided(article.text, tuple(article.decisions())))


def _noted(action: Write | Stands) -> tuple[list[tuple[str, Any, Any]], Any]:
    changes = [(key, to_json(old), to_json(new)) for key, (old, new) in action.changes.items()]
    return changes, to_json(action.exported)


def _refused(problems: Iterable[Problem]) -> tuple[Any, ...]:
    return (Fate.REFUSED.value, b"", None, [], None, [], [as_plain(problem) for problem in problems])


def _from_plain(answer: tuple[Any, ...]) -> Outgoing:
    fate, data, expected, changes, exported, diff, problems = answer
    return Outgoing(Fate(fate), data, expected, changes, exported, diff, [as_problem(problem) for problem in problems])


def _lines(data: bytes) -> list[str]:
    """Lines end with LF alone, as Git sees them; a CR before it is part of the line."""
    lines = [line + "\n" for line in data.decode().split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
