"""What is wrong with a file, as data: problems are collected, and raised only where an act cannot go on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps the whole file out; a warning lets the record in and keeps the value as it stands."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: `code` is for machines and stays stable, `message` says to a person what to do about it.

    `line` counts from 1 in the file; `key` is a key path such as `images[0].url`.
    """

    code: str
    severity: Severity
    message: str
    path: str = ""
    line: int | None = None
    key: str | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def at(self, path: str) -> Problem:
        """The same problem, found in the file at `path`."""
        return replace(self, path=path)

    def below(self, first_line: int) -> Problem:
        """The same problem in a text that begins at `first_line` of its file; its own line was counted from 0 on."""
        return replace(self, line=first_line + (self.line or 0))

    def as_dict(self) -> dict[str, str | int | None]:
        """The shape that reports print with `--json` and that articles store."""
        return {
            "path": self.path,
            "line": self.line,
            "key": self.key,
            "severity": self.severity.value,
            "code": self.code,
            "message": self.message,
        }

    def __str__(self) -> str:
        return f"{self._place()}{self.severity}: {self.message} ({self.code})"

    def _place(self) -> str:
        """`path:line: ` as compilers write it, without the parts that are not known."""
        if self.line is None:
            return f"{self.path}: " if self.path else ""
        return f"{self.path}:{self.line}: " if self.path else f"line {self.line}: "


class ProblemError(Exception):
    """An act that cannot go on because of one problem; subclasses name the situation."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def error(code: str, message: str, *, line: int | None = None, key: str | None = None, path: str = "") -> Problem:
    """A problem that keeps the file out."""
    return Problem(code, Severity.ERROR, message, path, line, key)


def warning(code: str, message: str, *, line: int | None = None, key: str | None = None, path: str = "") -> Problem:
    """A problem that lets the record in."""
    return Problem(code, Severity.WARNING, message, path, line, key)


PlainProblem = tuple[str, str, str, str, int | None, str | None]


def as_plain(problem: Problem) -> PlainProblem:
    """As plain values, which processes can hand each other."""
    return (problem.code, problem.severity.value, problem.message, problem.path, problem.line, problem.key)


def as_problem(plain: PlainProblem) -> Problem:
    """The problem that they were made of."""
    code, severity, message, path, line, key = plain
    return Problem(code, Severity(severity), message, path, line, key)
