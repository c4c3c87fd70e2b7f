"""What every command of the desk has in common: `--json`, `--dry-run`, exit codes, progress, and words for people.

stdout belongs to the report (with `--json` to one object alone), stderr to everything else. A run that could not start
exits 3 with one sentence on stderr; with `--json` stdout then holds `{"error": "..."}`.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
    OutputWrapper,
    handle_default_options,
)
from django.core.validators import slug_re
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
    connection,
    connections,
)

from articles.content.problems import ProblemError
from articles.content.tree.names import shown
from articles.report import EXIT_COULD_NOT_START, EXIT_DONE, EXIT_WITH_REFUSALS, Refused

EXIT_INTERRUPTED: Final = 130
INTERRUPTED: Final = "Interrupted. Nothing is left half done; run it again to complete the work."
_OUR_OWN_FAULTS: Final = (DataError, IntegrityError, InternalError, NotSupportedError)
"""A database that is well and can be reached says these of what it was asked to do."""
SECONDS_BETWEEN_COUNTS: Final = 0.1
MAX_SLUG_CHARS: Final = 100


class CannotStart(CommandError):
    """The run could not begin: arguments, root, user, right, lock or database."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=EXIT_COULD_NOT_START)


class Ended(CommandError):
    """The run is over and its report printed; the exit code says that not all is well, or what a dry run found."""


class NotPrinted(CommandError):
    """The work is done, and the report of it cannot be written anywhere."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command prints: `facts` for scripts, `lines` and a `summary` for people.

    `text` takes stdout for itself as it stands (a diff); then the words for people go to stderr.
    """

    facts: dict[str, Any]
    summary: str
    lines: Sequence[str] = ()
    text: str | None = None
    exit_code: int = EXIT_DONE


class DeskCommand(BaseCommand):
    """A command writes `act`, which does the work and gives the answer to print."""

    requires_system_checks = ()
    can_dry_run = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        base = super().create_parser(prog_name, subcommand, add_help=False, conflict_handler="resolve", **kwargs)
        return DeskParser(
            prog=base.prog,
            description=self.help,
            formatter_class=DjangoHelpFormatter,
            parents=[base],
            allow_abbrev=False,
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else on stdout.")
        if self.can_dry_run:
            words = "Print what would be done and touch nothing; exit 2 where there is something to do."
            parser.add_argument("--dry-run", action="store_true", help=words)

    def act(self, options: dict[str, Any]) -> Answer:
        """Do the work. Raises `CannotStart`, or one of the refusals that `handle` knows."""
        raise NotImplementedError

    def go_on(self, options: dict[str, Any]) -> None:
        """What follows the report, such as a server."""

    def handle(self, *args: Any, **options: Any) -> None:
        self.counter = Counter(self.stderr)
        connection.maps_file = False  # type: ignore[attr-defined]  # SQLite's: a run holds as much as it says it holds
        try:
            answer = self.act(options)
        except ProblemError as refusal:
            raise CannotStart(f"{refusal.problem.path}: {refusal.problem.message}") from refusal
        except (Refused, ImproperlyConfigured) as refusal:
            raise CannotStart(str(refusal)) from refusal
        except (DatabaseError, InterfaceError) as failure:
            if isinstance(failure, _OUR_OWN_FAULTS):
                raise
            raise CannotStart(_said_by_database(failure)) from failure
        finally:
            self.counter.clear()
        self._print(answer, as_json=options["json"])
        self.go_on(options)
        if answer.exit_code != EXIT_DONE:
            raise Ended(answer.summary, returncode=answer.exit_code)

    def run_from_argv(self, argv: list[str]) -> None:
        """From the shell: as Django's, with the exit codes that scripts rely on, and no class names in messages."""
        _escape_what_cannot_be_printed()
        try:
            options = self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
            handle_default_options(options)
            self.execute(**vars(options))
        except Ended as ended:
            sys.exit(ended.returncode)
        except NotPrinted as lost:
            self._give_up(str(lost), EXIT_WITH_REFUSALS, as_json=False)
        except CommandError as refusal:
            if "--traceback" in argv:
                raise
            self._give_up(str(refusal), EXIT_COULD_NOT_START, as_json="--json" in argv)
        except KeyboardInterrupt:
            self._give_up(INTERRUPTED, EXIT_INTERRUPTED, as_json="--json" in argv)
        finally:
            connections.close_all()

    def tell(self, sentence: str) -> None:
        """Words for a person, while the run goes on."""
        self.counter.clear()
        write(self.stderr, shown(sentence))

    def _print(self, answer: Answer, *, as_json: bool) -> None:
        words = "\n".join(map(shown, (*answer.lines, answer.summary)))
        if as_json:
            write(self.stdout, json.dumps(answer.facts))
            write(self.stderr, shown(answer.summary))
        elif answer.text is not None:
            write(self.stdout, answer.text, ending="")
            write(self.stderr, words)
        else:
            write(self.stdout, words)

    def _give_up(self, sentence: str, code: int, *, as_json: bool) -> NoReturn:
        if as_json:
            write(self.stdout, json.dumps({"error": sentence}))
        write(self.stderr, shown(sentence))
        sys.exit(code)


class DeskParser(CommandParser):
    """Arguments and options in any order; a wrong one keeps the run from starting."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Namespace:  # type: ignore[override]
        found: Namespace = self.parse_intermixed_args(args, namespace)
        return found

    def error(self, message: str) -> NoReturn:
        raise CannotStart(f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.")


class Counter:
    """How far a run is, on one line of a terminal; elsewhere it says nothing."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream = stream
        self.is_shown = stream.isatty()
        self.next_at = 0.0
        self.width = 0

    def __call__(self, done: int) -> None:
        if self.is_shown and time.monotonic() >= self.next_at:
            text = f"{done:,} done"
            self.width = len(text)
            write(self.stream, f"\r{text}", ending="")
            self.next_at = time.monotonic() + SECONDS_BETWEEN_COUNTS

    def clear(self) -> None:
        if self.width:
            write(self.stream, f"\r{' ' * self.width}\r", ending="")
            self.width = 0


def write(stream: OutputWrapper, text: str, *, ending: str = "\n") -> None:
    """Print and flush. Where the reader has gone (`| head`), the run goes on unheard."""
    try:
        stream.write(text, style_func=str, ending=ending)
        stream.flush()
    except BrokenPipeError:
        _send_to_nowhere(stream)
    except OSError as failure:
        _send_to_nowhere(stream)
        raise NotPrinted(f"The report cannot be printed ({failure.strerror}).") from failure


def plain_text(value: str) -> str:
    """An argument that a database can hold; for `type=`."""
    try:
        value.encode()
    except UnicodeEncodeError as refusal:
        raise ArgumentTypeError("it is not UTF-8") from refusal
    return value


def site_slug(value: str) -> str:
    """The name of a site; for `type=`."""
    if not slug_re.fullmatch(value) or len(value) > MAX_SLUG_CHARS:
        raise ArgumentTypeError(f"'{value}' cannot name a site: letters, digits, - and _ can, {MAX_SLUG_CHARS} at most")
    return value


def _escape_what_cannot_be_printed() -> None:
    """No title and no path may end a run because a terminal has no letter for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _send_to_nowhere(stream: OutputWrapper) -> None:
    """What is still in the stream's buffer would fail once more when Python ends."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _said_by_database(failure: Exception) -> str:
    said = str(failure).strip().partition("\n")[0].rstrip(".")
    if isinstance(failure, ProgrammingError) or said.startswith("no such ") or "has no column" in said:
        return f"The database has not the tables of this version ({said}). Run manage.py migrate."
    if "locked" in said:
        return f"Another process keeps the database to itself ({said}). Try again when it is done."
    return f"The database cannot be used ({said}). Look at DATABASE_URL, and whether it runs."
