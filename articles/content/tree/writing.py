"""Writes many files, a batch at a time: while one is on its way to the disk, whoever writes can think out the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from articles.content.problems import Problem, ProblemError
from articles.content.tree import refusals
from articles.content.tree.names import parts_of, path_fault
from articles.content.tree.opening import folder_at
from articles.content.tree.refusals import WriteRefused
from articles.content.tree.replacing import Filled, Target, confirm, fill, place

WAITERS: Final = 32
"""So many wait for the disk together: it takes what several sync as one. Eight waiters take a quarter longer."""


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
        self._put: Iterable[Sequence[tuple[Target, Problem | None]]] = ()

    def begin(self, batch: Iterable[New]) -> None:
        """The batch before must be finished."""
        for new in batch:
            try:
                with refusals.telling(new.path, is_new=new.expected is None):
                    self._begun.append(fill(self._target(new), new.data))
            except ProblemError as refusal:
                self._refused[new.path] = refusal.problem
        if len(self._begun) <= WAITERS:
            self._put = map(_put_some, [self._begun])
            return
        self._waiters = self._waiters or ThreadPoolExecutor(WAITERS)
        self._put = self._waiters.map(_put_some, [self._begun[first::WAITERS] for first in range(WAITERS)])

    def finish(self) -> dict[str, Problem]:
        """By path what the system, or somebody else's hand, refused; all else is on the disk under its name."""
        refused, self._refused = self._refused, {}
        placed: dict[int, list[Target]] = {}
        for target, problem in chain.from_iterable(self._put):
            if problem is None:
                placed.setdefault(target.folder, []).append(target)
            else:
                refused[target.path] = problem
        for targets in placed.values():
            refused.update(_unconfirmed(targets))
        self._begun, self._put = [], ()
        self._close_folders()
        return refused

    def let_go(self) -> None:
        """What is not on its way any more stays as it was."""
        if self._waiters is not None:
            self._waiters.shutdown(cancel_futures=True)
        try:
            for one in self._begun:
                one.take_back()
        finally:
            self._close_folders()

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


def _put_some(filled: Sequence[Filled]) -> list[tuple[Target, Problem | None]]:
    return [(one.target, _put(one)) for one in filled]


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
