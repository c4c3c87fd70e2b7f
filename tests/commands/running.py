"""Runs a command in this process or in a shell of its own, and keeps what it said and how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """How a command ended: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict[str, Any]:
        """The one object on stdout; fails where there is anything else."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def run(name: str, *arguments: str | Path) -> Run:
    """In this process, on the test's database. What a refused run says on stderr is the exception's text here."""
    out, err = StringIO(), StringIO()
    try:
        call_command(name, *map(str, arguments), stdout=out, stderr=err)
    except CommandError as ended:
        return Run(ended.returncode, out.getvalue(), err.getvalue() + str(ended))
    return Run(0, out.getvalue(), err.getvalue())


def shell(database: Path, *arguments: str | Path, stdin: bytes = b"", **variables: str) -> Run:
    """As a script would: `manage.py` in a process of its own, on a SQLite file."""
    done = subprocess.run(
        manage(*arguments), input=stdin, capture_output=True, env=environment(database, **variables), check=False
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def manage(*arguments: str | Path) -> list[str]:
    return [sys.executable, str(PROJECT / "manage.py"), *map(str, arguments)]


def environment(database: Path, **variables: str) -> dict[str, str]:
    return {**os.environ, "DEBUG": "1", "DATABASE_URL": f"sqlite:///{database}", **variables}
