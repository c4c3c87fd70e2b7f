"""A content root on disk: lists it, reads a file with its digest, writes one only over the bytes read.

Nothing here follows a symbolic link below the root. Every folder on the way to a file is opened from the
folder above it, so one that is swapped for a link between two calls is refused, not walked through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from articles.content.problems import Problem
from articles.content.tree import listing, refusals
from articles.content.tree.listing import Entry
from articles.content.tree.names import folder_path, parts_of, path_fault
from articles.content.tree.opening import file_at, folder_at, read_bounded
from articles.content.tree.refusals import FileMovedOn, ReadRefused, RootNotFound, WriteRefused
from articles.content.tree.replacing import Target, replace
from articles.content.tree.surveying import Glance, Survey
from articles.content.tree.writing import New, Writer

__all__ = [
    "DOCUMENT_SUFFIXES",
    "Entry",
    "File",
    "FileMovedOn",
    "Glance",
    "New",
    "ReadRefused",
    "Reader",
    "RootNotFound",
    "Survey",
    "Tree",
    "WriteRefused",
    "Writer",
    "digest",
]

DOCUMENT_SUFFIXES = (".md", ".markdown", ".mkd", ".mkdn", ".mdown", ".html", ".htm")


class File(NamedTuple):
    """A file as it was read. `mtime_ns` was taken before the bytes: no later write can hide behind it."""

    path: str
    data: bytes
    digest: str
    size: int
    mtime_ns: int


def digest(data: bytes) -> str:
    """The name of a file's bytes: SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class Tree:
    """A content root. Paths are relative to it and plain: `_news/x.md`, no part of them hidden."""

    def __init__(self, root: Path) -> None:
        """The root may itself be a link: where it leads now is where this tree stays."""
        try:
            self.root = root.resolve(strict=True)
            with folder_at(self.root, ()):
                pass
        except (OSError, RuntimeError, ValueError) as failure:
            raise RootNotFound(refusals.no_root(root, failure)) from failure

    def list(self, folder: str, suffixes: tuple[str, ...] = DOCUMENT_SUFFIXES) -> Iterator[Entry | Problem]:
        """The documents below `folder` (`""` is the root), sorted by path, and among them what is refused.

        One stat a file; only the names of the folders being walked are held. A missing folder lists nothing.
        Hidden files, left-overs of editors and files with other suffixes are passed over in silence.
        """
        path = folder_path(folder)
        if path and (fault := path_fault(path)):
            yield fault
            return
        try:
            with folder_at(self.root, parts_of(path)) as handle:
                yield from listing.walk(handle, path, suffixes)
        except FileNotFoundError:
            return
        except OSError as failure:
            yield refusals.unreadable(path, failure)

    def survey(self, folder: str, suffixes: tuple[str, ...] = DOCUMENT_SUFFIXES) -> Survey:
        """What `list` would give, as counts by folder and what is refused; to look at paths that are known."""
        path = folder_path(folder)
        survey = Survey(self.root, suffixes)
        if path and (fault := path_fault(path)):
            survey.problems.append(fault)
            return survey
        try:
            with folder_at(self.root, parts_of(path)) as handle:
                survey.take(handle, path)
        except FileNotFoundError:
            pass
        except OSError as failure:
            survey.problems.append(refusals.unreadable(path, failure))
        return survey

    def news(
        self, folder: str, known: Iterable[str], suffixes: tuple[str, ...] = DOCUMENT_SUFFIXES
    ) -> Iterator[Entry | Problem]:
        """As `list`, of `folder` alone and nothing below, and without the paths that are known, which are sorted."""
        path = folder_path(folder)
        try:
            with folder_at(self.root, parts_of(path)) as handle:
                yield from listing.news(handle, path, suffixes, known)
        except FileNotFoundError:
            return
        except OSError as failure:
            yield refusals.unreadable(path, failure)

    def read(self, path: str, *, max_bytes: int) -> File:
        """The bytes and their digest. Opens only a regular file, and reads at most `max_bytes` of it."""
        with self.reader() as reader:
            return reader.read(path, max_bytes=max_bytes)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """To read many files with: a folder stays open as long as they come from it."""
        reader = Reader(self.root)
        try:
            yield reader
        finally:
            reader.let_go()

    def write(self, path: str, data: bytes, *, expected: str | None) -> Entry:
        """Puts `data` at `path`, whole or not at all, if the file there still has the digest `expected`.

        None expects that there is no file yet, and makes the folders that lead to it. Raises FileMovedOn
        where it is otherwise, WriteRefused where the system will not. Mode and, if we may, owner are kept.
        """
        if fault := path_fault(path):
            raise WriteRefused(fault)
        *folders, name = parts_of(path)
        is_new = expected is None
        with refusals.telling(path, is_new=is_new), folder_at(self.root, folders, create=is_new) as folder:
            return replace(Target(folder, name, path, expected), data)

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """To write many files with, each as `write` would, but that they wait for the disk together."""
        writer = Writer(self.root)
        try:
            yield writer
        finally:
            writer.let_go()

    def sweep(self, folder: str, *, before_ns: int | None = None) -> tuple[str, ...]:
        """Removes the temporary files that killed runs of ours left below `folder`, and returns their paths.

        Spares those touched at `before_ns` or later. Without it all go: only for a caller that holds the
        site's lock. One that cannot be removed stays; it is hidden, and the next sweep meets it again.
        """
        path = folder_path(folder)
        removed: list[str] = []
        if path and path_fault(path):
            return ()
        with suppress(OSError), folder_at(self.root, parts_of(path)) as handle:
            removed.extend(listing.sweep(handle, path, before_ns=before_ns))
        return tuple(sorted(removed))


class Reader:
    """Reads one file after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._stack = ExitStack()
        self._folder: str | None = None
        self._handle = -1

    def read(self, path: str, *, max_bytes: int) -> File:
        """As `Tree.read`. Where its folder was swapped since the last file, this reads what lay in the one before."""
        if fault := path_fault(path):
            raise ReadRefused(fault)
        folder, _, name = path.rpartition("/")
        try:
            if folder != self._folder:
                self._open(folder)
            with file_at(self._handle, name, path) as (handle, status):
                data = read_bounded(handle, path, size=status.st_size, max_bytes=max_bytes)
        except OSError as failure:
            raise ReadRefused(refusals.unreadable(path, failure)) from failure
        return File(path, data, digest(data), len(data), status.st_mtime_ns)

    def let_go(self) -> None:
        """Close what is open."""
        self._stack.close()
        self._folder = None

    def _open(self, folder: str) -> None:
        self.let_go()
        self._handle = self._stack.enter_context(folder_at(self.root, parts_of(folder)))
        self._folder = folder
