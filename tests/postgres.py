"""A PostgreSQL server that lives as long as a test run: no TCP port, no trace left."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Nothing here outlives the run, so nothing has to survive a power cut.
SERVER_OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class PostgresMissing(Exception):
    """The programs of PostgreSQL are not installed."""


@contextmanager
def throw_away_server() -> Iterator[str]:
    """Starts a server, gives its DATABASE_URL, stops and removes it at the end. Takes about a second."""
    programs = find_programs()
    # Directly below the temporary folder: the path of a Unix socket has room for about 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="newsroom-pg-"))
    identity = _unprivileged_identity(folder)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", folder / "data", *arguments],
            check=True,
            cwd=folder,
            env={"PATH": f"{programs}:{os.defpath}", "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            **identity,
        )

    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", f"-k {folder} {SERVER_OPTIONS}")
        try:
            yield f"postgres://postgres@/newsroom?host={folder}"
        finally:
            run("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """The folder with initdb: of the newest version in Debian's layout, else the one on PATH."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    if found is None:
        raise PostgresMissing("PostgreSQL is not installed (no initdb); ./dev test installs it.")
    return Path(found).resolve().parent


def _unprivileged_identity(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as the user that its package made."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
