"""export_content: records to files, what it prints, and how it ends."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from articles import git
from articles.importing import import_site
from articles.locking import locks, site_lock
from tests.commands.running import run
from tests.factories import NOON
from tests.samples import ARTICLE, PATH, changed, write_files

pytestmark = pytest.mark.django_db

LF = ARTICLE.encode()
WAYS = {
    "lf": LF,
    "crlf": LF.replace(b"\n", b"\r\n"),
    "bom": b"\xef\xbb\xbf" + LF,
    "no-end": LF.rstrip(b"\n"),
    "body": LF + b"A body.\n---\nMore of it.",
}


def diff_of(root: Path) -> list[bytes]:
    """The lines that Git sees changed."""
    command = ["git", "-c", "core.autocrlf=false", "diff", "--unified=0"]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True)
    return [line for line in done.stdout.split(b"\n") if line[:1] in (b"+", b"-") and line[:3] not in (b"---", b"+++")]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.broad(2)
def test_the_main_job_changes_exactly_two_lines(tmp_path: Path, ben: User, way: str) -> None:
    root = tmp_path / "harbour"
    (root / "_news").mkdir(parents=True)
    (root / PATH).write_bytes(WAYS[way])
    git.init(root, when=NOON)
    assert run("import_content", root).code == 0
    title = 'title="A tug\'s “crew”: none"'
    assert run("set_fields", PATH, title, "--as", "ben", "--reason", "shorter").code == 0
    assert run("publish", PATH, "--as", "ben").code == 0
    assert run("export_content").code == 0
    end = "\r" if way == "crlf" else ""
    assert [line.decode() for line in diff_of(root)] == [
        f'-title: "Harbour pilots test a tug that steers itself"{end}',
        f'+title: "A tug\'s “crew”: none"{end}',
        f"-published: false{end}",
        f"+published: true{end}",
    ]
    assert run("export_content").out.startswith("harbour: 0 files: nothing to do")
    assert run("import_content", root, "--json").facts["unchanged"] == 1


@pytest.fixture
def decided(imported: Path, ben: User) -> Path:
    """The site, with a new title that is not written yet."""
    assert run("set_fields", PATH, "title=A tug", "--as", "ben").code == 0
    return imported


def test_a_diff_stands_alone_on_stdout(decided: Path) -> None:
    done = run("export_content", "--diff")
    assert done.code == 0
    assert done.out.splitlines()[:2] == [f"--- a/{PATH}", f"+++ b/{PATH}"]
    assert [line for line in done.out.splitlines()[2:] if line[0] in "+-"] == [
        '-title: "Harbour pilots test a tug that steers itself"',
        '+title: "A tug"',
    ]
    assert done.err.startswith("harbour: 1 files: 1 written")


def test_the_diff_is_a_key_of_the_report(decided: Path) -> None:
    done = run("export_content", "--diff", "--json")
    assert done.facts["diff"].startswith(f"--- a/{PATH}\n+++ b/{PATH}\n@@ ")
    assert done.facts["written"] == 1
    assert "diff" not in run("export_content", "--json").facts


def test_the_diff_is_one_that_git_applies(decided: Path) -> None:
    git.init(decided, when=NOON)
    diff = run("export_content", "--diff", "--dry-run").out
    subprocess.run(["git", "apply", "-"], cwd=decided, input=diff.encode(), check=True)
    assert (decided / PATH).read_text() == changed(("Harbour pilots test a tug that steers itself", "A tug"))


def test_a_dry_run_says_what_would_be_written(decided: Path) -> None:
    done = run("export_content", "--dry-run")
    assert (done.code, done.out.splitlines()[0]) == (2, f"would write {PATH}")
    assert (decided / PATH).read_text() == ARTICLE
    assert run("export_content", "--dry-run", "--json").facts["plan"] == [{"act": "write", "path": PATH}]
    assert run("export_content").code == 0
    assert run("export_content", "--dry-run").code == 0


def test_a_file_that_moved_on_is_left_alone(decided: Path) -> None:
    write_files(decided, {PATH: changed(("barge", "ship"))})
    done = run("export_content")
    assert done.code == 1
    assert f"{PATH}: error: The file changed since it was last read." in done.out
    assert (decided / PATH).read_text() == changed(("barge", "ship"))


def test_it_commits_what_it_wrote(decided: Path) -> None:
    git.init(decided, when=NOON)
    done = run("export_content", "--commit", "--json")
    assert (done.code, done.facts["commit"]) == (0, git.head(decided))
    assert diff_of(decided) == []


def test_it_writes_the_whole_site_elsewhere(decided: Path, tmp_path: Path) -> None:
    (decided / "_news/other.md").unlink()
    import_site(decided, at=NOON)
    write_files(decided, {PATH: "no longer readable"})
    done = run("export_content", "--to", tmp_path / "copy" / "deep", "--json")
    assert (done.code, done.facts["written"], done.facts["root"]) == (0, 1, str(tmp_path / "copy" / "deep"))
    assert (tmp_path / "copy" / "deep" / PATH).read_text() == changed(
        ("Harbour pilots test a tug that steers itself", "A tug")
    )
    assert run("export_content", "--to", tmp_path / "copy" / "deep", "--dry-run").code == 0


def test_it_takes_away_what_a_killed_run_left(decided: Path) -> None:
    left = decided / "_news" / ".tug.md.newsroom-0123456789ab.tmp"
    left.write_text("half")
    assert run("export_content", "--dry-run").code == 2
    assert left.exists()
    assert run("export_content").code == 0
    assert not left.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--site", "lighthouse"], "There is no site 'lighthouse'. There are: harbour."),
        (["--commit", "--to", "/nowhere"], "--commit is for the site's own folder."),
        (["--commit"], "is in no git repository"),
        (["--to", "ROOT/_news"], "holds the site's own files or lies among them"),
        (["--to", "ROOT/_news/other.md/x"], "holds the site's own files or lies among them"),
        (["surplus"], "Unrecognized arguments: surplus"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.broad(3)
def test_it_does_not_start(decided: Path, arguments: list[str], said: str) -> None:
    done = run("export_content", *(one.replace("ROOT", str(decided)) for one in arguments))
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    assert (decided / PATH).read_text() == ARTICLE


def test_it_does_not_start_where_the_folder_is_gone(decided: Path) -> None:
    decided.rename(decided.with_name("moved"))
    done = run("export_content")
    assert done.code == 3
    assert "cannot be read" in done.err


def test_it_does_not_start_without_a_site() -> None:
    assert run("export_content").err == "There is no site yet. Read one with import_content ROOT."


def test_it_asks_which_of_several_sites(imported: Path, tmp_path: Path) -> None:
    import_site(write_files(tmp_path / "lighthouse", {PATH: ARTICLE}), at=NOON)
    done = run("export_content")
    assert (done.code, done.err) == (3, "There are several sites: harbour, lighthouse. Name one with --site.")
    assert run("export_content", "--site", "lighthouse").code == 0


def test_it_does_not_start_while_another_run_holds_the_site(decided: Path) -> None:
    with site_lock(locks(), "harbour", holder="import_content"):
        done = run("export_content")
        rehearsed = run("export_content", "--dry-run")
    assert (done.code, rehearsed.code) == (3, 2)
    assert "import_content" in done.err


def test_a_real_site_goes_out_as_it_came(corpus: Path, tmp_path: Path) -> None:
    assert run("import_content", corpus, "--site", "real", "--collection", "_news", "_samples").code == 0
    assert run("import_content", corpus, "--site", "real", "--collection", "_news", "_samples").code == 0
    done = run("export_content", "--to", tmp_path / "copy", "--json")
    files = {path.relative_to(corpus) for name in ("_news", "_samples") for path in (corpus / name).rglob("*.md")}
    assert (done.code, done.facts["written"]) == (0, len(files))
    for path in files:
        assert (tmp_path / "copy" / path).read_bytes() == (corpus / path).read_bytes(), path
