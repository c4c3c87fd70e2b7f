"""demo: a running desk over a sample site, to try it out."""

from __future__ import annotations

import errno
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.utils import timezone

from articles import demo
from articles.demo import MAX_ARTICLES, PEOPLE, SLUG, CannotDemo, Made
from articles.git import GitRefused
from articles.management.desk_command import Answer, CannotStart, DeskCommand
from articles.management.runs import holding

DEFAULT_PORT: Final = 8000
SECONDS_TO_END: Final = 10
GOES_ON: Final = "Ctrl-C stops it, and the next start goes on from here."
_BIND: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]\s]+)(?::(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens. `host` is without the brackets of IPv6."""

    host: str
    port: int

    @property
    def is_ipv6(self) -> bool:
        return ":" in self.host

    @property
    def url(self) -> str:
        """What to open in a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - read, not bound
        return f"http://{f'[{host}]' if self.is_ipv6 else host}:{self.port}/"

    def __str__(self) -> str:
        return f"{f'[{self.host}]' if self.is_ipv6 else self.host}:{self.port}"


class Command(DeskCommand):
    help = "Make a sample site with users, then run the desk over it. The next start goes on where this one ended."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--port", type=_port, help=f"The server's port; {DEFAULT_PORT} unless given.")
        parser.add_argument(
            "--bind", metavar="ADDR[:PORT]", type=_bind, help="Where to listen; 127.0.0.1 unless given."
        )
        parser.add_argument(
            "--articles", metavar="N", type=_count, default=0, help="So many made-up articles beside the sample."
        )
        parser.add_argument("--no-server", action="store_true", help="Only make what the demo needs.")
        parser.add_argument("--reset", action="store_true", help="Begin anew: the site's folder and records go first.")

    def act(self, options: dict[str, Any]) -> Answer:
        started = time.monotonic()
        if not settings.DEBUG:
            raise CannotStart("The demo shows passwords and is not for production. Run ./dev demo, which sets DEBUG=1.")
        address = address_of(options)
        if not options["no_server"]:
            _require_free(address)
        made = self._make(Path(settings.BASE_DIR) / "var" / "demo", options)
        ready = "./dev demo starts the desk." if options["no_server"] else f"The desk is at {address.url} - {GOES_ON}"
        facts = {
            "address": address.url,
            "site": SLUG,
            "root": str(made.folder),
            "users": _users(made),
            "users_file": str(made.users_file),
            "import": made.report.as_dict(),
            "seconds": round(time.monotonic() - started, 3),
        }
        return Answer(facts, ready, _lines(made))

    def go_on(self, options: dict[str, Any]) -> None:
        if options["no_server"]:
            return
        os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"  # the demo is no production, and says so before
        address = address_of(options)
        with _worker():
            call_command(
                "runserver",
                str(address),
                use_reloader=False,
                use_ipv6=address.is_ipv6,
                skip_checks=True,
                stdout=sys.stderr,
            )

    def _make(self, home: Path, options: dict[str, Any]) -> Made:
        try:
            demo.require_own_database()
            call_command("migrate", verbosity=0, interactive=False)
            with holding(SLUG, "demo"):
                if options["reset"]:
                    demo.forget(home)
                return demo.make(home, articles=options["articles"], at=timezone.now(), progress=self.counter)
        except (CannotDemo, GitRefused) as refusal:
            raise CannotStart(str(refusal)) from refusal
        except OSError as failure:
            raise CannotStart(f"The demo's folder {home} cannot be written: {failure}.") from failure


@contextmanager
def _worker() -> Iterator[None]:
    """What carries out the runs that people ask for, beside the server. However this process ends, it ends too."""
    manage = Path(settings.BASE_DIR) / "manage.py"
    # In a group of its own: Ctrl-C is for the server, and what it runs is completed first.
    line = [sys.executable, str(manage), "db_worker", "--with-parent", "--verbosity=0"]
    worker = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        with suppress(OSError, subprocess.TimeoutExpired):
            worker.communicate(timeout=SECONDS_TO_END)
        if worker.poll() is None:
            worker.kill()


def _users(made: Made) -> list[dict[str, str]]:
    return [
        {
            "username": person.username,
            "password": made.passwords[person.username],
            "group": person.group or "Superuser",
            "may": person.may,
        }
        for person in PEOPLE
    ]


def _lines(made: Made) -> list[str]:
    return [
        f"The sample site is in {made.folder}, a Git repository, and was read: {made.report.summary()}.",
        "What editors decide goes into its files with",
        "    ./dev manage export_content",
        "and is seen there with",
        f"    git -C {shlex.quote(str(made.folder))} diff",
        "",
        *(f"  {one['username']:<6}{one['password']:<18}{one['group']}: {one['may']}" for one in _users(made)),
        "",
    ]


def address_of(options: dict[str, Any]) -> Address:
    """Where `--bind` and `--port` say to listen; raises `CannotStart`."""
    host, port = options["bind"] or ("127.0.0.1", None)
    if port and options["port"] and port != options["port"]:
        raise CannotStart(f"--bind says port {port} and --port {options['port']}. Leave one of them out.")
    return Address(host, port or options["port"] or DEFAULT_PORT)


def _require_free(address: Address) -> None:
    """Before anything is made: whether the server will be able to listen."""
    family = socket.AF_INET6 if address.is_ipv6 else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address.host, address.port))
    except OSError as failure:
        if failure.errno == errno.EADDRINUSE:
            raise CannotStart(f"Port {address.port} is taken. Name another with --port.") from failure
        raise CannotStart(f"The server cannot listen at {address}: {failure.strerror}.") from failure


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ArgumentTypeError(f"'{value}' is no port: a number from 1 to 65535 is")
    return int(value)


def _bind(value: str) -> tuple[str, int | None]:
    found = _BIND.fullmatch(value)
    if found is None:
        raise ArgumentTypeError(f"'{value}' is no address such as 127.0.0.1:8000 or [::1]:8000")
    return found[1].strip("[]"), _port(found[2]) if found[2] else None


def _count(value: str) -> int:
    if not value.isdecimal() or int(value) > MAX_ARTICLES:
        raise ArgumentTypeError(f"'{value}' should be a number up to {MAX_ARTICLES:,}")
    return int(value)
