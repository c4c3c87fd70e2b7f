"""A look at a site's files: every problem and finding with path, line and key. No database; nothing is changed.

What only the desk remembers is not found here: which decisions are editors', and which sources a story had before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.utils.text import slugify

from articles.content.document import Document
from articles.content.fences import MAX_FILE_BYTES
from articles.content.findings import (
    Context,
    Likeness,
    SiteContext,
    findings_of,
    headline_of,
    judge_likeness,
    near_pairs,
    source_key,
)
from articles.content.problems import Problem, ProblemError, warning
from articles.content.schema import Checked, check_article
from articles.content.tree import Entry, Tree
from articles.importing import COLLECTIONS, collection_folders, list_files
from articles.reference import check_reference
from articles.report import Report

Progress = Callable[[int], None]
LED_BY_ANOTHER: Final = -1
"""The heat of what another item of its story leads."""


def check_site(root: Path, *, collections: Sequence[str] = (), progress: Progress = lambda done: None) -> Report:
    """What an import of these files would report. Raises `CannotImport` and `tree.RootNotFound`."""
    started = time.monotonic()
    tree = Tree(root)
    report = Report(site=slugify(tree.root.name), root=str(tree.root))
    folders = collection_folders(tree.root, collections) or COLLECTIONS
    site, problems = check_reference(tree)
    report.add(problems)
    told: list[_Told] = []
    for found in list_files(tree, folders):
        report.files += 1
        report.add([found] if isinstance(found, Problem) else check_file(tree, found, site, told))
        progress(report.files)
    report.add(_told_twice(told))
    report.seconds = time.monotonic() - started
    return report


def check_file(tree: Tree, entry: Entry, site: SiteContext, told: list[_Told]) -> Sequence[Problem]:
    """The problems of one article file: of its text, and where that can be read of its values, and what is found there.

    What another file may tell too goes into `told`.
    """
    try:
        file = tree.read(entry.path, max_bytes=MAX_FILE_BYTES)
    except ProblemError as refusal:
        return [refusal.problem]
    document = Document.read(file.data, entry.path)
    if not document.is_readable:
        return document.problems
    checked = check_article(document.fields, document.line_of)
    problems = [*document.problems, *checked.problems]
    known = {(problem.code, problem.key) for problem in problems}
    found = [
        warning(one.code, one.sentence, line=document.line_of(one.key), key=one.key)
        for one in findings_of(document.fields, Context(site))
        if (one.code, one.key) not in known
    ]
    if document.fields.get("heat") != LED_BY_ANOTHER:
        told.append(_Told.read(document, checked))
    return [problem.at(entry.path) for problem in (*problems, *found)]


@dataclass(frozen=True, slots=True)
class _Told:
    """What a file tells, to be compared with the others."""

    likeness: Likeness
    source_key: int | None
    provider: str
    at: datetime | None
    lines: tuple[int | None, int | None]

    @classmethod
    def read(cls, document: Document, checked: Checked) -> _Told:
        provider = checked.values.get("provider", {})
        name = provider.get("name") or ""
        return cls(
            Likeness(document.path, checked.values.get("title") or "", name),
            source_key(checked.values),
            provider.get("domain") or name,
            checked.values.get("publishedDateTime"),
            (document.line_of("originalUrl"), document.line_of("title")),
        )


def _told_twice(told: Sequence[_Told]) -> Iterator[Problem]:
    """Same sources and nearly equal titles, on both files each; a file names the first of its likes."""
    same_source, near_title = _same_sources(told), _near_titles(told)
    for place, one in enumerate(told):
        source, title = same_source.get(place), near_title.get(place)
        alike = Context(
            same_source=None if source is None else told[source].likeness,
            near_title=None if title is None else told[title].likeness,
        )
        for found in judge_likeness(alike):
            line = one.lines[found.key == "title"]
            yield warning(found.code, found.sentence, line=line, key=found.key, path=one.likeness.path)


def _same_sources(told: Sequence[_Told]) -> dict[int, int]:
    """By place, the place of another with the same source."""
    firsts: dict[int, int] = {}
    same: dict[int, int] = {}
    for place, one in enumerate(told):
        if one.source_key is not None and (first := firsts.setdefault(one.source_key, place)) != place:
            same.setdefault(first, place)
            same[place] = first
    return same


def _near_titles(told: Sequence[_Told]) -> dict[int, int]:
    """By place, the place of the first with nearly the same title and another source."""
    headlines = (headline_of(place, one.likeness.title, one.provider, one.at) for place, one in enumerate(told))
    near: dict[int, int] = {}
    for here, there in near_pairs(sorted(filter(None, headlines), key=lambda headline: headline.at)):
        if told[here.key].source_key is None or told[here.key].source_key != told[there.key].source_key:
            near[there.key] = min(here.key, near.get(there.key, here.key))
            near[here.key] = min(there.key, near.get(here.key, there.key))
    return near
