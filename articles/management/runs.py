"""What the runs over a site's files share: which site, its lock, and their report in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from articles.locking import locks, site_lock
from articles.management.desk_command import Answer, CannotStart
from articles.models import Site
from articles.report import Report


def the_site(slug: str | None) -> Site:
    """The site of that name; without a name the only one. Raises `CannotStart`."""
    sites = list(Site.objects.all()[:100])
    names = ", ".join(site.slug for site in sites)
    if not sites:
        raise CannotStart("There is no site yet. Read one with import_content ROOT.")
    if slug:
        found = Site.objects.filter(slug=slug).first()
        if found is None:
            raise CannotStart(f"There is no site '{slug}'. There are: {names}.")
        return found
    if len(sites) > 1:
        raise CannotStart(f"There are several sites: {names}. Name one with --site.")
    return sites[0]


def root_and_collections(options: dict[str, Any]) -> tuple[Path, list[str]]:
    """ROOT and what `--collection` names; it takes every word behind it, so a ROOT that stands last is among them."""
    root: str | None = options["root"]
    collections: list[str] = [*options["collections"]]
    if root is None and len(collections) > 1:
        root = collections.pop()
    if root is None:
        raise CannotStart("Which folder? Give ROOT before the options.")
    return Path(root), collections


@contextmanager
def holding(slug: str, command: str, *, dry_run: bool = False) -> Iterator[None]:
    """No other run over the site's files meanwhile; a dry run holds up nobody. Raises `LockRefused`."""
    if dry_run:
        yield
        return
    with site_lock(locks(), slug, holder=command):
        yield


def report_answer(report: Report, *, diff: str | None = None) -> Answer:
    """The report of an import or an export; a diff stands alone on stdout, or in the object."""
    plan = [f"would {act} {path}" for act, path in report.plan]
    summary = f"{report.site or report.root}: {report.summary()}"
    return Answer(
        report.as_dict() if diff is None else {**report.as_dict(), "diff": diff},
        f"{summary}. Dry run: nothing was changed." if report.dry_run else summary,
        [*plan, *map(str, report.problems)],
        diff,
        report.exit_code,
    )
