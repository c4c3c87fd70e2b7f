"""Records to files: each file that should be other than it is, written in place or into another folder.

What stands on disk is compared with what was last seen there; a file that moved on is left alone and reported.
"""

from __future__ import annotations

import difflib
import time
import uuid
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery, prefetch_related_objects

from articles import git
from articles.committing import Written, author_of, editors_of, message_of
from articles.compiled import row_of
from articles.content.actions import Decided, Seen, Stands, State, Write, plan
from articles.content.actions import Report as Told
from articles.content.fences import MAX_FILE_BYTES
from articles.content.problems import Problem, ProblemError, error
from articles.content.tree import File, New, Reader, Tree, Writer, digest
from articles.content.values import to_json
from articles.git.past import uncommitted
from articles.mapping import decisions, document_in_force
from articles.models import Article, Event, Site, Source
from articles.report import Refused, Report
from articles.rows import Shape, update_rows

CHUNK: Final = 200
WRITTEN_AT_ONCE: Final = 100
DESK_NAME: Final = "newsroom"
"""Who is named for the writing itself; the decisions have their own events."""

_COLUMNS: Final = ("id", "path", "digest", "is_missing", "version")
_SOURCE_COLUMNS: Final = ("article_id", "text", "exported")

Progress = Callable[[int], None]


class CannotExport(Refused):
    """The run could not start."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """An article whose file is to hold its decisions, or does; and what that file is."""

    article: Article
    action: Stands | Write
    data: bytes

    def new(self) -> New:
        assert isinstance(self.action, Write)  # noqa: S101 - nothing else is put
        return New(self.article.path, self.data, self.action.expected)


@dataclass(slots=True)
class Export:
    """A report, and the unified diff of every file that was or would be written."""

    report: Report
    diff: list[str] = field(default_factory=list)


def export_in_place(
    site: Site,
    *,
    at: datetime,
    dry_run: bool = False,
    commit: bool = False,
    message: str = "",
    with_diff: bool = True,
    progress: Progress = lambda done: None,
) -> Export:
    """Write what editors decided into the site's files; with `commit`, make one Git commit of just these.

    Its message begins with `message`, or says in words what was decided. A diff of a file costs as much as its writing.
    The caller holds the site's lock, other than for a dry run. Raises `CannotExport` and `tree.RootNotFound` before
    anything is written.
    """
    started = time.monotonic()
    tree = Tree(Path(site.root))
    if commit:
        _require_repository(tree)
    run = _InPlace(site, tree, at, progress, dry_run=dry_run, commit=commit, message=message)
    run.with_diff = with_diff
    run.go()
    run.export.report.seconds = time.monotonic() - started
    return run.export


def export_to(site: Site, folder: Path, *, dry_run: bool = False, progress: Progress = lambda done: None) -> Export:
    """Write every article that the site has now into another folder, under its path; what is alike stays untouched."""
    started = time.monotonic()
    report = Report(site=site.slug, root=str(folder), dry_run=dry_run, batch="")
    export = Export(report)
    tree = _other_tree(site, folder, dry_run=dry_run)
    for article in _articles(site.articles.present()):
        report.files += 1
        try:
            _write_copy(article, tree, export)
        except ProblemError as refusal:
            report.add([refusal.problem.at(article.path)])
        progress(report.files)
    report.seconds = time.monotonic() - started
    return export


class _InPlace:
    """One run over the articles whose decisions are not written yet.

    With `commit` they count as not written until they are committed, so that the next run with it commits what a killed
    one wrote, or one that Git refused; a run without it in between leaves that as it is.
    """

    def __init__(
        self, site: Site, tree: Tree, at: datetime, progress: Progress, *, dry_run: bool, commit: bool, message: str
    ) -> None:
        self.site, self.tree, self.at, self.progress = site, tree, at, progress
        self.is_committing, self.message = commit and not dry_run, message
        self.batch = uuid.uuid4()
        self.export = Export(Report(site=site.slug, root=str(tree.root), dry_run=dry_run, batch=str(self.batch)))
        self.report = self.export.report
        self.standing: list[Written] = []
        self.planned: list[_Planned] = []
        self.begun: list[_Planned] = []
        self.with_diff = True

    def go(self) -> None:
        with self.tree.reader() as reader, self.tree.writer() as writer:
            for article in _articles(self.site.articles.present().unwritten()):
                self._sweep_once()
                self.report.files += 1
                try:
                    self._plan(reader, article)
                except ProblemError as refusal:
                    self.report.add([refusal.problem.at(article.path)])
                if len(self.planned) >= WRITTEN_AT_ONCE:
                    self._finish(writer)
                    self._begin(writer)
                    reader.let_go()
            self._finish(writer)
            self._begin(writer)
            self._finish(writer)
        if self.is_committing and self.standing:
            self._commit()

    def _sweep_once(self) -> None:
        """Before the first write, what killed runs left in the folders goes."""
        if self.report.files == 0 and not self.report.dry_run:
            for folder in self.site.collections:
                self.tree.sweep(folder)

    def _plan(self, reader: Reader, article: Article) -> None:
        for action in plan([_state(reader, article)], takes_in=False):
            match action:
                case Told():
                    self.report.add(action.problems)
                case Stands() | Write():
                    self.planned.append(_Planned(article, action, action.document.to_bytes()))

    def _begin(self, writer: Writer) -> None:
        """What was planned goes on its way to the disk; what comes next is planned meanwhile."""
        self.begun, self.planned = self.planned, []
        if not self.report.dry_run:
            writer.begin(one.new() for one in self.begun if isinstance(one.action, Write))

    def _finish(self, writer: Writer) -> None:
        """What was begun gets its names, and is noted when they are on the disk."""
        begun, self.begun = self.begun, []
        refusals = writer.finish()
        written: list[_Planned] = []
        for one in begun:
            refusal = refusals.get(one.article.path)
            if refusal is not None and refusal.code != "not_confirmed":
                self.report.add([refusal.at(one.article.path)])
                continue
            if refusal is not None:  # it has been done: the next run would take it for the crawler's
                self.report.add([refusal])
            self._count(one)
            written.append(one)
        if written and not self.report.dry_run:
            self._note(written)
        self.progress(self.report.files)

    def _count(self, one: _Planned) -> None:
        if isinstance(one.action, Stands):
            self.report.unchanged += 1
            return
        if self.with_diff:
            self.export.diff += _diff(one.article.path, one.action.found, one.data)
        self.report.written += 1
        self.report.plan_to("write", [one.article.path])

    def _note(self, written: Sequence[_Planned]) -> None:
        """What stands on disk now. What an editor decided while the files were written is left for the next run.

        Several together: where a run is killed before, the next one finds the files as they should be, and notes that.
        """
        events: list[int] = []
        owed = set() if self.is_committing else self._owed(written)
        for one in written:
            article, source = one.article, one.article.source
            self.standing.append(Written(article, one.action.changes))
            article.digest = digest(one.data)
            exported = to_json(one.action.exported)
            if isinstance(one.action, Write) or exported != source.exported:
                events.append(article.pk)
            source.exported = exported
        with transaction.atomic():
            self._note_files([one.article for one in written], owed)
            update_rows(Source, [one.article.source for one in written], ["exported"])
            same = {"username": DESK_NAME, "batch": self.batch, "at": self.at}
            event = Shape(Event, ("article",), site=self.site, act=Event.Act.WRITTEN, **same)
            event.insert(event.ready([key]) for key in events)

    def _owed(self, written: Sequence[_Planned]) -> set[int]:
        """Articles whose files an earlier run wrote for a commit that Git refused, and nobody has committed since."""
        stood = {one.article.pk: one for one in written if isinstance(one.action, Stands)}
        newest = Event.objects.filter(article=OuterRef("pk")).order_by("-id").values("act")[:1]
        last = Article.objects.filter(pk__in=stood).annotate(last=Subquery(newest))
        files = [stood[key] for key in last.filter(last=Event.Act.WRITTEN).values_list("pk", flat=True)]
        if not files:
            return set()
        try:
            waiting = uncommitted(self.tree.root, {one.article.path: one.data for one in files})
        except git.GitRefused:
            return set()
        return {one.article.pk for one in files if one.article.path in waiting}

    def _note_files(self, articles: Sequence[Article], owed: Set[int]) -> None:
        """What the files are now; nothing is left to write, but for a commit or where somebody decided meanwhile."""
        columns = "digest = %s, file_size = NULL, file_mtime_ns = NULL, is_dirty = (%s OR version <> %s)"
        values = [(one.digest, self.is_committing or one.pk in owed, one.version, one.pk) for one in articles]
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE articles_article SET {columns} WHERE id = %s", values)  # noqa: S608

    def _commit(self) -> None:
        """One commit; a refusal of Git's is a problem of the run, and the files are written all the same."""
        editors = editors_of(self.standing)
        name, address = author_of(editors)
        try:
            self.report.commit = git.commit(
                self.tree.root,
                [one.article.path for one in self.standing],
                message=message_of(self.standing, editors, said=self.message),
                author_name=name,
                author_email=address,
                when=self.at,
            )
        except git.GitRefused as refusal:
            message = f"The files are written, and not committed: {refusal}"
            self.report.add([error("not_committed", message, path=self.report.root)])
            return
        with transaction.atomic():
            if self.report.commit:
                self.site.events.create(
                    act=Event.Act.WRITTEN,
                    username=DESK_NAME,
                    reason=f"commit {self.report.commit}",
                    batch=self.batch,
                    at=self.at,
                )
            _settle([one.article for one in self.standing])


def _settle(articles: Sequence[Article]) -> None:
    """Nothing of these is left to write, unless an editor decided on them meanwhile."""
    with connection.cursor() as cursor:
        sql = "UPDATE articles_article SET is_dirty = %s WHERE id = %s AND version = %s"
        cursor.executemany(sql, [(False, article.pk, article.version) for article in articles])


def _articles(rows: QuerySet[Article]) -> Iterator[Article]:
    """Articles with their text and overrides, a chunk at a time; no query stays open while they are dealt with.

    SQLite lets nobody write below an open query once somebody else has written.
    """
    keys = list(rows.order_by("path").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        chunk = Article.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("path")
        read = chunk.values_list(*_COLUMNS, *(f"source__{name}" for name in _SOURCE_COLUMNS))
        articles = [_article(row) for row in read]
        prefetch_related_objects(articles, "overrides__user")
        yield from articles


def _article(row: Sequence[Any]) -> Article:
    """Of what a run asks of it."""
    article = row_of(Article, _COLUMNS, row[: len(_COLUMNS)])
    source = row_of(Source, _SOURCE_COLUMNS, row[len(_COLUMNS) :])
    article._state.fields_cache["source"] = source
    return article


def _state(reader: Reader, article: Article) -> State:
    """What stands at the article's path, and what the desk holds of it."""
    found: File | Problem | None
    try:
        found = reader.read(article.path, max_bytes=MAX_FILE_BYTES)
    except ProblemError as refusal:
        found = None if refusal.problem.code == "vanished" else refusal.problem
    seen = Seen(article.path, None, None, article.is_missing, article.pk, article.digest, is_unwritten=True)
    held = tuple(decisions(article.overrides.all()))
    return State(article.path, found, seen, Decided(bytes(article.source.text), held))


def _found(tree: Tree, article: Article) -> bytes | None:
    """The bytes on disk, None where there is no file."""
    try:
        return tree.read(article.path, max_bytes=MAX_FILE_BYTES).data
    except ProblemError as refusal:
        if refusal.problem.code == "vanished":
            return None
        raise


def _write_copy(article: Article, tree: Tree | None, export: Export) -> None:
    wanted = _text_in_force(article)
    found = None if tree is None else _found(tree, article)
    if found == wanted:
        export.report.unchanged += 1
        return
    export.diff += _diff(article.path, found or b"", wanted)
    if tree is not None and not export.report.dry_run:
        tree.write(article.path, wanted, expected=None if found is None else digest(found))
    export.report.written += 1
    export.report.plan_to("write", [article.path])


def _text_in_force(article: Article) -> bytes:
    """The file's bytes; they are not even parsed where no editor decided anything."""
    return document_in_force(article).to_bytes() if article.overrides.all() else bytes(article.source.text)


def _other_tree(site: Site, folder: Path, *, dry_run: bool) -> Tree | None:
    """The folder to write to, made if need be; None for one that a dry run would make."""
    target, root = folder.resolve(), Path(site.root).resolve() if site.root else None
    if root is not None and (target == root or root in target.parents or target in root.parents):
        raise CannotExport(f"{folder} holds the site's own files or lies among them. Name a folder apart from them.")
    if dry_run and not target.exists():
        return None
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as refusal:
        raise CannotExport(f"{folder} cannot be made: {refusal.strerror}.") from refusal
    return Tree(target)


def _diff(path: str, old: bytes, new: bytes) -> list[str]:
    """A unified diff that `git apply` takes; the lines keep their own line breaks."""
    lines = difflib.unified_diff(
        _lines(old), _lines(new), f"a/{path}" if old else "/dev/null", f"b/{path}", lineterm="\n"
    )
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]


def _lines(data: bytes) -> list[str]:
    """Lines end with LF alone, as Git sees them; a CR before it is part of the line."""
    lines = [line + "\n" for line in data.decode().split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _require_repository(tree: Tree) -> None:
    """Before anything is written: a repository, on a branch, in the middle of nothing."""
    try:
        git.require_ready(tree.root)
    except git.GitRefused as refusal:
        raise CannotExport(str(refusal)) from refusal
