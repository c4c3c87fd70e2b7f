"""What a run over a site's files did: the one shape that import, export, sync and check report in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from articles.content.problems import Problem

EXIT_DONE: Final = 0
EXIT_WITH_REFUSALS: Final = 1
EXIT_WOULD_CHANGE: Final = 2
EXIT_COULD_NOT_START: Final = 3


class Refused(Exception):
    """Why a run or an act cannot be, in a sentence for whoever asked for it."""


@dataclass(slots=True)
class Report:
    """Counts of files, and every problem found. `conflicts` and `missing` are counts too; `seconds` is wall time."""

    site: str = ""
    root: str = ""
    dry_run: bool = False
    files: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    noise: int = 0
    missing: int = 0
    written: int = 0
    conflicts: int = 0
    problems: list[Problem] = field(default_factory=list)
    batch: str = ""
    commit: str = ""
    seconds: float = 0.0
    changes: int = 0
    """What else changed: topics, organizations, articles that came back, the site itself."""
    plan: list[tuple[str, str]] = field(default_factory=list)
    """Of a dry run: each act that would be done, and on which path."""

    def plan_to(self, act: str, paths: Iterable[str]) -> None:
        """Note what is done to files; only a dry run lists it, a real one counts."""
        if self.dry_run:
            self.plan += [(act, path) for path in paths]

    def add(self, problems: Iterable[Problem]) -> None:
        self.problems.extend(problems)

    @property
    def has_errors(self) -> bool:
        return any(problem.is_error for problem in self.problems)

    @property
    def would_change(self) -> bool:
        return bool(self.created or self.updated or self.noise or self.missing or self.written or self.changes)

    @property
    def exit_code(self) -> int:
        """As scripts rely on it: 1 errors or refusals, 2 a dry run that would change something, else 0."""
        if self.dry_run and self.would_change:
            return EXIT_WOULD_CHANGE
        return EXIT_WITH_REFUSALS if self.has_errors else EXIT_DONE

    def as_dict(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "site": self.site,
            "root": self.root,
            "dry_run": self.dry_run,
            "files": self.files,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "noise": self.noise,
            "missing": self.missing,
            "written": self.written,
            "conflicts": self.conflicts,
            "problems": [problem.as_dict() for problem in self.problems],
            "batch": self.batch,
            "commit": self.commit,
            "seconds": round(self.seconds, 3),
            **({"plan": [{"act": act, "path": path} for act, path in self.plan]} if self.dry_run else {}),
        }

    def summary(self) -> str:
        """One line for a person."""
        parts = [f"{count:,} {word}" for word, count in self._counts() if count]
        severities = Counter(problem.severity.value for problem in self.problems)
        parts += [f"{count:,} {word}{'s' if count > 1 else ''}" for word, count in severities.items()]
        return f"{self.files:,} files: {', '.join(parts) or 'nothing to do'} ({self.seconds:.1f} s)"

    def _counts(self) -> list[tuple[str, int]]:
        words = ("created", "updated", "unchanged", "noise", "missing", "written", "conflicts")
        return [(word, getattr(self, word)) for word in words]
