"""What a content root refuses, as exceptions, and the sentences that say what to do about it."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from articles.content.problems import Problem, ProblemError, error
from articles.content.tree.names import shown

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class RootNotFound(ProblemError):
    """The content root is not a folder that can be read."""


class ReadRefused(ProblemError):
    """The file was not read."""


class WriteRefused(ProblemError):
    """The file was not written. It is as it was, unless the code is `not_confirmed`."""


class FileMovedOn(ProblemError):
    """The file on disk is not the one that was read, so nothing was written over it."""


def no_root(root: Path, failure: Exception) -> Problem:
    reason = failure.strerror if isinstance(failure, OSError) else str(failure)
    message = f"The content folder cannot be read ({reason}); name a folder that exists and is yours to read."
    return error("root_not_found", message, path=shown(str(root)))


def unreadable(path: str, failure: OSError) -> Problem:
    """What the system said when asked to open or read."""
    match failure.errno:
        case errno.ELOOP:
            return not_a_file(path, stat.S_IFLNK)
        case errno.ENOENT:
            return error("vanished", "The file is gone; run again to see what is there now.", path=path)
        case errno.ENOTDIR:
            message = "A file stands where a folder should be; move one of the two."
            return error("not_a_file", message, path=path)
        case errno.ENAMETOOLONG:
            return error("bad_name", "The name is longer than the system allows; shorten it.", path=path)
    message = f"It cannot be read ({failure.strerror}); check its owner and permissions, and the disk."
    return error("unreadable", message, path=path)


def not_a_file(path: str, mode: int) -> Problem:
    """`mode` is the `st_mode` of what is there."""
    if stat.S_ISLNK(mode):
        message = "A symbolic link is never followed; put the file or folder itself in its place."
        return error("link", message, path=path)
    kind = _KINDS.get(stat.S_IFMT(mode), "something else")
    message = f"This is {kind}, not a file, and was not opened; remove or rename it."
    return error("not_a_file", message, path=path)


def too_large(path: str, max_bytes: int) -> Problem:
    message = f"The file is larger than {max_bytes:,} bytes, the most that is read; shorten it."
    return error("too_large", message, path=path)


def too_deep(path: str, max_depth: int) -> Problem:
    return error("too_deep", f"Folders are read {max_depth} deep; move this one further up.", path=path)


def moved_on(path: str, *, is_gone: bool) -> FileMovedOn:
    if is_gone:
        message = "The file is gone since it was read, so it was not written; sync first."
        return FileMovedOn(error("vanished", message, path=path))
    message = "The file on disk is not the one that was read, so nothing was written over it; sync first."
    return FileMovedOn(error("moved_on", message, path=path))


@contextmanager
def telling(path: str, *, is_new: bool) -> Iterator[None]:
    """Of a write: what the system refuses within is a problem."""
    try:
        yield
    except ReadRefused as refused:
        raise WriteRefused(refused.problem) from refused
    except OSError as failure:
        raise unwritten(path, failure, is_new=is_new) from failure


def unwritten(path: str, failure: OSError, *, is_new: bool) -> ProblemError:
    """What the system said when asked to write; the old file is still there."""
    if failure.errno in (errno.ELOOP, errno.ENOTDIR):
        return WriteRefused(unreadable(path, failure))
    if failure.errno == errno.ENOENT and not is_new:
        return moved_on(path, is_gone=True)
    message = f"Not written, and left as it was ({failure.strerror}); mend that and export again."
    return WriteRefused(error("not_written", message, path=path))


def not_confirmed(path: str, failure: OSError) -> WriteRefused:
    message = f"Written, but the disk did not confirm it ({failure.strerror}); check the disk."
    return WriteRefused(error("not_confirmed", message, path=path))
