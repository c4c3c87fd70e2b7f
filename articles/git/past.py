"""A repository's past: which files each commit wrote, and what was in them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from articles.git.repository import Repository, find

BLOBS_AT_ONCE: Final = 2000
_FORMAT: Final = "%x02%H%x03%an%x03%ae%x03%at%x03%s%x03"


@dataclass(frozen=True, slots=True)
class PastCommit:
    """A commit and the files it wrote, by path from the content root; None where it took one away."""

    id: str
    author: str
    address: str
    at: datetime
    subject: str
    blobs: dict[str, str | None]


def commits_of(root: Path, folders: Sequence[str]) -> list[PastCommit]:
    """The commits that touched these folders, oldest first, along the first parents. Raises `GitRefused`."""
    repository = find(root)
    if not repository.tip():
        return []
    places = [f":(literal){repository.prefix}{folder}" for folder in folders]
    command = ("log", "--first-parent", "--reverse", "--raw", "--no-renames", "--no-abbrev", "-m", "-z")
    printed = repository.run(*command, f"--format={_FORMAT}", "--", *places)
    return [_commit(entry, repository.prefix) for entry in printed.decode(errors="surrogateescape").split("\x02")[1:]]


def read_blobs(root: Path, ids: Iterable[str]) -> Iterator[bytes]:
    """The contents of blobs, in the order asked for; so many a process of git that memory stays flat."""
    repository = find(root)
    wanted = list(ids)
    for start in range(0, len(wanted), BLOBS_AT_ONCE):
        yield from _read_some(repository, wanted[start : start + BLOBS_AT_ONCE])


def uncommitted(root: Path, files: Mapping[str, bytes]) -> set[str]:
    """Those paths, of files and what they hold, of which the last commit holds something else, or nothing.

    Raises `GitRefused`.
    """
    repository = find(root)
    tip = repository.tip()
    if not tip:
        return set(files)
    asked = "".join(f"{tip}:{repository.prefix}{path}\n" for path in files)
    answers = repository.run("cat-file", "--batch-check=%(objectname)", feed=os.fsencode(asked)).splitlines()
    pairs = zip(files.items(), answers, strict=True)
    return {path for (path, data), answer in pairs if not _is_blob_of(answer.decode(errors="replace"), data)}


def _is_blob_of(name: str, data: bytes) -> bool:
    """Whether Git names these bytes so: by SHA-1, or in a repository of the newer kind by SHA-256."""
    header = b"blob %d\0" % len(data)
    digest = hashlib.sha1 if len(name) == 40 else hashlib.sha256
    return digest(header + data, usedforsecurity=False).hexdigest() == name


def _read_some(repository: Repository, ids: Sequence[str]) -> Iterator[bytes]:
    printed = repository.run("cat-file", "--batch", feed="".join(f"{id}\n" for id in ids).encode())
    at = 0
    for _ in ids:
        end = printed.index(b"\n", at)
        size = int(printed[at:end].rsplit(b" ", 1)[1])
        yield printed[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _commit(entry: str, prefix: str) -> PastCommit:
    id, author, address, at, subject, changes = entry.split("\x03", 5)
    return PastCommit(id, author, address, datetime.fromtimestamp(int(at), UTC), subject, _blobs(changes, prefix))


def _blobs(changes: str, prefix: str) -> dict[str, str | None]:
    """`:100644 100644 OLD NEW M`, NUL, path, NUL, ...; only plain files count."""
    fields = changes.strip("\n\0").split("\0")
    blobs: dict[str, str | None] = {}
    for status, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, new, letter = status.lstrip("\n:").split(" ")
        if letter == "D":
            blobs[path.removeprefix(prefix)] = None
        elif mode.startswith("100"):
            blobs[path.removeprefix(prefix)] = new
    return blobs
