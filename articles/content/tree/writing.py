"""Writes many files, a batch at a time: while one is on its way to the disk, whoever writes can think out the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Final, NamedTuple

from articles.content.problems import Problem, ProblemError
from articles.content.tree import refusals
from articles.content.tree.names import parts_of, path_fault
from articles.content.tree.opening import folder_at
from articles.content.tree.refusals import WriteRefused
from articles.content.tree.replacing import Filled, Target, confirm, fill, place

WAITERS: Final = 32
"""So many wait for the disk together: it takes what several sync as one. Eight waiters take a third longer."""
FEW: Final = 8
"""So many are put in their places one after the other."""


class New(NamedTuple):
    """What is to stand at a path, in place of the file with the digest `expected`; None expects that there is none."""

    path: str
    data: bytes
    expected: str | None


class Writer:
    """`begin` writes a batch beside its places and sends it on its way; `finish` waits until all of it is there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._begun: list[Filled] = []
        self._refused: dict[str, Problem] = {}
        self._folders: dict[str, int] = {}
        self._stack = ExitStack()
        self._waiters: ThreadPoolExecutor | None = None
        self._waiting: deque[Filled] = deque()
        self._put: SimpleQueue[tuple[Target, Problem | BaseException | None]] = SimpleQueue()

    def begin(self, batch: Iterable[New]) -> None:
        """The batch before must be finished."""
        for new in batch:
            try:
                with refusals.telling(new.path, is_new=new.expected is None):
                    self._begun.append(fill(self._target(new), new.data))
            except ProblemError as refusal:
                self._refused[new.path] = refusal.problem
        self._waiting.extend(self._begun)
        if len(self._begun) > FEW:
            self._waiters = self._waiters or ThreadPoolExecutor(WAITERS)
            with suppress(RuntimeError):  # the system gives no more threads: then fewer wait, or this one alone
                for _ in range(min(WAITERS, len(self._begun))):
                    self._waiters.submit(self._put_some_beside)

    def finish(self) -> dict[str, Problem]:
        """By path what the system, or somebody else's hand, refused; all else is on the disk under its name."""
        refused, self._refused = self._refused, {}
        placed: dict[int, list[Target]] = {}
        self._put_some()
        for target, outcome in [self._put.get() for _ in self._begun]:
            match outcome:
                case None:
                    placed.setdefault(target.folder, []).append(target)
                case Problem():
                    refused[target.path] = outcome
                case _:
                    raise outcome
        for targets in placed.values():
            refused.update(_unconfirmed(targets))
        self._begun = []
        self._close_folders()
        return refused

    def let_go(self) -> None:
        """What is not on its way any more stays as it was."""
        self._waiting.clear()
        if self._waiters is not None:
            self._waiters.shutdown(cancel_futures=True)
        try:
            for one in self._begun:
                one.take_back()
        finally:
            self._close_folders()

    def _put_some(self) -> None:
        """Until none waits any more."""
        while (filled := self._next()) is not None:
            self._put.put((filled.target, _put(filled)))

    def _put_some_beside(self) -> None:
        """The same in another thread; whoever waits for each has to hear of our mistakes, too."""
        while (filled := self._next()) is not None:
            try:
                outcome: Problem | BaseException | None = _put(filled)
            except BaseException as mistake:
                outcome = mistake
            self._put.put((filled.target, outcome))

    def _next(self) -> Filled | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _target(self, new: New) -> Target:
        if fault := path_fault(new.path):
            raise WriteRefused(fault)
        folder, _, name = new.path.rpartition("/")
        if folder not in self._folders:
            opened = folder_at(self.root, parts_of(folder), create=new.expected is None)
            self._folders[folder] = self._stack.enter_context(opened)
        return Target(self._folders[folder], name, new.path, new.expected)

    def _close_folders(self) -> None:
        self._stack.close()
        self._folders = {}


def _put(filled: Filled) -> Problem | None:
    """A file gets its name once its bytes are on the disk."""
    target = filled.target
    try:
        with refusals.telling(target.path, is_new=target.expected is None):
            filled.sync()
            place(filled)
    except ProblemError as refusal:
        filled.take_back()
        return refusal.problem
    return None


def _unconfirmed(targets: list[Target]) -> dict[str, Problem]:
    """All of a folder, where the disk does not confirm their names."""
    try:
        confirm(targets[0].folder)
    except OSError as failure:
        return {target.path: refusals.not_confirmed(target.path, failure).problem for target in targets}
    return {}
