"""A disk that fails on demand, and what lies on it: for the tests of the content root."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from articles.content.tree import replacing

OLD = b"---\ntitle: old\n---\n"
NEW = b"---\ntitle: new\n---\n"

SYSTEM_CALLS = (
    "open", "close", "stat", "fstat", "read", "write", "fsync", "fchown", "fchmod",
    "rename", "exchange", "link", "unlink", "mkdir", "scandir",
)  # fmt: skip


@dataclass
class Faults:
    """What the fault injection did: how many calls went by, and the name of the one that failed."""

    calls: int = 0
    failed: str = ""


@contextmanager
def failing(
    at: int, code: int, *, act: Callable[[], object] | None = None, only: tuple[str, ...] = SYSTEM_CALLS
) -> Iterator[Faults]:
    """Fails call number `at` (from 1) to the system with the errno `code`; or does `act` right before it."""
    faults = Faults()

    def wrapped(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            faults.calls += 1
            if faults.calls != at:
                return real(*arguments, **options)
            faults.failed = name
            if act is not None:
                act()
                return real(*arguments, **options)
            if name == "close":  # Linux closes the handle even when it reports a failure
                real(*arguments, **options)
            raise OSError(code, os.strerror(code))

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in only:
            place = replacing if name == "exchange" else os  # which Python lacks
            patch.setattr(place, name, wrapped(name, getattr(place, name)))
        yield faults


def put(root: Path, path: str, data: bytes = OLD) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def everything(root: Path) -> list[str]:
    """All files, hidden ones too."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir())


def open_handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made, pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)  # its address has room for 108 bytes
        made.bind(path.name)


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


def make_folder(path: Path) -> None:
    path.mkdir()


not_files = pytest.mark.parametrize(
    ("make", "kind"),
    [(make_pipe, "a named pipe"), (make_socket, "a socket"), (make_device, "a device")],
    ids=["pipe", "socket", "device"],
)
