"""What lies below a folder, counted by names alone: whoever knows the paths can then look at them without a list."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from articles.content.problems import Problem
from articles.content.tree import refusals
from articles.content.tree.listing import Entry, walk
from articles.content.tree.names import is_left_over
from articles.content.tree.opening import folder_at

Glance = tuple[int, int]
"""A file's size and its time in nanoseconds."""


@dataclass(slots=True)
class Survey:
    """How many documents each folder holds that nobody looked at yet, and what is refused below.

    A hundred thousand files are one number here. Once every path that is known was looked at, a folder that has more
    than none holds files that nobody knows.
    """

    root: Path
    suffixes: tuple[str, ...]
    unseen: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def take(self, handle: int, folder: str) -> None:
        """Count what the open folder holds, and below."""
        for found in walk(handle, folder, self.suffixes, counted=self.unseen):
            if isinstance(found, Entry):
                self.unseen[_folder_of(found.path)] += 1
            else:
                self.problems.append(found)

    def look(self, paths: Sequence[str]) -> list[Glance | Problem | None]:
        """Size and time of each, unopened; None where a listing would have no file."""
        found: list[Glance | Problem | None] = []
        try:
            with folder_at(self.root, ()) as root:
                for folder, some in _by_folder(paths):
                    found += self._look_in(folder, root, some)
        except OSError as failure:  # of the root alone; what is below it has its own words
            return [refusals.unreadable(path, failure) for path in paths]
        return found

    def folders_with_more(self) -> list[str]:
        """Those of which not every document was looked at, or that changed meanwhile."""
        return sorted(folder for folder, count in self.unseen.items() if count)

    def _look_in(self, folder: str, root: int, paths: Iterable[str]) -> list[Glance | Problem | None]:
        """As `look`, of paths right in the folder; below one that was not counted a listing has nothing."""
        if folder not in self.unseen:
            return [None for _ in paths]
        found: list[Glance | Problem | None] = []
        suffixes, is_file = self.suffixes, stat.S_ISREG
        for path in paths:
            if not (path.endswith(suffixes) or self._is_document(path)):
                found.append(None)
                continue
            try:
                status = os.stat(path, dir_fd=root, follow_symlinks=False)
            except FileNotFoundError:
                found.append(None)
            except OSError as failure:
                found.append(refusals.unreadable(path, failure))
            else:
                found.append((status.st_size, status.st_mtime_ns) if is_file(status.st_mode) else None)
        self.unseen[folder] -= len(found) - found.count(None)
        return found

    def _is_document(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return name.lower().endswith(self.suffixes) and not is_left_over(name)


def _by_folder(paths: Sequence[str]) -> Iterable[tuple[str, Iterable[str]]]:
    """Paths in their order, by folder. Mostly all are in one: what lies between two of its paths begins as they do."""
    if not paths:
        return ()
    first, last = min(paths), max(paths)
    folder = _folder_of(first)
    if folder and last.startswith(f"{folder}/") and "".join(paths).count("/") == len(paths) * first.count("/"):
        return [(folder, paths)]
    return groupby(paths, _folder_of)


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]
