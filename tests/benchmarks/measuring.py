"""What every benchmark needs: a site of made-up files, a database to read it into, programs run and measured."""

from __future__ import annotations

import os
import pstats
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from articles.demo_articles import make_article

ROOT: Final = Path(__file__).resolve().parents[2]
NEWEST: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY_NS: Final = 86_400 * 10**9
MB: Final = 1 << 10


_MEASURED: Final = """
import os, sys, time
out, *command = sys.argv[1:]
started = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawnp(command[0], command, os.environ), 0)
wall = time.perf_counter() - started
os.write(int(out), f"{wall} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}".encode())
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Runs a program from a small process: what the one that starts it holds would count as held by the program."""


@dataclass(frozen=True, slots=True)
class Run:
    """One program: seconds by the wall and of the processors, and the most memory it held, in KiB."""

    wall: float
    cpu: float
    peak_kib: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """What some work cost, beside the cost of its floor. `goal` is the most that the ratio should be."""

    work: str
    cost: float
    floor: float
    goal: float
    unit: str = "s"

    def __str__(self) -> str:
        ratio = self.cost / self.floor
        verdict = "met" if ratio <= self.goal else "MISSED"
        times = f"{self.cost:.2f} {self.unit} / {self.floor:.2f} {self.unit}"
        return f"{self.work:<58} {times:>24} = {ratio:5.2f}  (goal {self.goal:.2f}: {verdict})"


@dataclass(frozen=True, slots=True)
class Goal:
    """A share that should be so much at least."""

    work: str
    share: float
    goal: float

    def __str__(self) -> str:
        verdict = "met" if self.share >= self.goal else "MISSED"
        return f"{self.work:<58} {'':>24} = {self.share:5.2f}  (goal {self.goal:.2f} at least: {verdict})"


class Bench:
    """A folder of its own, with an empty database and sites; programs that are run in it.

    `server` is the URL of a PostgreSQL server, once a program has asked for one; what ends with the bench is in `end`.
    """

    def __init__(self, folder: Path, end: ExitStack, *, rounds: int, tables: Path | None = None) -> None:
        self.folder, self.end, self.rounds = folder, end, rounds
        self.server = ""
        self.seconds = 0.2 if rounds == 1 else 5.0  # so long editors decide at full speed
        self.wagtail = ""
        self.sites: dict[int, Path] = {}
        self.databases: dict[int, Path] = {}
        self.empty = tables or folder / "empty.sqlite3"
        if tables is None:
            self.manage(self.empty, "migrate", "-v0")

    def site(self, count: int) -> Path:
        """A site of so many files, written long enough ago for their times to be relied on, in a repository."""
        if count not in self.sites:
            root = self.sites[count] = self.folder / f"site-{count}"
            (root / "_news").mkdir(parents=True)
            for number in range(count):
                path, data = make_article(number, now=NEWEST)
                write(root / path, data, days_ago=9)
            for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Seed"]):
                self.git(root, *command)
        return self.sites[count]

    def imported(self, count: int) -> tuple[Path, Path]:
        """That site, and a database that has read it."""
        root = self.site(count)
        if count not in self.databases:
            self.databases[count] = self.database(f"imported-{count}")
            self.manage(self.databases[count], "import_content", root)
        return root, self.databases[count]

    def filled(self, articles: int) -> Path:
        """A database with so many made-up rows, for programs that only look."""
        file = self.folder / f"million-{articles}.sqlite3"
        if not file.exists():
            self.manage(self.database(file.stem), "million", str(articles), program=("-m", "tests.benchmarks.within"))
        return file

    def database(self, name: str) -> Path:
        """An empty one, migrated."""
        return Path(shutil.copy(self.empty, self.folder / f"{name}.sqlite3"))

    def manage(self, database: Path, *arguments: str | Path, program: Sequence[str] = ("manage.py",)) -> Run:
        """`manage.py` as in production."""
        return run([sys.executable, *program, *map(str, arguments)], ROOT, settings_for(database))

    def best(self, database: Path, *arguments: str | Path) -> Run:
        """The fastest of a few: what else the machine does only adds."""
        return min((self.manage(database, *arguments) for _ in range(self.rounds)), key=lambda one: one.wall)

    def start(self, database: Path) -> Run:
        """Django's start, with a connection: the command that does least."""
        return self.best(database, "shell", "-v0", "-c", "from django.db import connection; connection.cursor()")

    def git(self, root: Path, *arguments: str) -> Run:
        who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com"}
        who |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_CONFIG_GLOBAL": os.devnull}
        return run(["git", "-c", "gc.auto=0", *arguments], root, who)

    def where(self, database: Path, *arguments: str | Path) -> list[str]:
        """Where the time of a command goes: its share by module. The profiler makes calls dearer than they are."""
        profile = self.folder / "profile"
        self.manage(database, *arguments, program=["-m", "tests.benchmarks.profiled", str(profile)])
        return shares(profile)


def settings_for(database: Path, *, hosts: str = "x") -> dict[str, str]:
    """The environment of a production with this database."""
    return {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": hosts, "DATABASE_URL": f"sqlite:///{database}", "DEBUG": "0"}


@contextmanager
def bench(*, rounds: int, tables: Path | None = None) -> Iterator[Bench]:
    """A folder that goes when the block is done; `tables`: a database that is migrated already."""
    with TemporaryDirectory(prefix="newsroom-bench-") as folder, ExitStack() as end:
        yield Bench(Path(folder), end, rounds=rounds, tables=tables)


def run(command: Sequence[str], folder: Path, environment: dict[str, str]) -> Run:
    """Raises `CalledProcessError`, whose output has been printed."""
    ours, theirs = os.pipe()
    measured = [sys.executable, "-I", "-S", "-c", _MEASURED, str(theirs), *command]
    surroundings = os.environ | environment
    try:
        subprocess.run(measured, cwd=folder, env=surroundings, stdout=subprocess.DEVNULL, pass_fds=[theirs], check=True)
        wall, cpu, peak_kib = os.read(ours, 100).split()
    finally:
        os.close(ours)
        os.close(theirs)
    return Run(float(wall), float(cpu), int(peak_kib))


def write(file: Path, data: bytes, *, days_ago: int) -> None:
    """A file whose time is past: what was written just now is opened again by every run."""
    file.write_bytes(data)
    then = time.time_ns() - days_ago * DAY_NS
    os.utime(file, ns=(then, then))


def shares(profile: Path) -> list[str]:
    spent: Counter[str] = Counter()
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(str(profile)).stats.items():  # type: ignore[attr-defined]
        spent[_place(file, function)] += own
    whole = sum(spent.values())
    return [f"{own / whole:6.1%}  {place}" for place, own in spent.most_common(8)]


def _place(file: str, function: str) -> str:
    if file == "~":
        return function.strip("<>")
    path = Path(file)
    if path.is_relative_to(ROOT / "articles"):
        return str(path.relative_to(ROOT))
    package = next((part for part in ("django", "yaml") if part in path.parts), None)
    return package or "the rest of Python"
