"""Why a run cannot have a site, in words for the one who started it."""

from __future__ import annotations

from pathlib import Path

from articles.report import Refused


class LockRefused(Refused):
    """The run cannot have the site's lock, or has it no more."""


class SiteLocked(LockRefused):
    """Another run holds the site."""

    def __init__(self, slug: str, note: dict[str, str]) -> None:
        holder = note.get("holder", "another run")
        since = f" since {note['since']}" if "since" in note else ""
        host = f" on {note['host']}" if "host" in note else ""
        process = f" (process {note['pid']}{host})" if "pid" in note else ""
        super().__init__(f"{holder}{process} holds the site {slug}{since}; try again when it is done.")


class LockUnavailable(LockRefused):
    """The lock's file cannot be opened or locked."""

    def __init__(self, path: Path, failure: OSError) -> None:
        super().__init__(f"The lock {path} cannot be taken ({failure.strerror}); make its folder writable.")


class LockLost(LockRefused):
    """The connection that held the site on the database server is gone, so another machine may have it."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"The connection that held the site {slug} on the database server was lost, so the run stopped. "
            "Every file is whole, old or new; start it again to complete the work."
        )
