"""A look at a site's files: every problem with path, line and key. Needs no database and changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.utils.text import slugify

from articles.content.document import Document
from articles.content.fences import MAX_FILE_BYTES
from articles.content.problems import Problem, ProblemError
from articles.content.schema import check_article
from articles.content.tree import Entry, Tree
from articles.importing import COLLECTIONS, collection_folders, list_files
from articles.reference import check_reference
from articles.report import Report

Progress = Callable[[int], None]


def check_site(root: Path, *, collections: Sequence[str] = (), progress: Progress = lambda done: None) -> Report:
    """What an import of these files would report. Raises `CannotImport` and `tree.RootNotFound`."""
    started = time.monotonic()
    tree = Tree(root)
    report = Report(site=slugify(tree.root.name), root=str(tree.root))
    folders = collection_folders(tree.root, collections) or COLLECTIONS
    report.add(check_reference(tree))
    for found in list_files(tree, folders):
        report.files += 1
        report.add([found] if isinstance(found, Problem) else check_file(tree, found))
        progress(report.files)
    report.seconds = time.monotonic() - started
    return report


def check_file(tree: Tree, entry: Entry) -> Sequence[Problem]:
    """The problems of one article file: those of its text, and where that can be read those of its values."""
    try:
        file = tree.read(entry.path, max_bytes=MAX_FILE_BYTES)
    except ProblemError as refusal:
        return [refusal.problem]
    document = Document.read(file.data, entry.path)
    if not document.is_readable:
        return document.problems
    checked = check_article(document.fields, document.line_of)
    return [*document.problems, *(problem.at(entry.path) for problem in checked.problems)]
