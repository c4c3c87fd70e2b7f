"""Runs that fail or are killed at every single step: each file is old or new, and the next run completes the work."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from articles import review
from articles.content.tree import RootNotFound, Tree, writing
from articles.exporting import export_in_place
from articles.importing import import_site
from articles.models import Article, Event, Override, Site
from articles.report import Report
from articles.syncing import sync_site
from tests.content.disk import failing
from tests.samples import ARTICLE, changed, write_files

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TUG, FERRY, QUAY, HAND = (f"_news/2026-11-20-{name}.md" for name in ("tug", "ferry", "quay", "hand"))
OURS = ("Harbour pilots test a tug that steers itself", "A tug")
TOPICS = ("  - Technology\n", "  - Technology\n  - Ships\n")
BETTER = ("quality: 68", "quality: 75")
OLD = {TUG: changed(BETTER), FERRY: ARTICLE, QUAY: ARTICLE}
NEW = {
    TUG: changed(BETTER, OURS),
    FERRY: changed(TOPICS),
    QUAY: ARTICLE,
    HAND: '---\ntitle: "By hand"\n---\n\n',
}
WRITES = ("write", "fsync", "fchown", "fchmod", "rename", "link", "unlink", "mkdir")
CODES = (errno.ENOSPC, errno.EROFS, errno.EIO)
STEP = 1 if os.environ.get("NEWSROOM_EVERY_FAULT") else 10
"""Where a fault at every single call costs much and teaches little, it comes at every so manyth."""


class Killed(BaseException):
    """As a process that is killed: nothing it does afterwards has an effect."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three articles: one edited and rewritten by the crawler since, one edited, one as it was; a fourth by hand."""
    ada = User.objects.create_superuser("ada", "ada@example.com", "pw")
    root = write_files(tmp_path / "harbour", {**OLD, TUG: ARTICLE})
    import_site(root, at=NOON)
    review.edit(Article.objects.get(path=TUG), {"title": "A tug"}, by=ada, at=NOON)
    topics = ["Robotics", "Technology", "Ships"]
    review.edit(Article.objects.get(path=FERRY), {"topics": topics}, by=ada, at=NOON)
    review.add(Site.objects.get(), HAND, {"title": "By hand"}, by=ada, at=NOON)
    return root


@dataclass
class Faults:
    calls: int = 0


@contextmanager
def killed(at: int) -> Iterator[Faults]:
    """From call number `at` that changes the disk on, nothing is done any more."""
    faults = Faults()

    def wrapped(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            faults.calls += name in WRITES or bool(arguments[1] & os.O_CREAT)
            if faults.calls >= at:
                raise Killed
            return real(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("open", *WRITES):
            patch.setattr(os, name, wrapped(name, getattr(os, name)))
        yield faults


@contextmanager
def taken_back(root: Path) -> Iterator[None]:
    """The files as before the crawler's last run and after it; the tables as they are, and so again afterwards."""
    for leftover in (root / "_news").iterdir():
        leftover.unlink()
    write_files(root, dict(OLD))
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def files(root: Path) -> dict[str, str]:
    return {f"_news/{file.name}": file.read_text() for file in (root / "_news").iterdir()}


def visible(root: Path) -> dict[str, str]:
    """Without the temporary files, which the next run that writes takes away."""
    return {path: text for path, text in files(root).items() if not path.startswith("_news/.")}


def require_old_or_new(root: Path) -> None:
    found = visible(root)
    assert OLD.keys() <= found.keys() <= NEW.keys()
    for path, text in found.items():
        assert text in (OLD.get(path), NEW[path]), path


def require_complete(root: Path) -> None:
    """After one more run."""
    report = sync_site(root, at=NOON).report
    assert report.exit_code == 0
    assert visible(root) == NEW
    assert Override.objects.count() == 3
    assert not Article.objects.filter(is_dirty=True).exists()
    assert dict(Article.objects.values_list("path", "title"))[TUG] == "A tug"
    written = Event.objects.filter(act=Event.Act.WRITTEN).values_list("article__path", flat=True)
    assert {*written} == {TUG, FERRY, HAND}


def require_at_rest(root: Path) -> None:
    """Another run has nothing to do."""
    again = sync_site(root, at=NOON).report
    assert (again.written, again.updated, again.noise, again.conflicts) == (0, 0, 0, 0)
    assert files(root) == NEW


def sync(root: Path) -> Report:
    return sync_site(root, at=NOON).report


def export(root: Path) -> Report:
    return export_in_place(Site.objects.get(), at=NOON).report


RUNS = pytest.mark.parametrize("run", [sync, export], ids=["sync", "export"])


@RUNS
def test_whatever_call_fails_the_run_says_where_and_the_next_completes_it(
    root: Path, run: Callable[[Path], Report]
) -> None:
    """What a sync does once it writes is what an export does."""
    at, step, failed = 1, 1, ""
    while failed != "none":
        for code in CODES if STEP == 1 else [CODES[at % 3]]:
            with taken_back(root):
                failed = fail_once(root, run, at, code)
                require_complete(root)
        if run is sync and failed in WRITES:
            step = STEP
        at += step
    assert at > 50


def fail_once(root: Path, run: Callable[[Path], Report], at: int, code: int) -> str:
    """The name of the call that failed."""
    with failing(at, code) as faults:
        try:
            report = run(root)
        except RootNotFound as refusal:
            assert str(root) in str(refusal)
        else:
            require_named(root, report, faults.failed)
    require_old_or_new(root)
    return faults.failed or "none"


def require_named(root: Path, report: Report, failed: str) -> None:
    """Each file that is not as it should be is among the problems, or its folder is."""
    named = {problem.path for problem in report.problems if problem.is_error}
    assert named <= {"_news", "_posts", "_data/topics", "_data/organizations", *NEW}
    assert (report.exit_code == 1) == bool(named)
    late = {path for path, text in NEW.items() if files(root).get(path) != text}
    assert late <= named or "_news" in named or not failed


@RUNS
def test_killed_at_any_call_the_next_run_completes_it(root: Path, run: Callable[[Path], Report]) -> None:
    at, done = 1, False
    while not done:
        with taken_back(root):
            with killed(at) as faults:
                try:
                    run(root)
                    done = True
                except Killed:
                    assert faults.calls >= at
            require_old_or_new(root)
            require_complete(root)
            if at % 4 == 0 or done:
                require_at_rest(root)
        at += 1
    assert at > 12


def test_killed_at_any_query_the_next_run_completes_it(root: Path) -> None:
    at, done = 1, False
    with taken_back(root):
        known = [tables(), tables_after_reading(root)]
    while not done:
        with taken_back(root):
            with connection.execute_wrapper(killing_query(at)):
                try:
                    sync(root)
                    done = True
                except Killed:
                    pass
            require_old_or_new(root)
            assert done or files(root) != OLD or tables() in known
            require_complete(root)
        at += 1
    assert at > 10


def killing_query(at: int) -> Callable[..., Any]:
    """Kills at one query; what the database itself does to take back a broken transaction goes on."""
    queries = 0

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal queries
        if "SAVEPOINT" not in sql:
            queries += 1
            if queries == at:
                raise Killed
        return execute(sql, params, many, context)

    return wrapper


def tables() -> list[Any]:
    articles = Article.objects.order_by("pk").values("path", "title", "quality", "digest", "version", "is_dirty")
    return [list(articles), list(Override.objects.order_by("pk").values()), Event.objects.count()]


def tables_after_reading(root: Path) -> list[Any]:
    """Whole: there is nothing between the state before and this."""
    with transaction.atomic():
        import_site(root, at=NOON)
        after = tables()
        transaction.set_rollback(True)
    return after


def test_an_import_that_is_killed_at_any_file_leaves_the_old_state(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.importing.CHUNK", 1)
    with taken_back(root):
        before = tables()
        for last in (1, 2, 3):

            def kill(done: int, last: int = last) -> None:
                if done == last:
                    raise Killed

            with pytest.raises(Killed):
                import_site(root, at=NOON, progress=kill)
            assert tables() == before
        assert import_site(root, at=NOON).updated == 1


def test_a_file_that_vanishes_at_any_moment_is_named_and_not_made_again(root: Path) -> None:
    at, done = 1, False
    while not done:
        with taken_back(root):
            with failing(at, 0, act=lambda: (root / FERRY).unlink(missing_ok=True)) as faults:
                report = sync(root)
            done = faults.calls < at
            if not done and not (root / FERRY).exists():
                told = report.missing == 1 or FERRY in {problem.path for problem in report.problems}
                assert told or Article.objects.get(path=FERRY).digest != ""
            found = files(root)
            assert found[TUG] in (OLD[TUG], NEW[TUG])
            write_files(root, {FERRY: OLD[FERRY]})
            require_complete(root)
        at += STEP


def test_a_folder_that_is_swapped_for_a_link_at_any_moment_is_not_walked_through(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"

    def swap() -> None:
        (root / "_news").rename(tmp_path / "moved")
        elsewhere.mkdir()
        write_files(elsewhere, {Path(path).name: text for path, text in OLD.items()})
        (root / "_news").symlink_to(elsewhere)

    at, done = 1, False
    while not done:
        with taken_back(root):
            with failing(at, 0, act=swap) as faults:
                report = sync(root)
            done = faults.calls < at
            if not done:
                assert {file.name: file.read_text() for file in elsewhere.iterdir()} == {
                    Path(path).name: text for path, text in OLD.items()
                }
                assert report.missing == 0
                (root / "_news").unlink()
                (tmp_path / "moved").rename(root / "_news")
                for file in elsewhere.iterdir():
                    file.unlink()
                elsewhere.rmdir()
            require_old_or_new(root)
            require_complete(root)
        at += STEP


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_said(root: Path) -> None:
    (root / "_news").chmod(0o555)
    try:
        report = sync(root)
    finally:
        (root / "_news").chmod(0o755)
    assert report.exit_code == 1
    assert {problem.path for problem in report.problems} == {TUG, FERRY, HAND}
    require_complete(root)


def test_a_write_that_the_disk_does_not_confirm_is_said_and_counts_as_done(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unconfirmed(_: int) -> None:
        raise OSError(errno.EIO, "broken")

    with taken_back(root):
        monkeypatch.setattr(writing, "confirm", unconfirmed)
        report = sync(root)
        monkeypatch.undo()
        assert {problem.code for problem in report.problems} == {"not_confirmed"}
        assert (report.written, report.exit_code) == (3, 1)
        assert sync(root).updated == 0
        require_complete(root)


def test_what_killed_runs_left_is_swept_up(root: Path) -> None:
    leftover = root / "_news" / ".2026-11-20-tug.md.newsroom-0123456789ab.tmp"
    leftover.write_text("half")
    sync(root)
    assert not leftover.exists()
    assert Tree(root).root == root.resolve()
