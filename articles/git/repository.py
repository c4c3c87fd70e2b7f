"""Runs the git command in the content's repository, so that nothing of the repository's own runs with it.

No hooks, filters, signing, file system monitors, helpers, or fetches of missing objects; no converted line endings.
Settings on the command line stand over those of the repository; the system's and the user's are not read.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

TIMEOUT_SECONDS = 60
PATIENCE_SECONDS = 2.0
"""How long another git command may be at work before a run is refused: one of a killed run goes on to its end."""

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
)
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ASKPASS": "false",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_FILTER_OFF = {"clean": "", "smudge": "", "process": "", "required": "false"}
_UNFINISHED = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "sequencer": "a cherry-pick or revert",
    "BISECT_LOG": "a bisect",
}


class GitRefused(Exception):
    """Nothing was committed; the message says why and what to do."""


class NotARepository(GitRefused):
    """The folder is in no repository, or in one that has no place for it."""


@dataclass(frozen=True, slots=True)
class Repository:
    """Where git found it. `prefix` leads from its top to the content root: `""` or `site/`."""

    top: str
    git_dir: str
    prefix: str

    def run(self, *command: str, feed: bytes | IO[bytes] = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """What a git command prints; GitRefused if it fails."""
        done = run_git(*self._place(), *command, feed=feed, environment=environment, folder=self.top)
        if done.returncode:
            raise self._failed(command[0], done)
        return done.stdout

    def ask(self, *command: str) -> str:
        """What a git command prints, on one line; `""` where its exit code says no."""
        done = run_git(*self._place(), *command, folder=self.top)
        if done.returncode > 1:
            raise self._failed(command[0], done)
        return "" if done.returncode else os.fsdecode(done.stdout).removesuffix("\n")

    def tip(self) -> str:
        """The id of the last commit; `""` before the first."""
        return self.ask("rev-parse", "--quiet", "--verify", "HEAD^{commit}")

    def require_at_rest(self) -> None:
        """Refuses where a commit would get into something that a person or another program is about."""
        for name, act in _UNFINISHED.items():
            if Path(self.git_dir, name).exists():
                advice = "finish or abort it (`git status` says how), then commit again"
                raise GitRefused(f"{self.top} is in the middle of {act}; {advice}.")
        if _stays(lock := Path(self.git_dir, "index.lock")):
            advice = f"wait, or remove {lock} if none runs"
            raise GitRefused(f"Another git command is at work in {self.top}; {advice}.")
        if not self.ask("symbolic-ref", "--quiet", "HEAD"):
            raise GitRefused(f"{self.top} is on no branch (detached HEAD); switch to one, then commit again.")

    def filters_off(self) -> dict[str, str]:
        """The environment in which none of the repository's filters runs, whatever its attributes ask for.

        Git passes a file through them even to write an index: where the clock cannot tell it whether the file has
        changed since it was staged, it compares.
        """
        listed = self.ask("config", "-z", "--name-only", "--get-regexp", r"^filter\.").split("\0")
        filters = {name[: name.rindex(".")] for name in listed if name.count(".") > 1}
        return settings({f"{name}.{key}": value for name in sorted(filters) for key, value in _FILTER_OFF.items()})

    def _place(self) -> tuple[str, str]:
        return f"--git-dir={self.git_dir}", f"--work-tree={self.top}"

    def _failed(self, command: str, done: subprocess.CompletedProcess[bytes]) -> GitRefused:
        return GitRefused(f"git {command} failed in {self.top}: {_complaint(done)}; nothing was committed.")


def settings(given: Mapping[str, str]) -> dict[str, str]:
    """The environment in which these settings stand over the repository's."""
    names = {f"GIT_CONFIG_KEY_{number}": name for number, name in enumerate(given)}
    values = {f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(given.values())}
    return {"GIT_CONFIG_COUNT": str(len(given)), **names, **values}


def find(root: Path) -> Repository:
    """The repository around `root`; NotARepository where there is none with files."""
    questions = ("--is-bare-repository", "--is-inside-work-tree", "--absolute-git-dir", "--show-toplevel")
    done = run_git("rev-parse", *questions, "--show-prefix", folder=os.fspath(root.absolute()))
    answers = os.fsdecode(done.stdout).split("\n")
    if answers[0] == "true":
        raise NotARepository(f"{root} is in a bare repository, which has no files; name a working copy.")
    if done.returncode or answers[1] != "true":
        advice = "run `git init` in it, or leave the commit away"
        raise NotARepository(f"{root} is in no git repository ({_complaint(done)}); {advice}.")
    repository = Repository(git_dir=answers[2], top=answers[3], prefix=answers[4])
    # A site in a folder that the project around it ignores must not be committed into that project.
    if repository.prefix and repository.ask("check-ignore", "--", f"./{repository.prefix}"):
        raise NotARepository(f"{root} is ignored by the repository in {repository.top}; run `git init` in it.")
    return repository


def run_git(
    *command: str,
    feed: bytes | IO[bytes] = b"",
    environment: Mapping[str, str] | None = None,
    folder: str = "/",
) -> subprocess.CompletedProcess[bytes]:
    """Runs git in `folder`, with nothing of the caller's environment but PATH.

    It reads from a file, and in a session of its own: when we are killed, it still gets the whole of what it is fed,
    and comes to its end instead of leaving its locks behind.
    """
    try:
        with _file_with(feed) as stdin:
            return subprocess.run(
                ["git", "--no-pager", "-C", folder, *_SETTINGS, *command],
                cwd="/",  # so that a relative part of PATH finds no git in the content
                env={"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT, **(environment or {})},
                stdin=stdin,
                capture_output=True,
                start_new_session=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
    except FileNotFoundError as failure:
        raise GitRefused("The git command is not installed; install it, or leave the commit away.") from failure
    except OSError as failure:
        raise GitRefused(f"git cannot be run ({failure.strerror}); mend that, then commit again.") from failure
    except subprocess.TimeoutExpired as failure:
        message = f"git did not answer within {TIMEOUT_SECONDS} seconds in {folder}; look what holds it up there."
        raise GitRefused(message) from failure


@contextmanager
def _file_with(feed: bytes | IO[bytes]) -> Iterator[IO[bytes]]:
    if not isinstance(feed, bytes):
        yield feed
        return
    with TemporaryFile() as stream:
        stream.write(feed)
        stream.seek(0)
        yield stream


def _stays(lock: Path) -> bool:
    """Whether a lock of git's is still there after a while."""
    until = time.monotonic() + PATIENCE_SECONDS
    while lock.exists():
        if time.monotonic() >= until:
            return True
        time.sleep(0.02)
    return False


def _complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first thing git said, without the word it begins with."""
    lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
    return lines[0].removeprefix("fatal: ").removeprefix("error: ").rstrip(".")
