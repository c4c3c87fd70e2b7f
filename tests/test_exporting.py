"""Records to files: only what was decided is written, and nothing that moved on."""

import errno
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles import review
from articles.content.tree import replacing, writing
from articles.exporting import CannotExport, export_in_place, export_to
from articles.importing import import_site
from articles.models import Article, Event, Site
from tests.samples import ARTICLE, PATH, changed, numbered, write_files

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = write_files(tmp_path / "harbour", {PATH: ARTICLE, "_news/other.md": ARTICLE.replace("\n", "\r\n")})
    import_site(root, at=NOON)
    return root


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", "ada@example.com", "pw", first_name="Ada", last_name="Quay")


def the_site() -> Site:
    return Site.objects.get()


def retitle(path: str, title: str, by: User) -> None:
    review.edit(Article.objects.get(path=path), {"title": title}, by=by, at=NOON)


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def test_nothing_decided_writes_nothing(root: Path) -> None:
    export = export_in_place(the_site(), at=NOON)
    assert (export.report.files, export.report.written, export.diff) == (0, 0, [])


@pytest.mark.parametrize("path", [PATH, "_news/other.md"], ids=["lf", "crlf"])
def test_two_edits_change_two_lines(root: Path, ada: User, path: str) -> None:
    before = (root / path).read_bytes()
    retitle(path, "A tug", ada)
    review.publish(Article.objects.get(path=path), by=ada, at=NOON)
    export = export_in_place(the_site(), at=NOON)
    assert export.report.written == 1
    pairs = zip(before.split(b"\n"), (root / path).read_bytes().split(b"\n"), strict=True)
    differing = [(old.rstrip(b"\r"), new.rstrip(b"\r")) for old, new in pairs if old != new]
    assert differing == [
        (b'title: "Harbour pilots test a tug that steers itself"', b'title: "A tug"'),
        (b"published: false", b"published: true"),
    ]
    assert export_in_place(the_site(), at=NOON).report.files == 0


def test_the_diff_can_be_applied_with_git(root: Path, ada: User) -> None:
    git(root, "init", "-q")
    retitle(PATH, "A tug", ada)
    retitle("_news/other.md", "Another tug", ada)
    export = export_in_place(the_site(), at=NOON, dry_run=True)
    assert (export.report.written, export.report.exit_code) == (2, 2)
    assert (root / PATH).read_text() == ARTICLE
    patch = root / "p.patch"
    patch.write_bytes("".join(export.diff).encode())
    git(root, "apply", "--whitespace=nowarn", "p.patch")
    assert '"A tug"' in (root / PATH).read_text()
    assert export_in_place(the_site(), at=NOON).report.written == 0


def test_a_file_that_moved_on_is_left_alone_and_the_rest_is_written(root: Path, ada: User) -> None:
    retitle(PATH, "A tug", ada)
    retitle("_news/other.md", "Another", ada)
    newer = changed(("quality: 68", "quality: 70"))
    write_files(root, {PATH: newer})
    report = export_in_place(the_site(), at=NOON).report
    assert (report.written, report.exit_code) == (1, 1)
    assert [(problem.path, problem.code) for problem in report.problems] == [(PATH, "moved_on")]
    assert (root / PATH).read_text() == newer
    import_site(root, at=NOON)
    assert export_in_place(the_site(), at=NOON).report.written == 1
    assert (root / PATH).read_text() == newer.replace("Harbour pilots test a tug that steers itself", "A tug")


def test_a_file_that_is_gone_is_not_made_again(root: Path, ada: User) -> None:
    retitle(PATH, "A tug", ada)
    (root / PATH).unlink()
    report = export_in_place(the_site(), at=NOON).report
    assert [(problem.path, problem.code) for problem in report.problems] == [(PATH, "vanished")]
    assert not (root / PATH).exists()


def test_a_run_that_was_killed_after_the_write_is_completed_by_the_next(root: Path, ada: User) -> None:
    retitle(PATH, "A tug", ada)
    wanted = changed(("Harbour pilots test a tug that steers itself", "A tug"))
    write_files(root, {PATH: wanted})
    report = export_in_place(the_site(), at=NOON).report
    assert (report.unchanged, report.exit_code) == (1, 0)
    assert not Article.objects.get(path=PATH).is_dirty


def test_a_new_article_does_not_overwrite_a_file_that_is_there(root: Path, ada: User) -> None:
    review.add(the_site(), "_news/new.md", {"title": "New"}, by=ada, at=NOON)
    write_files(root, {"_news/new.md": "the crawler was faster\n"})
    report = export_in_place(the_site(), at=NOON).report
    assert report.exit_code == 1
    assert (root / "_news/new.md").read_text() == "the crawler was faster\n"


def test_writing_is_an_event(root: Path, ada: User) -> None:
    retitle(PATH, "A tug", ada)
    report = export_in_place(the_site(), at=NOON).report
    event = Event.objects.get(act="written")
    assert (event.article.path if event.article else "", str(event.batch)) == (PATH, report.batch)


def test_every_article_goes_into_another_folder_byte_for_byte(root: Path, ada: User, tmp_path: Path) -> None:
    retitle(PATH, "A tug", ada)
    target = tmp_path / "copy"
    report = export_to(the_site(), target).report
    assert (report.files, report.written) == (2, 2)
    assert (target / "_news/other.md").read_bytes() == (root / "_news/other.md").read_bytes()
    assert '"A tug"' in (target / PATH).read_text()
    assert (root / PATH).read_text() == ARTICLE
    again = export_to(the_site(), target).report
    assert (again.written, again.unchanged) == (0, 2)
    assert Article.objects.get(path=PATH).is_dirty


def test_another_folder_gets_the_last_good_record_and_nothing_missing(root: Path, tmp_path: Path) -> None:
    write_files(root, {PATH: "---\ntitle: 'x\n---\n"})
    (root / "_news/other.md").unlink()
    import_site(root, at=NOON)
    assert export_to(the_site(), tmp_path / "copy").report.written == 1
    assert (tmp_path / "copy" / PATH).read_text() == ARTICLE


@pytest.mark.parametrize("folder", ["harbour", "harbour/_news", "."], ids=["the-root", "inside", "around"])
def test_the_other_folder_must_be_another(root: Path, tmp_path: Path, folder: str) -> None:
    with pytest.raises(CannotExport, match="own files"):
        export_to(the_site(), tmp_path / folder)


def test_a_dry_run_into_a_new_folder_does_not_make_it(root: Path, tmp_path: Path) -> None:
    report = export_to(the_site(), tmp_path / "copy", dry_run=True).report
    assert (report.written, report.exit_code) == (2, 2)
    assert not (tmp_path / "copy").exists()


def test_a_commit_holds_just_the_written_files_and_names_the_editor(root: Path, ada: User) -> None:
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "Start")
    write_files(root, {"notes.txt": "not mine"})
    retitle(PATH, "A tug", ada)
    report = export_in_place(the_site(), at=NOON, commit=True).report
    assert report.commit == git(root, "rev-parse", "HEAD").strip()
    assert git(root, "show", "--format=%an <%ae>%n%s", "--stat=200", "HEAD").splitlines()[:4] == [
        "Ada Quay <ada@example.com>",
        "Edit 2026-11-20-tug.md",
        "",
        f" {PATH} | 2 +-",
    ]
    assert git(root, "status", "--porcelain") == "?? notes.txt\n"


def test_a_commit_says_what_was_decided_and_by_whom(root: Path, ada: User) -> None:
    ben = User.objects.create_superuser("ben", "ben@example.com", "pw")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "Start")
    retitle(PATH, "A tug", ada)
    export_in_place(the_site(), at=NOON, commit=True)
    review.publish(Article.objects.get(path=PATH), by=ben, at=NOON)
    review.edit(Article.objects.get(path="_news/other.md"), {"provider.name": "Herald"}, by=ada, at=NOON)
    export_in_place(the_site(), at=NOON, commit=True)
    assert git(root, "show", "-s", "--format=%an%n%B", "HEAD").splitlines()[:7] == [
        "Newsroom editors",
        "Publish 1 article, edit 1",
        "",
        f"{PATH}: publish",
        "_news/other.md: set provider.name",
        "",
        "Decided by ben, Ada Quay.",
    ]
    review.reset(Article.objects.get(path=PATH), ["title"], by=ben, at=NOON)
    export_in_place(the_site(), at=NOON, commit=True)
    assert git(root, "show", "-s", "--format=%an: %s", "HEAD") == "ben: Edit 2026-11-20-tug.md\n"


def test_a_commit_that_git_refused_is_made_by_the_next_run_that_may_whatever_ran_between(root: Path, ada: User) -> None:
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "Start")
    retitle(PATH, "A tug", ada)
    branch = root / ".git" / git(root, "symbolic-ref", "HEAD").strip()
    branch.with_suffix(".lock").touch()
    refused = export_in_place(the_site(), at=NOON, commit=True).report
    assert ([problem.code for problem in refused.problems], refused.written) == (["not_committed"], 1)
    between = export_in_place(the_site(), at=NOON).report
    assert (between.written, between.unchanged) == (0, 1)
    branch.with_suffix(".lock").unlink()
    assert export_in_place(the_site(), at=NOON, commit=True).report.commit == git(root, "rev-parse", "HEAD").strip()
    assert git(root, "status", "--porcelain") == ""
    assert not Article.objects.get(path=PATH).is_dirty


@pytest.mark.parametrize("names", ["sha1", "sha256"])
def test_a_commit_that_a_person_made_instead_is_owed_no_more(root: Path, ada: User, names: str) -> None:
    git(root, "init", "-q", f"--object-format={names}")
    git(root, "add", ".")
    git(root, "commit", "-qm", "Start")
    retitle(PATH, "A tug", ada)
    branch = root / ".git" / git(root, "symbolic-ref", "HEAD").strip()
    branch.with_suffix(".lock").touch()
    export_in_place(the_site(), at=NOON, commit=True)
    branch.with_suffix(".lock").unlink()
    git(root, "commit", "-qam", "By hand")
    assert export_in_place(the_site(), at=NOON).report.unchanged == 1
    assert not Article.objects.get(path=PATH).is_dirty


def test_a_commit_needs_a_repository(root: Path, ada: User) -> None:
    retitle(PATH, "A tug", ada)
    with pytest.raises(CannotExport, match="no git repository"):
        export_in_place(the_site(), at=NOON, commit=True)
    assert (root / PATH).read_text() == ARTICLE


def test_a_file_that_cannot_be_written_does_not_stop_the_rest(
    root: Path, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = replacing.fill

    def full(target: replacing.Target, data: bytes) -> replacing.Filled:
        if target.path == PATH:
            raise OSError(errno.ENOSPC, "No space left on device")
        return fill(target, data)

    retitle(PATH, "A tug", ada)
    retitle("_news/other.md", "Another", ada)
    monkeypatch.setattr(writing, "fill", full)
    report = export_in_place(the_site(), at=NOON).report
    assert (report.written, report.exit_code) == (1, 1)
    assert Article.objects.get(path=PATH).is_dirty


def test_the_cost_in_queries_grows_with_the_decisions_not_with_the_site(tmp_path: Path, ada: User) -> None:
    root = write_files(tmp_path / "s", dict(numbered(2)))
    import_site(root, at=NOON)
    retitle("_news/2026-11-20-tug-00000.md", "A", ada)
    with CaptureQueriesContext(connection) as small:
        export_in_place(the_site(), at=NOON, dry_run=True)
    write_files(root, dict(numbered(40)))
    import_site(root, at=NOON)
    with CaptureQueriesContext(connection) as large:
        export_in_place(the_site(), at=NOON, dry_run=True)
    assert len(large) == len(small)


def test_the_real_corpus_goes_out_as_it_came_in(corpus: Path, tmp_path: Path) -> None:
    import_site(corpus, at=NOON, slug="real")
    report = export_to(the_site(), tmp_path / "copy").report
    assert (report.written, report.problems) == (90, [])
    for file in (corpus / "_news").iterdir():
        assert (tmp_path / "copy" / "_news" / file.name).read_bytes() == file.read_bytes()
