"""One commit of exactly our files, in real repositories that are dirty, odd, hostile or in the middle of something."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from articles import git
from articles.git import GitRefused, NotARepository, drafting, repository

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=timezone(timedelta(hours=1)))
SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
PERSON = {
    "GIT_AUTHOR_NAME": "Crawler", "GIT_AUTHOR_EMAIL": "crawler@example.com",
    "GIT_COMMITTER_NAME": "Crawler", "GIT_COMMITTER_EMAIL": "crawler@example.com",
}  # fmt: skip


def run(folder: Path, *command: str, may_fail: bool = False) -> str:
    """What git prints, for a person with git's own defaults."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, **SETTINGS, **PERSON}
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", *command], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert may_fail or done.returncode == 0, done.stderr.decode()
    return os.fsdecode(done.stdout)


def put(root: Path, path: str, data: bytes = b"old\n") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def begin(root: Path, *paths: str, options: tuple[str, ...] = ()) -> Path:
    """A repository with one commit of these paths, each holding `old`."""
    root.mkdir(parents=True, exist_ok=True)
    run(root, "init", "--quiet", "--template=", "--initial-branch=main", *options)
    for path in paths:
        put(root, path)
    if paths:
        run(root, "add", "--all")
        run(root, "commit", "--quiet", "--message=begin")
    return root


def commit(root: Path, *paths: str, message: str = "Publish two articles") -> str:
    return git.commit(root, paths, message=message, author_name="Ada Editor", author_email="ada@example.com", when=NOON)


def status(root: Path) -> list[str]:
    return run(root, "status", "--porcelain").splitlines()


def changed(root: Path) -> list[str]:
    """What the last commit changed."""
    return run(root, "show", "--format=", "--name-status", "-z").replace("\0", " ").split()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return begin(tmp_path_factory.mktemp("template"), "_news/a.md", "_news/b.md", "_news/c.md")


@pytest.fixture
def site(tmp_path: Path, template: Path) -> Path:
    return shutil.copytree(template, tmp_path / "site")


# The commit


def test_it_commits_the_files_that_it_is_given(site: Path) -> None:
    put(site, "_news/a.md", b"new\n")
    put(site, "_news/new.md", b"new\n")
    made = commit(site, "_news/a.md", "_news/new.md")
    assert made == run(site, "rev-parse", "main").strip() == git.head(site)
    assert changed(site) == ["M", "_news/a.md", "A", "_news/new.md"]
    assert status(site) == []


def test_it_says_who_decided_what_and_when(site: Path) -> None:
    put(site, "_news/a.md", b"new\n")
    commit(site, "_news/a.md", message="Publish “a”\n\nIt was due.\n")
    form = "%an|%ae|%aI|%cn|%ce|%cI|%B"
    assert run(site, "log", "-1", f"--format={form}") == (
        "Ada Editor|ada@example.com|2026-03-04T12:00:00+01:00|"
        "Ada Editor|ada@example.com|2026-03-04T12:00:00+01:00|Publish “a”\n\nIt was due.\n\n"
    )
    assert run(site, "log", "-1", "--walk-reflogs", "--format=%gs") == "commit: Publish “a”\n"


@pytest.mark.parametrize(
    ("name", "email", "author"),
    [
        pytest.param("Ada", "", "Ada <>", id="no address"),
        pytest.param("", "ada@example.com", "Unnamed <ada@example.com>", id="no name"),
        pytest.param(" <.,> ", "a@example.com", "Unnamed <a@example.com>", id="a name of nothing git keeps"),
        pytest.param("Ada\nauthor x <y>", "a>\0b", "Adaauthor x y <ab>", id="forged lines"),
        pytest.param("Адa 日本 🗞", "a@example.com", "Адa 日本 🗞 <a@example.com>", id="other letters"),
        pytest.param("Ada \udce9", "a@example.com", "Ada <a@example.com>", id="not UTF-8"),
    ],
)
@pytest.mark.broad(3)
def test_any_name_can_commit(site: Path, name: str, email: str, author: str) -> None:
    put(site, "_news/a.md", b"new\n")
    git.commit(site, ["_news/a.md"], message="x", author_name=name, author_email=email, when=NOON)
    assert run(site, "log", "-1", "--format=%an <%ae>").strip() == author


@pytest.mark.parametrize(
    ("message", "kept"),
    [("", ""), ("  x  \n\n", "x"), ("a\0b", "ab"), ("# 1\nfrom x\nM 100644", "# 1\nfrom x\nM 100644"), ("\ud800", "?")],
    ids=["empty", "blank", "NUL", "like a command", "half a pair"],
)
@pytest.mark.broad(3)
def test_any_message_is_kept(site: Path, message: str, kept: str) -> None:
    put(site, "_news/a.md", b"new\n")
    commit(site, "_news/a.md", message=message)
    assert run(site, "log", "-1", "--format=%B").strip() == kept


def test_a_time_without_zone_is_a_mistake(site: Path) -> None:
    put(site, "_news/a.md", b"new\n")
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        git.commit(site, ["_news/a.md"], message="x", author_name="a", author_email="b", when=naive)


def test_what_else_is_changed_or_staged_stays_so(site: Path) -> None:
    put(site, "_news/a.md", b"ours\n")
    put(site, "_news/b.md", b"staged\n")
    put(site, "staged.md")
    run(site, "add", "_news/b.md", "staged.md")
    put(site, "_news/b.md", b"changed once more\n")
    put(site, "_news/c.md", b"changed\n")
    put(site, "untracked.md")
    before = ["MM _news/b.md", " M _news/c.md", "A  staged.md", "?? untracked.md"]
    assert status(site) == [" M _news/a.md", *before]
    commit(site, "_news/a.md")
    assert changed(site) == ["M", "_news/a.md"]
    assert status(site) == before
    assert run(site, "show", ":_news/b.md") == "staged\n"


def test_a_deletion_that_is_staged_stays_staged(site: Path) -> None:
    run(site, "rm", "--quiet", "_news/b.md")
    put(site, "_news/a.md", b"ours\n")
    commit(site, "_news/a.md")
    assert changed(site) == ["M", "_news/a.md"]
    assert status(site) == ["D  _news/b.md"]


def test_of_our_files_the_disk_counts_and_not_what_was_staged(site: Path) -> None:
    put(site, "_news/a.md", b"staged\n")
    run(site, "add", "_news/a.md")
    put(site, "_news/a.md", b"on disk\n")
    commit(site, "_news/a.md")
    assert run(site, "show", "HEAD:_news/a.md") == "on disk\n"
    assert status(site) == []


def test_nothing_to_commit_makes_no_commit(site: Path) -> None:
    before = git.head(site)
    put(site, "_news/b.md", b"another's\n")
    assert commit(site, "_news/a.md") == ""
    assert commit(site) == ""
    assert git.head(site) == before
    assert status(site) == [" M _news/b.md"]


def test_a_file_that_is_gone_is_left_out(site: Path) -> None:
    (site / "_news" / "a.md").unlink()
    put(site, "_news/b.md", b"new\n")
    commit(site, "_news/a.md", "_news/b.md", "never/there.md")
    assert changed(site) == ["M", "_news/b.md"]
    assert status(site) == [" D _news/a.md"]
    assert commit(site, "_news/a.md") == ""


def test_a_path_given_twice_is_committed_once(site: Path) -> None:
    put(site, "_news/a.md", b"new\n")
    commit(site, "_news/a.md", "_news/a.md")
    assert changed(site) == ["M", "_news/a.md"]


def test_two_files_may_hold_the_same(site: Path) -> None:
    for name in ("a", "b"):
        put(site, f"_news/{name}.md", b"same\n")
    commit(site, "_news/a.md", "_news/b.md")
    assert status(site) == [] and changed(site) == ["M", "_news/a.md", "M", "_news/b.md"]


BYTES = {
    "empty": b"",
    "crlf": b"a\r\nb\r\n",
    "mixed": b"a\r\nb\nc\r\n",
    "bom": b"\xef\xbb\xbfx",
    "binary": b"\xff\xfe\0",
    "open end": b"no line break",
    "like a command": b"blob\nmark :1\ndata 9\n",
}


@pytest.mark.parametrize(
    "rule", ["text=auto", "text eol=lf", "text eol=crlf", "ident working-tree-encoding=UTF-16", "filter=upper"]
)
@pytest.mark.broad(3)
def test_bytes_go_in_as_they_are(tmp_path: Path, rule: str) -> None:
    site = begin(tmp_path)
    run(site, "config", "core.autocrlf", "true")
    run(site, "config", "filter.upper.clean", "tr a-z A-Z")
    put(site, ".gitattributes", f"* {rule}".encode())
    for name, data in BYTES.items():
        put(site, f"{name}.md", data)
    commit(site, *(f"{name}.md" for name in BYTES))
    stored = {name: os.fsencode(run(site, "cat-file", "blob", f"HEAD:{name}.md")) for name in BYTES}
    assert stored == BYTES


@pytest.mark.parametrize("file_mode", ["true", "false"])
def test_the_last_commits_mode_is_kept(site: Path, file_mode: str) -> None:
    run(site, "update-index", "--chmod=+x", "_news/a.md")
    run(site, "commit", "--quiet", "--message=executable")
    run(site, "config", "core.fileMode", file_mode)
    for name in ("a", "b", "new"):
        put(site, f"_news/{name}.md", b"new\n").chmod(0o644 if name == "a" else 0o755)
    commit(site, "_news/a.md", "_news/b.md", "_news/new.md")
    modes = [line.split()[0] for line in run(site, "ls-tree", "-r", "HEAD").splitlines()]
    assert modes == ["100755", "100644", "100644", "100644"]
    assert run(site, "diff", "--cached", "--name-only") == ""


def test_an_executable_file_that_did_not_change_makes_no_commit(site: Path) -> None:
    run(site, "update-index", "--chmod=+x", "_news/a.md")
    run(site, "commit", "--quiet", "--message=executable")
    before = git.head(site)
    assert commit(site, "_news/a.md") == ""
    assert git.head(site) == before


ODD_NAMES = [
    "-x.md", "--all.md", ":(top)x.md", "*.md", "a b.md", " a.md", "a .md", "\"a\".md", "a'b.md", "a\\b.md", "a\\nb.md",
    "Ünïcödé 日本.md", "🗞.md", "$(touch x).md", "a;b&c|d.md", "#x.md", "!x.md", "a\u202eb.md", "~x.md", "HEAD.md",
]  # fmt: skip


def test_odd_names_are_names(tmp_path: Path) -> None:
    site = begin(tmp_path, "_news/a.md")
    paths = [f"_news/{name}" for name in ODD_NAMES] + [f"{name} folder/x.md" for name in ODD_NAMES]
    for path in paths:
        put(site, path)
    commit(site, *paths)
    listed = run(site, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")
    assert sorted(listed) == sorted(["", "_news/a.md", *paths])
    assert status(site) == []


def test_the_content_may_be_a_folder_of_a_repository(tmp_path: Path) -> None:
    top = begin(tmp_path / "all", "web site/_news/a.md", "_news/a.md")
    put(top, "web site/_news/a.md", b"new\n")
    put(top, "_news/a.md", b"another's\n")
    commit(top / "web site", "_news/a.md")
    assert changed(top) == ["M", "web", "site/_news/a.md"]
    assert status(top) == [" M _news/a.md"]


def test_the_content_may_be_reached_through_a_link(site: Path) -> None:
    put(site, "_news/a.md", b"new\n")
    (site.parent / "current").symlink_to("site")
    commit(site.parent / "current", "_news/a.md")
    assert status(site) == []


def test_the_first_commit_of_a_repository_may_be_ours(tmp_path: Path) -> None:
    site = begin(tmp_path)
    put(site, "_news/a.md")
    put(site, "staged.md")
    run(site, "add", "staged.md")
    assert git.head(site) == ""
    made = commit(site, "_news/a.md")
    assert git.head(site) == made
    assert run(site, "rev-list", "--count", "HEAD") == "1\n"
    assert status(site) == ["A  staged.md"]


def test_a_second_working_tree_has_its_own_branch(site: Path) -> None:
    run(site, "worktree", "add", "--quiet", "-b", "desk", "../desk")
    put(site.parent / "desk", "_news/a.md", b"new\n")
    made = commit(site.parent / "desk", "_news/a.md")
    assert run(site, "rev-parse", "desk").strip() == made
    assert run(site, "rev-list", "--count", "main") == "1\n"
    assert status(site) == status(site.parent / "desk") == []


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(["index.version=4", "core.untrackedCache=true", "core.ignoreCase=true"], id="index 4"),
        pytest.param(["core.splitIndex=true"], id="split index"),
        pytest.param(["index.sparse=true", "core.sparseCheckout=true", "core.sparseCheckoutCone=true"], id="sparse"),
    ],
)
@pytest.mark.broad(3)
def test_repositories_are_set_up_in_many_ways(site: Path, settings: list[str]) -> None:
    for setting in settings:
        run(site, "config", *setting.split("="))
    put(site, "_news/b.md", b"staged\n")
    run(site, "add", "_news/b.md")
    put(site, "_news/a.md", b"new\n")
    commit(site, "_news/a.md")
    assert changed(site) == ["M", "_news/a.md"]
    assert status(site) == ["M  _news/b.md"]


def test_a_repository_may_use_sha256(tmp_path: Path) -> None:
    site = begin(tmp_path, "a.md", options=("--object-format=sha256",))
    put(site, "a.md", b"new\n")
    assert len(commit(site, "a.md")) == 64
    assert status(site) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_repository_may_belong_to_another_user(site: Path) -> None:
    for path in (site, *site.rglob("*")):
        os.chown(path, 1234, 1234)
    put(site, "_news/a.md", b"new\n")
    commit(site, "_news/a.md")
    assert changed(site) == ["M", "_news/a.md"]


def test_the_callers_environment_leads_nowhere(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = begin(site.parent / "other", "x.md")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody else")
    put(site, "_news/a.md", b"new\n")
    commit(site, "_news/a.md")
    assert status(site) == status(other) == []
    assert run(site, "log", "-1", "--format=%an") == "Ada Editor\n"


@pytest.mark.thorough
def test_a_thousand_files_take_no_more_processes_than_one(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = subprocess.run

    def counted(command: list[str], **options: Any) -> Any:
        calls.append(command[-1])
        return real(command, **options)

    paths = [f"_news/{number}.md" for number in range(1000)]
    for number, path in enumerate(paths):
        put(site, path, b"%d\n" % number)
    monkeypatch.setattr(subprocess, "run", counted)
    commit(site, *paths)
    monkeypatch.undo()
    assert len(calls) == 12
    assert len(changed(site)) == 2000
    assert status(site) == []


# Nothing of the repository's own runs

HOOKS = [
    "pre-commit", "commit-msg", "prepare-commit-msg", "post-commit", "post-index-change", "reference-transaction",
    "post-checkout", "post-rewrite", "pre-auto-gc", "update", "post-update", "fsmonitor-watchman",
]  # fmt: skip


@pytest.fixture
def hostile(site: Path) -> Path:
    """A repository in which everything that can be set to run something leaves `ran` beside it."""
    trap = put(site.parent, "trap", b'#!/bin/sh\necho "$0 $*" >> %s\ncat\n' % os.fsencode(site.parent / "ran"))
    trap.chmod(0o755)
    for folder in (".git/hooks", ".hooks"):
        for hook in HOOKS:
            put(site, f"{folder}/{hook}", trap.read_bytes()).chmod(0o755)
    put(site, ".gitattributes", b"* filter=trap diff=trap merge=trap text=auto\n_news/b.md filter=a=b.c\n")
    settings = {
        "core.hooksPath": ".hooks", "core.fsmonitor": trap, "core.sshCommand": trap, "core.pager": trap,
        "core.editor": trap, "core.askPass": trap, "core.gitProxy": trap, "core.alternateRefsCommand": trap,
        "filter.trap.clean": trap, "filter.trap.smudge": trap, "filter.trap.process": trap,
        "filter.trap.required": "true", "diff.trap.command": trap, "diff.trap.textconv": trap, "diff.external": trap,
        "merge.trap.driver": trap, "gpg.program": trap, "gpg.ssh.program": trap, "commit.gpgSign": "true",
        "tag.gpgSign": "true", "user.signingKey": "x", "credential.helper": trap, "sequence.editor": trap,
        "uploadpack.packObjectsHook": trap, "gc.auto": "1", "alias.commit-tree": f"!{trap}",
        "alias.fast-import": f"!{trap}", "filter.a=b.c.clean": trap, "core.autocrlf": "true", "core.safecrlf": "true",
    }  # fmt: skip
    for name, value in settings.items():
        run(site, "config", name, str(value))
    return site


def test_nothing_of_the_repositorys_own_runs(hostile: Path) -> None:
    put(hostile, "_news/a.md", b"new\r\n")
    made = commit(hostile, "_news/a.md")
    assert git.is_repository(hostile)
    assert git.head(hostile) == made
    assert commit(hostile, "_news/a.md") == ""
    assert not (hostile.parent / "ran").exists()
    run(hostile, "commit", "--allow-empty", "--no-gpg-sign", "--message=x", may_fail=True)
    assert (hostile.parent / "ran").exists(), "the trap itself works"


def test_missing_objects_are_not_fetched(site: Path) -> None:
    trap = put(site.parent, "trap", b"#!/bin/sh\necho >> %s\n" % os.fsencode(site.parent / "ran"))
    trap.chmod(0o755)
    for setting in ("extensions.partialClone=origin", "remote.origin.promisor=true", "core.repositoryFormatVersion=1",
                    "remote.origin.url=ssh://git.example.com/x", f"core.sshCommand={trap}",
                    f"remote.origin.uploadpack={trap}", "protocol.ext.allow=always"):  # fmt: skip
        run(site, "config", *setting.split("=", 1))
    folder = run(site, "rev-parse", "HEAD:_news").strip()
    (site / ".git" / "objects" / folder[:2] / folder[2:]).unlink()
    put(site, "_news/a.md", b"new\n")
    with pytest.raises(GitRefused, match="git read-tree failed"):
        commit(site, "_news/a.md")
    assert not (site.parent / "ran").exists()


def test_replaced_objects_do_not_count(site: Path) -> None:
    put(site, "_news/b.md", b"replaced\n")
    run(site, "commit", "--quiet", "--all", "--message=another")
    first = run(site, "rev-parse", "HEAD^").strip()
    run(site, "replace", first, "HEAD")
    run(site, "reset", "--quiet", "--hard", first)
    put(site, "_news/a.md", b"new\n")
    put(site, "_news/b.md", b"old\n")
    commit(site, "_news/a.md")
    run(site, "replace", "--delete", first)
    assert changed(site) == ["M", "_news/a.md"]


def test_a_git_in_the_content_is_not_taken_for_git(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(site, "git", b"#!/bin/sh\ntouch %s\n" % os.fsencode(site.parent / "ran")).chmod(0o755)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    monkeypatch.chdir(site)
    put(site, "_news/a.md", b"new\n")
    commit(site, "_news/a.md")
    assert not (site.parent / "ran").exists()


# Refusals


@pytest.fixture
def untouched(site: Path) -> Callable[[], None]:
    """Asks that neither the branch nor the index changed since."""
    put(site, "_news/a.md", b"new\n")

    def state() -> tuple[str, str]:
        return run(site, "rev-parse", "main"), run(site, "diff", "--cached")

    before = state()

    def check() -> None:
        assert state() == before

    return check


def test_a_folder_in_no_repository_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "_news/a.md")
    with pytest.raises(NotARepository, match=r"is in no git repository \(not a git repository.*run `git init` in it"):
        commit(tmp_path, "_news/a.md")
    assert not git.is_repository(tmp_path)


@pytest.mark.parametrize("folder", ["gone", "_news/a.md", ".git", ".git/refs"])
def test_a_place_without_a_working_copy_is_refused(site: Path, folder: str) -> None:
    with pytest.raises(NotARepository):
        commit(site / folder, "a.md")
    assert not git.is_repository(site / folder)


def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    begin(tmp_path, options=("--bare",))
    with pytest.raises(NotARepository, match="bare repository, which has no files"):
        commit(tmp_path, "a.md")


def test_a_site_that_the_project_around_it_ignores_is_not_committed_there(site: Path) -> None:
    put(site, ".gitignore", b"var/\n")
    put(site, "var/demo/_news/a.md")
    with pytest.raises(NotARepository, match="is ignored by the repository in"):
        commit(site / "var" / "demo", "_news/a.md")
    assert not git.is_repository(site / "var" / "demo")
    assert git.is_repository(site / "_news")


@pytest.mark.broad(3)
def test_it_does_not_get_into_what_is_unfinished(site: Path, untouched: Callable[[], None]) -> None:
    markers = {
        "MERGE_HEAD": "a merge",
        "CHERRY_PICK_HEAD": "a cherry-pick",
        "REVERT_HEAD": "a revert",
        "rebase-merge/head-name": "a rebase",
        "rebase-apply/applying": "a rebase",
        "sequencer/todo": "a cherry-pick or revert",
        "BISECT_LOG": "a bisect",
    }
    said = {}
    for marker in markers:
        put(site, f".git/{marker}", b"")
        with pytest.raises(GitRefused) as refused:
            commit(site, "_news/a.md")
        said[marker] = str(refused.value)
        with pytest.raises(GitRefused, match="in the middle of"):
            git.require_ready(site)
        (site / ".git" / marker).unlink()
        if "/" in marker:
            (site / ".git" / marker).parent.rmdir()
    advice = "finish or abort it (`git status` says how), then commit again."
    assert said == {marker: f"{site} is in the middle of {act}; {advice}" for marker, act in markers.items()}
    untouched()
    git.require_ready(site)


@pytest.mark.parametrize("act", ["merge", "cherry-pick", "rebase"])
def test_it_does_not_get_into_a_real_conflict(site: Path, act: str) -> None:
    run(site, "checkout", "--quiet", "-b", "other")
    put(site, "_news/a.md", b"theirs\n")
    run(site, "commit", "--quiet", "--all", "--message=theirs")
    run(site, "checkout", "--quiet", "main")
    put(site, "_news/a.md", b"mine\n")
    run(site, "commit", "--quiet", "--all", "--message=mine")
    run(site, act, "other", may_fail=True)
    put(site, "_news/b.md", b"new\n")
    with pytest.raises(GitRefused, match=f"in the middle of a {act};"):
        commit(site, "_news/b.md")


def test_a_detached_head_is_refused(site: Path, untouched: Callable[[], None]) -> None:
    run(site, "checkout", "--quiet", "--detach")
    with pytest.raises(GitRefused, match=r"is on no branch \(detached HEAD\); switch to one, then commit again\."):
        commit(site, "_news/a.md")
    untouched()


def test_a_locked_index_is_refused(site: Path, untouched: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "PATIENCE_SECONDS", 0.1)
    lock = put(site, ".git/index.lock", b"")
    with pytest.raises(GitRefused, match=r"Another git command is at work in .*/site; wait, or remove .*index\.lock"):
        commit(site, "_news/a.md")
    lock.unlink()
    untouched()


def test_a_lock_that_goes_soon_is_waited_for(site: Path) -> None:
    lock = put(site, ".git/index.lock", b"")
    put(site, "_news/a.md", b"new\n")
    other = Timer(0.2, lock.unlink)
    other.start()
    commit(site, "_news/a.md")
    other.join()
    assert status(site) == []


def test_a_branch_that_cannot_be_read_is_not_begun_anew(site: Path) -> None:
    put(site, ".git/refs/heads/main", b"0123456789012345678901234567890123456789\n")
    put(site, "_news/a.md", b"new\n")
    with pytest.raises(GitRefused, match=r"git (rev-parse|update-ref) failed"):
        commit(site, "_news/a.md")
    assert (site / ".git/refs/heads/main").read_bytes() == b"0123456789012345678901234567890123456789\n"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda file: file.symlink_to("b.md"), "symbolic link", id="link"),
        pytest.param(os.mkfifo, "named pipe", id="pipe"),
        pytest.param(lambda file: file.mkdir(), "a folder", id="folder"),
    ],
)
def test_what_is_no_file_is_refused(
    site: Path, untouched: Callable[[], None], make: Callable[[Path], None], words: str
) -> None:
    (site / "_news" / "a.md").unlink()
    make(site / "_news" / "a.md")
    with pytest.raises(GitRefused, match=f"^_news/a.md cannot be committed: .*{words}"):
        commit(site, "_news/a.md")
    untouched()


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", ".git/config", "_news/../.git/config"])
def test_a_path_that_is_no_content_is_refused(site: Path, untouched: Callable[[], None], path: str) -> None:
    put(site.parent, "secret")
    with pytest.raises(GitRefused, match="cannot be committed"):
        commit(site, path)
    untouched()


def test_a_folder_behind_a_link_is_refused(site: Path, untouched: Callable[[], None]) -> None:
    put(site.parent, "outside/x.md", b"secret")
    (site / "more").symlink_to(site.parent / "outside")
    with pytest.raises(GitRefused, match="symbolic link"):
        commit(site, "more/x.md")
    untouched()


@pytest.mark.parametrize(
    ("tracked", "now", "words"),
    [
        pytest.param("x", "x/a.md", "would also change x;", id="a file becomes a folder"),
        pytest.param("x.md/a.md", "x.md", r"would also change x\.md/a\.md;", id="a folder becomes a file"),
    ],
)
def test_it_does_not_push_other_files_out_of_the_tree(tmp_path: Path, tracked: str, now: str, words: str) -> None:
    site = begin(tmp_path, tracked)
    top = site / tracked.partition("/")[0]
    shutil.rmtree(top) if top.is_dir() else top.unlink()
    put(site, now)
    before = git.head(site)
    with pytest.raises(GitRefused, match=words):
        commit(site, now)
    assert git.head(site) == before
    assert run(site, "diff", "--cached") == ""


def test_a_file_in_a_submodule_is_refused(site: Path) -> None:
    inner = begin(site / "inner", "x.md")
    run(site, "add", "inner")
    run(site, "commit", "--quiet", "--message=submodule")
    put(inner, "x.md", b"new\n")
    with pytest.raises(GitRefused, match="would also change inner;"):
        commit(site, "inner/x.md")


def test_a_branch_that_moves_meanwhile_is_not_moved_back(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(site, "_news/a.md", b"new\n")
    real = subprocess.run

    def overtaken(command: list[str], **options: Any) -> Any:
        if "update-ref" in command:
            monkeypatch.undo()
            run(site, "commit", "--quiet", "--allow-empty", "--only", "--message=faster")
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", overtaken)
    with pytest.raises(GitRefused, match=r"If the branch moved on meanwhile, commit again\.$"):
        commit(site, "_news/a.md")
    assert run(site, "log", "--format=%s") == "faster\nbegin\n"
    assert commit(site, "_news/a.md")
    assert changed(site) == ["M", "_news/a.md"]
    assert status(site) == []


def test_a_missing_git_is_told(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not git.is_repository(site)
    with pytest.raises(GitRefused, match="not installed"):
        commit(site, "_news/a.md")


@pytest.mark.thorough
def test_a_git_that_hangs_is_given_up(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(site / "pipe")
    run(site, "config", "include.path", str(site / "pipe"))
    monkeypatch.setattr(repository, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(GitRefused, match=r"did not answer within 0\.2 seconds"):
        commit(site, "_news/a.md")


# Cut short


class Cut(BaseException):
    """Stands for a kill."""


@pytest.mark.thorough
def test_a_commit_cut_short_after_any_step_is_made_by_the_next_run(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.run
    found = []
    for last in range(1, 13):
        site = shutil.copytree(template, tmp_path / str(last))
        put(site, "_news/b.md", b"staged\n")
        run(site, "add", "_news/b.md")
        put(site, "_news/a.md", b"new\n")
        steps = count(1)

        def cut(command: list[str], last: int = last, steps: Iterator[int] = steps, **options: Any) -> Any:
            done = real(command, **options)
            if next(steps) == last:
                raise Cut
            return done

        monkeypatch.setattr(subprocess, "run", cut)
        with pytest.raises(Cut):
            commit(site, "_news/a.md")
        monkeypatch.undo()
        found.append(status(site))
        commit(site, "_news/a.md")
        assert status(site) == ["M  _news/b.md"]
        assert run(site, "log", "--format=%s") == "Publish two articles\nbegin\n"
    waiting, staged, done = [" M _news/a.md", "M  _news/b.md"], ["M  _news/a.md", "M  _news/b.md"], ["M  _news/b.md"]
    assert found == [waiting] * 10 + [staged, done]


@pytest.mark.parametrize(
    "step", ["fast-import", "read-tree", "update-index", "write-tree", "diff-tree", "config", "update-ref"]
)
@pytest.mark.broad(3)
def test_a_step_that_fails_is_told_and_moves_no_branch(site: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    real = subprocess.run

    def failing(command: list[str], **options: Any) -> Any:
        if step in command:
            return subprocess.CompletedProcess(command, 128, b"", b"fatal: No space left on device\nmore\n")
        return real(command, **options)

    put(site, "_news/a.md", b"new\n")
    before = git.head(site)
    monkeypatch.setattr(subprocess, "run", failing)
    with pytest.raises(GitRefused) as refused:
        commit(site, "_news/a.md")
    said = f"git {step} failed in {site}: No space left on device; nothing was committed."
    assert str(refused.value).startswith(said)
    monkeypatch.undo()
    assert git.head(site) == before


@pytest.mark.parametrize("name", ["_file_with", "TemporaryFile", "TemporaryDirectory", "Popen"])
@pytest.mark.broad(3)
def test_a_system_that_refuses_is_told(site: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """No room for a temporary file, no memory for a process."""

    def refusing(*arguments: Any, **options: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    put(site, "_news/a.md", b"new\n")
    owner = {"_file_with": repository, "Popen": subprocess}.get(name, drafting)
    monkeypatch.setattr(owner, name, refusing)
    with pytest.raises(GitRefused, match=r"\(No space left on device\); mend that, then commit again\.$"):
        commit(site, "_news/a.md")
    monkeypatch.undo()
    assert commit(site, "_news/a.md")
    assert status(site) == []


@pytest.mark.thorough
def test_git_gets_all_of_its_feed_and_ends_also_when_its_caller_is_killed(site: Path) -> None:
    """The caller's whole group is killed while git reads; what git was told it does, and leaves no lock behind."""
    paths = [f"_news/{number:05}-{'x' * 200}.md" for number in range(2000)]  # more than a pipe holds
    program = (
        "import os, signal, sys, subprocess; from pathlib import Path; from articles.git import repository\n"
        "real = subprocess.Popen.communicate\n"
        "def communicate(self, *arguments, **options):\n"
        "    if 'update-index' in self.args: os.killpg(0, signal.SIGKILL)\n"
        "    return real(self, *arguments, **options)\n"
        "subprocess.Popen.communicate = communicate\n"
        "lines = sys.stdin.buffer.read()\n"
        "repository.find(Path(sys.argv[1])).run('update-index', '-z', '--index-info', feed=lines)\n"
    )
    blob = run(site, "rev-parse", "HEAD:_news/a.md").strip()
    done = subprocess.run(
        [sys.executable, "-c", program, site],
        input="".join(f"100644 {blob}\t{path}\0" for path in paths).encode(),
        cwd=Path(__file__).parents[1],
        start_new_session=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert not repository._stays(site / ".git" / "index.lock")
    until = time.monotonic() + 5
    while not (staged := run(site, "diff", "--cached", "--name-only").split()) and time.monotonic() < until:
        time.sleep(0.05)
    assert staged == paths


# A repository of our own


def test_a_new_repository_holds_everything_but_what_is_hidden(tmp_path: Path) -> None:
    for path in ("_config.yml", "_news/a.md", "_data/topics/01-x.yaml", "images/x.png", ".env", "x.md~"):
        put(tmp_path, path, b"x\r\n")
    made = git.init(tmp_path, when=datetime(2026, 3, 4, tzinfo=UTC))
    assert run(tmp_path, "log", "--format=%H %an <%ae> %aI %s %D").strip() == (
        f"{made} Crawler <crawler@example.com> 2026-03-04T00:00:00+00:00 Begin the site HEAD -> main"
    )
    listed = run(tmp_path, "ls-files").split()
    assert listed == ["_config.yml", "_data/topics/01-x.yaml", "_news/a.md", "images/x.png"]
    assert status(tmp_path) == ["?? .env", "?? x.md~"]


def test_a_new_repository_inside_another_is_its_own(site: Path) -> None:
    put(site, ".gitignore", b"var/\n")
    put(site, "var/demo/a.md")
    before = git.head(site)
    made = git.init(site / "var" / "demo", when=NOON)
    assert git.head(site / "var" / "demo") == made
    assert git.head(site) == before


def test_a_repository_is_not_begun_twice(site: Path) -> None:
    before = git.head(site)
    with pytest.raises(GitRefused, match="is a repository already"):
        git.init(site, when=NOON)
    assert git.head(site) == before


def test_an_empty_folder_becomes_an_unborn_repository(tmp_path: Path) -> None:
    assert git.init(tmp_path, when=NOON) == ""
    assert git.is_repository(tmp_path)
    assert git.head(tmp_path) == ""
