"""The benchmarks run, with very few files; what they measure is for people to read."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.postgres import PostgresMissing, find_programs

pytestmark = pytest.mark.thorough
ROOT = Path(__file__).resolve().parents[1]


def has_postgresql() -> bool:
    try:
        find_programs()
    except PostgresMissing:
        return False
    return True


def test_every_benchmark_runs_and_says_how_far_its_goals_are(
    with_tables: Callable[[Path], None], tmp_path: Path
) -> None:
    with_tables(tables := tmp_path / "tables.sqlite3")
    command = [sys.executable, "-m", "tests.benchmarks", "--files", "40", "--tables", str(tables)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line for line in done.stdout.splitlines() if line.startswith("==")] == [
        "== unchanged",
        "== changed",
        "== first_import",
        "== decisions",
        "== decisions_postgresql",
        "== bulk",
        "== export",
        "== search",
        "== queue",
        "== records",
        "== peers",
    ]
    assert done.stdout.count("(goal 2.00") == 7 + has_postgresql()
    assert "errors: 0\n" in done.stdout
    assert done.stdout.count("(goal 1.50") == 5 + has_postgresql()
    assert "400 articles" in done.stdout
    assert done.stdout.count("(goal 0.50") == 4
    assert done.stdout.count("(goal 0.05") == 75
    assert "40 files, against 4" in done.stdout
