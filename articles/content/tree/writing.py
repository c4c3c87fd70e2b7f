"""Writes many files, a batch at a time: while one is on its way to the disk, whoever writes can think out the next."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from articles.content.problems import Problem, ProblemError
from articles.content.tree import refusals
from articles.content.tree.names import parts_of, path_fault
from articles.content.tree.opening import folder_at
from articles.content.tree.refusals import WriteRefused
from articles.content.tree.replacing import Filled, Target, confirm, fill, place

WAITERS: Final = 8
"""So many wait for the disk together: it takes what several sync as one."""


class New(NamedTuple):
    """What is to stand at a path, in place of the file with the digest `expected`; None expects that there is none."""

    path: str
    data: bytes
    expected: str | None


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    """A file that is written beside its place; `synced` where somebody else waits for the disk."""

    filled: Filled
    synced: Future[None] | None


class Writer:
    """`begin` writes a batch beside its places and sends it to the disk; `finish` gives it its names."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._on_the_way: list[_OnItsWay] = []
        self._refused: dict[str, Problem] = {}
        self._folders: dict[str, int] = {}
        self._stack = ExitStack()
        self._waiters: ThreadPoolExecutor | None = None

    def begin(self, batch: Iterable[New]) -> None:
        """The batch before must be finished. Nothing that can be seen is changed yet."""
        filled: list[Filled] = []
        try:
            for new in batch:
                try:
                    with refusals.telling(new.path, is_new=new.expected is None):
                        filled.append(fill(self._target(new), new.data))
                except ProblemError as refusal:
                    self._refused[new.path] = refusal.problem
        finally:
            self._on_the_way = [_OnItsWay(one, None) for one in filled]
        if len(filled) > WAITERS:
            self._waiters = self._waiters or ThreadPoolExecutor(WAITERS)
            self._on_the_way = [_OnItsWay(one, self._waiters.submit(one.sync)) for one in filled]

    def finish(self) -> dict[str, Problem]:
        """By path what the system, or somebody else's hand, refused; all else is on the disk under its name."""
        refused, self._refused = self._refused, {}
        placed: dict[int, list[Target]] = {}
        while self._on_the_way:
            one = self._on_the_way[0]
            target = one.filled.target
            try:
                with refusals.telling(target.path, is_new=target.expected is None):
                    one.synced.result() if one.synced else one.filled.sync()
                    place(one.filled)
                placed.setdefault(target.folder, []).append(target)
            except ProblemError as refusal:
                one.filled.take_back()
                refused[target.path] = refusal.problem
            del self._on_the_way[0]
        for targets in placed.values():
            refused.update(_unconfirmed(targets))
        self._close_folders()
        return refused

    def let_go(self) -> None:
        """What was not finished stays as it was."""
        if self._waiters is not None:
            self._waiters.shutdown()
        try:
            for one in self._on_the_way:
                one.filled.take_back()
        finally:
            self._on_the_way = []
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


def _unconfirmed(targets: list[Target]) -> dict[str, Problem]:
    """All of a folder, where the disk does not confirm their names."""
    try:
        confirm(targets[0].folder)
    except OSError as failure:
        return {target.path: refusals.not_confirmed(target.path, failure).problem for target in targets}
    return {}
