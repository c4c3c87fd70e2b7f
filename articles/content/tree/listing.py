"""Walks a content root in the order of its paths, and sweeps up what killed runs left in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from articles.content.problems import Problem
from articles.content.tree import refusals
from articles.content.tree.names import is_left_over, is_temporary, name_fault
from articles.content.tree.opening import close, open_folder

# Folders within folders. Real sites have two or three; each level keeps a file handle while it is listed.
MAX_DEPTH = 32


class Entry(NamedTuple):
    """A file as a listing sees it, unopened. `path` is relative to the root, with `/` between its parts."""

    path: str
    size: int
    mtime_ns: int


def walk(
    handle: int, folder: str, suffixes: tuple[str, ...], *, depth: int = 0, counted: dict[str, int] | None = None
) -> Iterator[Entry | Problem]:
    """What the open folder holds, and below; `folder` is its path, `""` for the root.

    With `counted` the plain documents of each folder are not told but counted there: of a hundred thousand no name is
    kept. What is left is whatever has to be looked at one by one.
    """
    odd: list[str] = []
    try:
        plain = _documents(handle, suffixes, odd)
        if counted is None:
            names = sorted([*plain, *odd])
        else:
            counted[folder] = sum(1 for _ in plain)
            names = sorted(odd)
    except OSError as failure:
        yield refusals.unreadable(folder, failure)
        return
    above = f"{folder}/" if folder else ""
    for marked in names:
        name = marked.rstrip("/")
        path = above + name
        if not name.isprintable() and (fault := name_fault(name, path)):
            yield fault
        elif name != marked:
            yield from _walk_below(handle, name, path, suffixes, depth=depth + 1, counted=counted)
        elif found := _entry(handle, name, path):
            yield found


def news(handle: int, folder: str, suffixes: tuple[str, ...], known: Iterable[str]) -> Iterator[Entry | Problem]:
    """As `walk`, of the open folder alone and without the paths that are known; these are sorted too."""
    odd: list[str] = []
    names = sorted([*_documents(handle, suffixes, odd), *(name for name in odd if name[-1] != "/")])
    above = f"{folder}/" if folder else ""
    others = iter(known)
    other = next(others, None)
    for name in names:
        path = above + name
        while other is not None and other < path:
            other = next(others, None)
        if path != other and (found := name_fault(name, path) or _entry(handle, name, path)):
            yield found


def sweep(handle: int, folder: str, *, before_ns: int | None, depth: int = 0) -> Iterator[str]:
    """Removes our own temporary files below the open folder, and yields their paths."""
    above = f"{folder}/" if folder else ""
    for name in _temporaries_and_folders(handle):
        if is_temporary(name):
            if _remove_stale(handle, name, before_ns):
                yield above + name
        elif depth < MAX_DEPTH:
            with suppress(OSError):
                below = open_folder(handle, name)
                try:
                    yield from sweep(below, above + name, before_ns=before_ns, depth=depth + 1)
                finally:
                    close(below)


def _temporaries_and_folders(handle: int) -> list[str]:
    """Of a hundred thousand names hardly one."""
    with os.scandir(handle) as entries:
        return [
            entry.name
            for entry in entries
            if (entry.is_dir(follow_symlinks=False) and not is_left_over(entry.name))
            or (entry.name[0] == "." and is_temporary(entry.name))
        ]


def _walk_below(
    above: int, name: str, path: str, suffixes: tuple[str, ...], *, depth: int, counted: dict[str, int] | None
) -> Iterator[Entry | Problem]:
    if depth > MAX_DEPTH:
        yield refusals.too_deep(path, MAX_DEPTH)
        return
    try:
        handle = open_folder(above, name)
    except FileNotFoundError:
        return
    except OSError as failure:
        yield refusals.unreadable(path, failure)
        return
    try:
        yield from walk(handle, path, suffixes, depth=depth, counted=counted)
    finally:
        close(handle)


def _documents(handle: int, suffixes: tuple[str, ...], odd: list[str]) -> Iterator[str]:
    """The names of a folder's plain documents as they come; what else matters is put among the odd.

    Folders have a slash behind: so they sort as whole paths do.
    """
    is_left_over_too = is_left_over if "" in suffixes else None  # none ends like a document, unless any end will do
    with os.scandir(handle) as entries:
        for entry in entries:
            name = entry.name
            if name.endswith(suffixes) and name[0] != "." and entry.is_file(follow_symlinks=False):
                if is_left_over_too is None or not is_left_over_too(name):
                    yield name
            elif (name.lower().endswith(suffixes) or _leads_to_folder(entry)) and not is_left_over(name):
                odd.append(f"{name}/" if entry.is_dir(follow_symlinks=False) else name)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Also true of a link to a folder, so that a listing says what it leaves out."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _entry(handle: int, name: str, path: str) -> Entry | Problem | None:
    """None for a file that went away since its name was read."""
    try:
        status = os.stat(name, dir_fd=handle, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as failure:
        return refusals.unreadable(path, failure)
    if not stat.S_ISREG(status.st_mode):
        return refusals.not_a_file(path, status.st_mode)
    return Entry(path, status.st_size, status.st_mtime_ns)


def _remove_stale(folder: int, name: str, before_ns: int | None) -> bool:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if before_ns is not None and status.st_mtime_ns >= before_ns:
            return False
        os.unlink(name, dir_fd=folder)
    except OSError:
        return False
    return True
