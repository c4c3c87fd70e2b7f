"""Drafts a commit in git's store, where no branch holds it yet: the last one's tree with our files in it.

A few runs of git, however many the files. Their bytes come from us, through `git fast-import`, so that git neither
follows links to them nor passes them through filters. Their tree is made in an index of its own: `fast-import` looks
for each file among all of its folder, which in one of 100,000 takes a thousand files twice as long as all the rest.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryDirectory, TemporaryFile

from articles.content.tree import ReadRefused, Tree
from articles.git.repository import GitRefused, Repository, settings

MAX_FILE_BYTES = 50_000_000

_PLAIN = "100644"
_EXECUTABLE = "100755"
# What git strips from the ends of a name, and refuses a name that is nothing else.
_CRUD = " .,:;\"\\'"


@dataclass(frozen=True, slots=True)
class Words:
    """What a commit says: the message, who decided it, and when."""

    message: str
    name: str
    email: str
    when: datetime

    def text(self) -> bytes:
        return (self.message.replace("\0", "").strip() + "\n").encode(errors="replace")

    def subject(self) -> str:
        return _on_one_line(self.message.strip().partition("\n")[0])

    def author(self) -> str:
        """As a commit holds it: `Ada <ada@example.com> 1772625600 +0100`."""
        return f"{self._name()} <{_on_one_line(self.email)}> {self._date()}"

    def committer(self) -> dict[str, str]:
        """The environment that tells git who moves the branch, for its log."""
        return {
            "GIT_COMMITTER_NAME": self._name(),
            "GIT_COMMITTER_EMAIL": _on_one_line(self.email),
            "GIT_COMMITTER_DATE": f"@{self._date()}",
        }

    def _name(self) -> str:
        return _on_one_line(self.name) or "Unnamed"

    def _date(self) -> str:
        if self.when.tzinfo is None:
            raise ValueError("`when` must know its time zone")
        zone = f"{self.when:%z}"
        return f"{int(self.when.timestamp())} {zone[:5]}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit that no branch holds yet, and our part of its tree: blobs and modes by path from the top."""

    commit: str
    blobs: Mapping[str, str]
    modes: Mapping[str, str]

    def index_lines(self) -> bytes:
        """Our part as `git update-index -z --index-info` takes it."""
        return _index_lines(self.blobs, self.modes)


def drafted(repository: Repository, parent: str, tree: Tree, paths: Iterable[str], words: Words) -> Draft | None:
    """None where the commit would change nothing.

    Our files are taken for plain ones at first. Only if one turns out to have been executable is the commit drafted
    again, so that it stays so: articles never are, and to ask for all modes beforehand costs more.
    """
    blobs = _stored(repository, tree, paths)
    if not blobs:
        return None
    with _index_of(repository, parent) as environment:
        draft = _draft(repository, parent, blobs, {}, words, environment)
        changed = _changed(repository, parent, draft)
        modes = {path: mode for path, mode in changed.items() if mode == _EXECUTABLE}
        if modes:
            draft = _draft(repository, parent, blobs, modes, words, environment)
            changed = _changed(repository, parent, draft)
    return draft if changed else None


def _stored(repository: Repository, tree: Tree, paths: Iterable[str]) -> dict[str, str]:
    """Puts the files into git's store. Through a file, so that memory does not grow with them."""
    kept: list[str] = []
    with TemporaryFile() as stream:
        for path in dict.fromkeys(paths):
            data = _data(tree, path)
            if data is not None:
                kept.append(repository.prefix + path)
                mark = len(kept)
                stream.write(b"blob\nmark :%d\ndata %d\n%s\nget-mark :%d\n" % (mark, len(data), data, mark))
        stream.seek(0)
        ids = repository.run("fast-import", "--quiet", "--depth=0", feed=stream) if kept else b""
    return dict(zip(kept, ids.decode().split(), strict=True))


def _data(tree: Tree, path: str) -> bytes | None:
    """None for a file that is gone."""
    try:
        return tree.read(path, max_bytes=MAX_FILE_BYTES).data
    except ReadRefused as refused:
        if refused.problem.code == "vanished":
            return None
        raise GitRefused(f"{path} cannot be committed: {refused.problem.message}") from refused


@contextmanager
def _index_of(repository: Repository, parent: str) -> Iterator[Mapping[str, str]]:
    """An index of its own that holds a commit's tree: the environment in which git works on it."""
    with TemporaryDirectory() as folder:
        plain = {"core.splitIndex": "false", "core.sparseCheckout": "false"}
        environment = {"GIT_INDEX_FILE": f"{folder}/index", **settings(plain)}
        repository.run("read-tree", parent or "--empty", environment=environment)
        yield environment


def _draft(
    repository: Repository,
    parent: str,
    blobs: Mapping[str, str],
    modes: Mapping[str, str],
    words: Words,
    environment: Mapping[str, str],
) -> Draft:
    repository.run("update-index", "-z", "--index-info", feed=_index_lines(blobs, modes), environment=environment)
    tree = repository.run("write-tree", "--missing-ok", environment=environment).decode().strip()
    # The name is reset before, so that it stands for nothing old, and after, so that no such branch is left.
    head = f"reset refs/newsroom\n\ncommit refs/newsroom\nmark :1\ncommitter {words.author()}\n"
    start = f"from {parent}\n" if parent else ""
    body = f'{start}M 040000 {tree} ""\n\nreset refs/newsroom\n\nget-mark :1\n'
    feed = b"%sdata %d\n%s\n%s" % (head.encode(), len(words.text()), words.text(), body.encode())
    commit = repository.run("fast-import", "--quiet", feed=feed).decode().strip()
    return Draft(commit, blobs, modes)


def _index_lines(blobs: Mapping[str, str], modes: Mapping[str, str]) -> bytes:
    lines = (f"{modes.get(path, _PLAIN)} {blob}\t{path}\0" for path, blob in blobs.items())
    return os.fsencode("".join(lines))


def _changed(repository: Repository, parent: str, draft: Draft) -> dict[str, str]:
    """The paths in which the draft differs from its parent, with the modes they had there.

    Refuses a draft that would change others than ours: those of files that stand where we need a folder, of files
    below a folder that stands where we need a file, and of submodules.
    """
    if not parent:
        return dict.fromkeys(draft.blobs, "")
    options = ("-r", "-z", "--raw", "--no-renames", "--no-ext-diff")
    fields = os.fsdecode(repository.run("diff-tree", *options, parent, draft.commit)).split("\0")
    changed = {path: status[1:7] for status, path in zip(fields[::2], fields[1::2], strict=False)}
    if others := changed.keys() - draft.blobs.keys():
        advice = "commit that change first, by hand"
        raise GitRefused(f"To commit these files would also change {min(others)}; {advice}.")
    return changed


def _on_one_line(text: str) -> str:
    """Without what would end a name, an address or a line in git's formats."""
    return "".join(letter for letter in text if letter.isprintable() and letter not in "<>").strip(_CRUD)
