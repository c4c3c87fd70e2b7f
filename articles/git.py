"""The repository that the content lives in: one commit of exactly the files that were written, as they are.

Everything goes through git's plumbing, so that nothing of the repository's own runs (hooks, filters, signing, file
system monitors, helpers, fetches of missing objects) and no line ending is converted. Settings on the command line
stand over those of the repository; those of the system and of the user are not read.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from articles.content.problems import Problem
from articles.content.tree import ReadRefused, Tree

TIMEOUT_SECONDS = 60
MAX_FILE_BYTES = 50_000_000

_SETTINGS = (
    *("-c", "safe.directory=*"),  # content often belongs to the crawler's user; it can run nothing here
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.autocrlf=false"),
    *("-c", "core.sshCommand=false"),
    *("-c", "credential.helper="),
    *("-c", "commit.gpgSign=false"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    *("-c", "i18n.commitEncoding=UTF-8"),
)
# The tree is built in an index of our own, which is whole whatever the repository's own looks like.
_SETTINGS_OF_OUR_INDEX = (
    *("-c", "index.sparse=false"),
    *("-c", "core.sparseCheckout=false"),
    *("-c", "core.splitIndex=false"),
)
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ASKPASS": "false",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_UNFINISHED = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "sequencer": "a cherry-pick or revert",
    "BISECT_LOG": "a bisect",
}
# What git itself strips from the ends of a name, and refuses a name that is nothing else.
_CRUD = " .,:;\"\\'"


class GitRefused(Exception):
    """Nothing was committed; the message says why and what to do."""


class NotARepository(GitRefused):
    """The folder is in no repository, or in one that has no place for it."""


def is_repository(root: Path) -> bool:
    """Whether `root` is in a repository that `commit` could use; False also where git is missing."""
    try:
        _find(root)
    except GitRefused:
        return False
    return True


def head(root: Path) -> str:
    """The id of the last commit; `""` before the first."""
    return _tip(_find(root))


def init(root: Path, *, when: datetime) -> str:
    """Makes `root` a repository of its own and commits all of it but what is hidden: for the demo's site."""
    if (root / ".git").exists():
        raise GitRefused(f"{root} is a repository already; choose another folder.")
    _git("init", "--quiet", "--template=", "--initial-branch=main", os.fspath(root.resolve()))
    paths = [item.path for item in Tree(root).list("", ("",)) if not isinstance(item, Problem)]
    return commit(
        root,
        paths,
        message="Begin the site",
        author_name="Crawler",
        author_email="crawler@example.com",
        when=when,
    )


def commit(
    root: Path, paths: Sequence[str], *, message: str, author_name: str, author_email: str, when: datetime
) -> str:
    """Commits the files at `paths` as they are on disk now, and nothing else; the id of the commit.

    Returns `""` and makes none where the last commit holds them already. A path that is gone is left out: to record
    a deletion is not ours. What else is changed or staged stays so. `when` must know its time zone.

    The index is written before the branch: a run killed in between leaves files staged, and the next commits them.
    """
    repository = _find(root)
    _require_at_rest(repository)
    parent = _tip(repository)
    with TemporaryDirectory(prefix="newsroom-") as desk:
        blobs = _stored(repository, Tree(root), paths, Path(desk))
        if not blobs:
            return ""
        draft = _drafted(replace(repository, index=f"{desk}/index"), parent, blobs)
    if not _changes(repository, parent, draft):
        return ""
    author = _identity(author_name, author_email, when)
    made = _made(repository, parent, draft.tree, message=message, author=author)
    repository.run("update-index", "-z", "--index-info", feed=draft.entries)
    _advance(repository, parent, made, message=message, author=author)
    return made


@dataclass(frozen=True, slots=True)
class _Repository:
    """Where git found it. `prefix` leads from its top to the content root: `""` or `site/`."""

    top: str
    git_dir: str
    prefix: str
    index: str = ""
    """An index of our own, instead of the repository's."""

    def run(self, *command: str, feed: bytes = b"", author: Mapping[str, str] | None = None) -> bytes:
        """What a git command prints; GitRefused if it fails."""
        done = self._git(*command, feed=feed, author=author)
        if done.returncode:
            complaint = _complaint(done)
            raise GitRefused(f"git {command[0]} failed in {self.top}: {complaint}; nothing was committed.")
        return done.stdout

    def ask(self, *command: str) -> str:
        """The line that a git command prints; `""` where its exit code says no."""
        done = self._git(*command)
        return "" if done.returncode else os.fsdecode(done.stdout).removesuffix("\n")

    def _git(
        self, *command: str, feed: bytes = b"", author: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        place = (f"--git-dir={self.git_dir}", f"--work-tree={self.top}")
        settings = _SETTINGS_OF_OUR_INDEX if self.index else ()
        environment = {**(author or {}), **({"GIT_INDEX_FILE": self.index} if self.index else {})}
        return _git(*settings, *place, *command, feed=feed, environment=environment, folder=self.top)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is to be committed: the whole tree, and our part of it, by path and as lines for an index."""

    tree: str
    paths: frozenset[bytes]
    entries: bytes


# Finding the repository


def _find(root: Path) -> _Repository:
    questions = ("--is-bare-repository", "--is-inside-work-tree", "--absolute-git-dir", "--show-toplevel")
    done = _git("rev-parse", *questions, "--show-prefix", folder=os.fspath(root.absolute()))
    answers = os.fsdecode(done.stdout).split("\n")
    if answers[0] == "true":
        raise NotARepository(f"{root} is in a bare repository, which has no files; name a working copy.")
    if done.returncode or answers[1] != "true":
        advice = "run `git init` in it, or leave the commit away"
        raise NotARepository(f"{root} is in no git repository ({_complaint(done)}); {advice}.")
    repository = _Repository(git_dir=answers[2], top=answers[3], prefix=answers[4])
    if repository.prefix and _ignores(repository):
        raise NotARepository(f"{root} is ignored by the repository in {repository.top}; run `git init` in it.")
    return repository


def _ignores(repository: _Repository) -> bool:
    """A site kept in a folder that some other project ignores must not be committed into that project."""
    return bool(repository.ask("check-ignore", "--", repository.prefix))


def _require_at_rest(repository: _Repository) -> None:
    """Refuses where a commit would get into something that a person or another program is about."""
    git_dir = Path(repository.git_dir)
    for name, act in _UNFINISHED.items():
        if (git_dir / name).exists():
            advice = "finish or abort it (`git status` says how), then commit again"
            raise GitRefused(f"{repository.top} is in the middle of {act}; {advice}.")
    if (git_dir / "index.lock").exists():
        advice = f"wait, or remove {git_dir / 'index.lock'} if none runs"
        raise GitRefused(f"Another git command is at work in {repository.top}; {advice}.")
    if not repository.ask("symbolic-ref", "--quiet", "HEAD"):
        raise GitRefused(f"{repository.top} is on no branch (detached HEAD); switch to one, then commit again.")


def _tip(repository: _Repository) -> str:
    return repository.ask("rev-parse", "--quiet", "--verify", "HEAD^{commit}")


# Making the commit


def _stored(repository: _Repository, tree: Tree, paths: Iterable[str], desk: Path) -> dict[bytes, str]:
    """Puts the files into git's store; their blobs' ids by path from the repository's top.

    Git is handed copies from our desk, since it would follow links on the way to the files themselves.
    """
    copies: dict[bytes, Path] = {}
    for number, path in enumerate(dict.fromkeys(paths)):
        data = _data(tree, path)
        if data is not None:
            copy = copies[os.fsencode(repository.prefix + path)] = desk / str(number)
            copy.write_bytes(data)
    if not copies:
        return {}
    feed = b"".join(os.fsencode(copy) + b"\n" for copy in copies.values())
    ids = repository.run("hash-object", "-w", "--no-filters", "--stdin-paths", feed=feed).decode().split()
    return dict(zip(copies, ids, strict=True))


def _data(tree: Tree, path: str) -> bytes | None:
    """None for a file that is gone."""
    try:
        return tree.read(path, max_bytes=MAX_FILE_BYTES).data
    except ReadRefused as refused:
        if refused.problem.code == "vanished":
            return None
        raise GitRefused(f"{path} cannot be committed: {refused.problem.message}") from refused


def _drafted(repository: _Repository, parent: str, blobs: Mapping[bytes, str]) -> _Draft:
    """The last commit's tree with our files in it; one that was executable stays so."""
    executable: set[bytes] = set()
    if parent:
        repository.run("read-tree", parent)
        listed = repository.run("ls-files", "--stage", "-z").split(b"\0")
        executable = {line.partition(b"\t")[2] for line in listed if line.startswith(b"100755 ")}
    modes = {path: "100755" if path in executable else "100644" for path in blobs}
    entries = b"".join(f"{modes[path]} {blob}\t".encode() + path + b"\0" for path, blob in blobs.items())
    repository.run("update-index", "-z", "--index-info", feed=entries)
    return _Draft(repository.run("write-tree").decode().strip(), frozenset(blobs), entries)


def _changes(repository: _Repository, parent: str, draft: _Draft) -> bool:
    """Whether the draft differs from the last commit; refuses one that would change other paths than ours."""
    if not parent:
        return True
    options = ("-r", "-z", "--name-only", "--no-renames", "--no-ext-diff")
    changed = set(repository.run("diff-tree", *options, parent, draft.tree).split(b"\0")) - {b""}
    if others := changed - draft.paths:
        # A file of ours where the last commit has a folder, a submodule or a link on the way: or the reverse.
        path = os.fsdecode(min(others))
        raise GitRefused(f"To commit these files would also change {path}; commit that change first, by hand.")
    return bool(changed)


def _made(repository: _Repository, parent: str, tree: str, *, message: str, author: Mapping[str, str]) -> str:
    """A commit that no branch holds yet."""
    parents = ("-p", parent) if parent else ()
    text = (message.replace("\0", "").strip() + "\n").encode(errors="replace")
    made = repository.run("commit-tree", "--no-gpg-sign", *parents, tree, feed=text, author=author)
    return made.decode().strip()


def _advance(repository: _Repository, parent: str, made: str, *, message: str, author: Mapping[str, str]) -> None:
    """Moves the branch, if it still stands where we found it; an empty parent means that it was not born."""
    note = "commit: " + _plain(message.strip().partition("\n")[0])
    try:
        repository.run("update-ref", "-m", note, "HEAD", made, parent, author=author)
    except GitRefused as refused:
        raise GitRefused(f"{refused} If the branch has moved on meanwhile, commit again.") from refused


def _identity(name: str, email: str, when: datetime) -> dict[str, str]:
    if when.tzinfo is None:
        raise ValueError("`when` must know its time zone")
    zone = f"{when:%z}"[:5]
    parts = {
        "NAME": _plain(name) or "Unnamed",
        "EMAIL": _plain(email),
        "DATE": f"@{int(when.timestamp())} {zone}",
    }
    return {f"GIT_{role}_{part}": text for role in ("AUTHOR", "COMMITTER") for part, text in parts.items()}


def _plain(text: str) -> str:
    """Without what would end a name or an address in a commit."""
    return "".join(letter for letter in text if letter.isprintable() and letter not in "<>").strip(_CRUD)


# Running git


def _git(
    *command: str, feed: bytes = b"", environment: Mapping[str, str] | None = None, folder: str = "/"
) -> subprocess.CompletedProcess[bytes]:
    """Runs git in `folder`, with nothing of the caller's environment but PATH."""
    try:
        return subprocess.run(
            ["git", "--no-pager", "-C", folder, *_SETTINGS, *command],
            cwd="/",  # so that a relative part of PATH finds no git in the content
            env={"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT, **(environment or {})},
            input=feed,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError as failure:
        raise GitRefused("The git command is not installed; install it, or leave the commit away.") from failure
    except subprocess.TimeoutExpired as failure:
        raise GitRefused(f"git did not answer within {TIMEOUT_SECONDS} seconds in {folder}; look there.") from failure


def _complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first thing git said, without the word it begins with."""
    lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
    return lines[0].removeprefix("fatal: ").removeprefix("error: ").rstrip(".")
