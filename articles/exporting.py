"""Records to files: each file that should be other than it is, written in place or into another folder.

What stands on disk is compared with what was last seen there; a file that moved on is left alone and reported.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from articles import git
from articles.committing import Written, author_of, editors_of, message_of
from articles.content.fences import MAX_FILE_BYTES
from articles.content.problems import Problem, ProblemError, error
from articles.content.tree import New, Tree, Writer, digest
from articles.git.past import uncommitted
from articles.models import Article, Event, Site, Source
from articles.outgoing import Fate, Outgoing, Waiting, diff_of, outgoing, text_in_force, waiting_of
from articles.report import Refused, Report
from articles.rows import Shape, update_column

WRITTEN_AT_ONCE: Final = 100
DESK_NAME: Final = "newsroom"
"""Who is named for the writing itself; the decisions have their own events."""

Progress = Callable[[int], None]


class CannotExport(Refused):
    """The run could not start."""


_Planned = tuple[Waiting, Outgoing]
"""An article whose file is to hold its decisions, or does; and what that file is."""


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
    for some in waiting_of(site.articles.present()):
        for article in some:
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
        planned = outgoing(self.site, self.tree, with_diff=self.with_diff, is_dry=self.report.dry_run)
        with closing(planned), self.tree.writer() as writer:
            for article, out in planned:
                self.report.files += 1
                if out.fate is Fate.REFUSED:
                    self.report.add(out.problems)
                    continue
                self.planned.append((article, out))
                if len(self.planned) >= WRITTEN_AT_ONCE:
                    self._take_turns(writer)
            self._take_turns(writer)
            self._take_turns(writer)
        if self.is_committing and self.standing:
            self._commit()

    def _take_turns(self, writer: Writer) -> None:
        """What was begun is on the disk now; what was planned goes on its way there, and the former is noted."""
        begun, refusals = self.begun, writer.finish()
        self.begun, self.planned = self.planned, []
        if not self.report.dry_run:
            writes = (one for one in self.begun if one[1].fate is Fate.WRITTEN)
            writer.begin(New(article.path, out.data, out.expected) for article, out in writes)
        self._finish(begun, refusals)

    def _finish(self, begun: Sequence[_Planned], refusals: Mapping[str, Problem]) -> None:
        """What has its names is noted."""
        written: list[_Planned] = []
        for article, out in begun:
            refusal = refusals.get(article.path)
            if refusal is not None and refusal.code != "not_confirmed":
                self.report.add([refusal.at(article.path)])
                continue
            if refusal is not None:  # it has been done: the next run would take it for the crawler's
                self.report.add([refusal])
            self._count(article, out)
            written.append((article, out))
        if written and not self.report.dry_run:
            self._note(written)
        self.progress(self.report.files)

    def _count(self, article: Waiting, out: Outgoing) -> None:
        if out.fate is Fate.STANDS:
            self.report.unchanged += 1
            return
        self.export.diff += out.diff
        self.report.written += 1
        self.report.plan_to("write", [article.path])

    def _note(self, written: Sequence[_Planned]) -> None:
        """What stands on disk now. What an editor decided while the files were written is left for the next run.

        Several together: where a run is killed before, the next one finds the files as they should be, and notes that.
        """
        owed = set() if self.is_committing else self._owed(written)
        if self.is_committing:
            self.standing += [Written(article, out.changed()) for article, out in written]
        with transaction.atomic():
            self._note_files(written, owed)
            update_column(Source, "exported", [(article.key, out.exported) for article, out in written])
            same = {"username": DESK_NAME, "batch": self.batch, "at": self.at}
            event = Shape(Event, ("article",), site=self.site, act=Event.Act.WRITTEN, **same)
            is_new = (out.fate is Fate.WRITTEN or out.exported != article.exported for article, out in written)
            event.insert(event.ready([one[0].key]) for one, is_event in zip(written, is_new, strict=True) if is_event)

    def _owed(self, written: Sequence[_Planned]) -> set[int]:
        """Articles whose files an earlier run wrote for a commit that Git refused, and nobody has committed since."""
        stood = {article.key: (article.path, out.data) for article, out in written if out.fate is Fate.STANDS}
        newest = Event.objects.filter(article=OuterRef("pk")).order_by("-id").values("act")[:1]
        last = Article.objects.filter(pk__in=stood).annotate(last=Subquery(newest))
        keys = list(last.filter(last=Event.Act.WRITTEN).values_list("pk", flat=True))
        if not keys:
            return set()
        try:
            waiting = uncommitted(self.tree.root, dict(stood[key] for key in keys))
        except git.GitRefused:
            return set()
        return {key for key in keys if stood[key][0] in waiting}

    def _note_files(self, written: Sequence[_Planned], owed: Set[int]) -> None:
        """What the files are now; nothing is left to write, but for a commit or where somebody decided meanwhile."""
        columns = "digest = %s, file_size = NULL, file_mtime_ns = NULL, is_dirty = (%s OR version <> %s)"
        values = [
            (digest(out.data), self.is_committing or article.key in owed, article.version, article.key)
            for article, out in written
        ]
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


def _settle(articles: Sequence[Waiting]) -> None:
    """Nothing of these is left to write, unless an editor decided on them meanwhile."""
    with connection.cursor() as cursor:
        sql = "UPDATE articles_article SET is_dirty = %s WHERE id = %s AND version = %s"
        cursor.executemany(sql, [(False, article.key, article.version) for article in articles])


def _found(tree: Tree, article: Waiting) -> bytes | None:
    """The bytes on disk, None where there is no file."""
    try:
        return tree.read(article.path, max_bytes=MAX_FILE_BYTES).data
    except ProblemError as refusal:
        if refusal.problem.code == "vanished":
            return None
        raise


def _write_copy(article: Waiting, tree: Tree | None, export: Export) -> None:
    wanted = text_in_force(article)
    found = None if tree is None else _found(tree, article)
    if found == wanted:
        export.report.unchanged += 1
        return
    export.diff += diff_of(article.path, found or b"", wanted)
    if tree is not None and not export.report.dry_run:
        tree.write(article.path, wanted, expected=None if found is None else digest(found))
    export.report.written += 1
    export.report.plan_to("write", [article.path])


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


def _require_repository(tree: Tree) -> None:
    """Before anything is written: a repository, on a branch, in the middle of nothing."""
    try:
        git.require_ready(tree.root)
    except git.GitRefused as refusal:
        raise CannotExport(str(refusal)) from refusal
