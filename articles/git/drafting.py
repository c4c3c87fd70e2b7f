"""Drafts a commit in git's store, where no branch holds it yet: the last one's tree with our files in it.

Two runs of `git fast-import` and one of `diff-tree`, however many the files. It takes their bytes from us, so git
neither follows links to them nor passes them through filters, and of the tree it reads only the folders they are in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile

from articles.content.tree import ReadRefused, Tree
from articles.git.repository import GitRefused, Repository

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
        lines = (f"{self.modes.get(path, _PLAIN)} {blob}\t{path}\0" for path, blob in self.blobs.items())
        return os.fsencode("".join(lines))


def drafted(repository: Repository, parent: str, tree: Tree, paths: Iterable[str], words: Words) -> Draft | None:
    """None where the commit would change nothing.

    Our files are taken for plain ones at first. Only if one turns out to have been executable is the commit drafted
    again, so that it stays so: articles never are, and to ask for all modes beforehand costs more.
    """
    blobs = _stored(repository, tree, paths)
    if not blobs:
        return None
    draft = _draft(repository, parent, blobs, {}, words)
    changed = _changed(repository, parent, draft)
    modes = {path: mode for path, mode in changed.items() if mode == _EXECUTABLE}
    if modes:
        draft = _draft(repository, parent, blobs, modes, words)
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


def _draft(
    repository: Repository, parent: str, blobs: Mapping[str, str], modes: Mapping[str, str], words: Words
) -> Draft:
    files = (f"M {modes.get(path, _PLAIN)} {blob} {_quoted(path)}" for path, blob in blobs.items())
    start = [f"from {parent}"] if parent else []
    # The name is reset before, so that it stands for nothing old, and after, so that no such branch is left.
    head = f"reset refs/newsroom\n\ncommit refs/newsroom\nmark :1\ncommitter {words.author()}\n"
    body = "\n".join([*start, *files, "", "reset refs/newsroom", "", "get-mark :1", ""])
    feed = b"%sdata %d\n%s\n%s" % (head.encode(), len(words.text()), words.text(), os.fsencode(body))
    commit = repository.run("fast-import", "--quiet", feed=feed).decode().strip()
    return Draft(commit, blobs, modes)


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


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
