"""A file of a content root is old or new, never between, and nobody's newer words are written over."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from articles.content.problems import ProblemError
from articles.content.tree import Entry, FileMovedOn, New, Tree, WriteRefused, digest, exchanging, replacing, writing
from articles.content.tree.opening import folder_at
from tests.content.disk import NEW, OLD, Faults, everything, failing, open_handles, put


def test_it_replaces_the_file_that_was_read(tmp_path: Path) -> None:
    put(tmp_path, "_news/x.md")
    tree = Tree(tmp_path)
    written = tree.write("_news/x.md", NEW, expected=tree.read("_news/x.md", max_bytes=100).digest)
    assert (tmp_path / "_news" / "x.md").read_bytes() == NEW
    assert written == Entry("_news/x.md", 19, (tmp_path / "_news" / "x.md").stat().st_mtime_ns)
    assert everything(tmp_path) == ["_news/x.md"]


def test_it_makes_a_new_file_and_its_folders(tmp_path: Path) -> None:
    written = Tree(tmp_path).write("_news/2026/x.md", NEW, expected=None)
    assert (tmp_path / "_news" / "2026" / "x.md").read_bytes() == NEW
    assert written.size == 19
    assert everything(tmp_path) == ["_news/2026/x.md"]


def test_it_writes_an_empty_file(tmp_path: Path) -> None:
    put(tmp_path, "x.md")
    assert Tree(tmp_path).write("x.md", b"", expected=digest(OLD)).size == 0
    assert (tmp_path / "x.md").read_bytes() == b""


@pytest.mark.parametrize("name", ["x" * 252 + ".md", "日" * 84 + ".md", "🗞" * 63 + ".md"])
def test_it_writes_a_file_with_the_longest_name(tmp_path: Path, name: str) -> None:
    Tree(tmp_path).write(name, OLD, expected=None)
    Tree(tmp_path).write(name, NEW, expected=digest(OLD))
    assert (tmp_path / name).read_bytes() == NEW


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755, 0o444])
def test_it_keeps_the_mode(tmp_path: Path, mode: int) -> None:
    file = put(tmp_path, "x.md")
    file.chmod(mode)
    Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_new_file_has_the_mode_that_the_process_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        Tree(tmp_path).write("x.md", NEW, expected=None)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.md").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_it_keeps_the_owner(tmp_path: Path) -> None:
    file = put(tmp_path, "x.md")
    os.chown(file, 1234, 5678)
    Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 5678)


def test_it_writes_also_where_the_owner_cannot_be_kept(tmp_path: Path) -> None:
    file = put(tmp_path, "x.md")
    file.chmod(0o664)
    with failing(1, errno.EPERM, only=("fchown",)) as faults:
        Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert faults.calls == 2  # owner and group, then the group alone
    assert file.read_bytes() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == 0o664


def test_it_does_not_write_over_a_file_that_moved_on(tmp_path: Path) -> None:
    file = put(tmp_path, "x.md", b"the crawler's")
    with pytest.raises(FileMovedOn) as refused:
        Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert refused.value.problem.code == "moved_on"
    assert refused.value.problem.path == "x.md"
    assert file.read_bytes() == b"the crawler's"
    assert everything(tmp_path) == ["x.md"]


def test_it_does_not_write_a_new_file_over_one_that_came(tmp_path: Path) -> None:
    file = put(tmp_path, "x.md", b"the crawler's")
    with pytest.raises(FileMovedOn, match="moved_on"):
        Tree(tmp_path).write("x.md", NEW, expected=None)
    assert file.read_bytes() == b"the crawler's"


@pytest.mark.parametrize("path", ["gone.md", "gone/x.md"])
def test_it_does_not_bring_back_a_file_that_is_gone(tmp_path: Path, path: str) -> None:
    with pytest.raises(FileMovedOn) as refused:
        Tree(tmp_path).write(path, NEW, expected=digest(OLD))
    assert refused.value.problem.code == "vanished"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("expected", [digest(OLD), None], ids=["replace", "new"])
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../secret.md", "outside_root"),
        ("/tmp/x.md", "outside_root"),  # noqa: S108
        (".git/hooks/post-checkout", "bad_name"),
        ("_news/.hidden.md", "bad_name"),
        ("x\0.md", "bad_name"),
        ("link.md", "link"),
        ("dangling.md", "link"),
        ("more/secret.md", "link"),
        ("pipe.md", "not_a_file"),
        ("_news", "not_a_file"),
        ("_news/x.md/y.md", "not_a_file"),
    ],
)
def test_it_does_not_write(tmp_path: Path, path: str, code: str, expected: str | None) -> None:
    root = tmp_path / "site"
    put(tmp_path, "secret.md")
    put(tmp_path, "outside/secret.md")
    put(root, "_news/x.md")
    os.mkfifo(root / "pipe.md")
    for name, target in {"link.md": "../secret.md", "dangling.md": "../new.md", "more": "../outside"}.items():
        (root / name).symlink_to(target)
    before = everything(tmp_path)
    with pytest.raises(WriteRefused) as refused:
        Tree(root).write(path, NEW, expected=expected)
    assert refused.value.problem.code == code
    assert everything(tmp_path) == before
    assert (tmp_path / "secret.md").read_bytes() == (tmp_path / "outside" / "secret.md").read_bytes() == OLD


@pytest.mark.parametrize("expected", [digest(OLD), None], ids=["replace", "new"])
def test_a_full_disk_is_told_with_the_path(tmp_path: Path, expected: str | None) -> None:
    if expected:
        put(tmp_path, "x.md")
    before = everything(tmp_path)
    with failing(1, errno.ENOSPC, only=("write",)), pytest.raises(WriteRefused) as refused:
        Tree(tmp_path).write("x.md", NEW, expected=expected)
    assert str(refused.value) == (
        "x.md: error: Not written, and left as it was (No space left on device);"
        " mend that and export again. (not_written)"
    )
    assert everything(tmp_path) == before


def test_a_write_in_pieces_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:1]))
    Tree(tmp_path).write("x.md", NEW, expected=None)
    assert (tmp_path / "x.md").read_bytes() == NEW


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_disk_without_hard_links_takes_new_files_too(tmp_path: Path, code: int) -> None:
    with failing(1, code, only=("link",)):
        Tree(tmp_path).write("x.md", NEW, expected=None)
    assert (tmp_path / "x.md").read_bytes() == NEW
    assert everything(tmp_path) == ["x.md"]


def test_a_disk_that_cannot_sync_a_folder_takes_files_too(tmp_path: Path) -> None:
    with failing(2, errno.EINVAL, only=("fsync",)):
        Tree(tmp_path).write("x.md", NEW, expected=None)
    assert (tmp_path / "x.md").read_bytes() == NEW


def test_a_write_that_the_disk_does_not_confirm_says_so(tmp_path: Path) -> None:
    put(tmp_path, "x.md")
    with failing(2, errno.EIO, only=("fsync",)), pytest.raises(WriteRefused) as refused:
        Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert refused.value.problem.code == "not_confirmed"
    assert (tmp_path / "x.md").read_bytes() == NEW


def test_bytes_are_on_the_disk_before_they_get_their_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "x.md")
    order: list[str] = []

    def noted(name: str, real: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        order.append(name)
        return real(*arguments, **options)

    for name in ("write", "fsync"):
        monkeypatch.setattr(os, name, partial(noted, name, getattr(os, name)))
    monkeypatch.setattr(replacing, "exchange", partial(noted, "exchange", exchanging.exchange))
    Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert order == ["write", "fsync", "exchange", "fsync"]


def over(root: Path, data: bytes) -> None:
    """As a careful crawler writes."""
    put(root, "other", data)
    (root / "other").rename(root / "x.md")


def into(root: Path, data: bytes) -> None:
    (root / "x.md").write_bytes(data)


CRAWLERS = b"---\ntitle: the crawler's\n---\n"
"""Another text than the expected one, and one as long."""
AS_LONG = OLD.replace(b"old", b"odd")


@pytest.mark.parametrize("data", [CRAWLERS, AS_LONG], ids=["longer", "as long"])
@pytest.mark.parametrize("write", [over, into])
def test_what_comes_in_the_very_moment_stays(tmp_path: Path, write: Callable[[Path, bytes], None], data: bytes) -> None:
    """Behind the look at what is there, before the new file has its name."""
    os.utime(put(tmp_path, "x.md"), ns=(1, 1))
    act = partial(write, tmp_path, data)
    with failing(1, 0, act=act, only=("exchange",)) as faults, pytest.raises(FileMovedOn) as refused:
        Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert (faults.calls, refused.value.problem.code) == (2, "moved_on")
    assert (tmp_path / "x.md").read_bytes() == data
    assert everything(tmp_path) == ["x.md"]


@pytest.mark.parametrize("again", [1, 2, 3])
def test_what_comes_again_and_again_is_the_newest_in_the_end(tmp_path: Path, again: int) -> None:
    put(tmp_path, "x.md")
    texts = [b"crawled %d" % number for number in range(again + 1)]
    left = iter(texts)

    def crawl() -> None:
        if text := next(left, None):
            over(tmp_path, text)

    def exchange(folder: int, one: str, other: str) -> bool:
        crawl()
        return exchanging.exchange(folder, one, other)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(FileMovedOn):
        patch.setattr(replacing, "exchange", exchange)
        Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert (tmp_path / "x.md").read_bytes() == texts[-1]
    assert everything(tmp_path) == ["x.md"]


def test_a_file_that_is_the_same_again_is_written_over(tmp_path: Path) -> None:
    put(tmp_path, "x.md")
    with failing(1, 0, act=partial(over, tmp_path, OLD), only=("exchange",)):
        Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert (tmp_path / "x.md").read_bytes() == NEW
    assert everything(tmp_path) == ["x.md"]


def test_a_file_that_goes_in_the_very_moment_is_not_brought_back(tmp_path: Path) -> None:
    file = put(tmp_path, "x.md")
    with failing(1, 0, act=file.unlink, only=("exchange",)), pytest.raises(ProblemError):
        Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert everything(tmp_path) == []


def test_a_link_that_comes_in_the_very_moment_stays_a_link(tmp_path: Path) -> None:
    secret, file = put(tmp_path, "secret"), put(tmp_path, "x.md")

    def swap() -> None:
        file.unlink()
        file.symlink_to("secret")

    with failing(1, 0, act=swap, only=("exchange",)), pytest.raises(ProblemError):
        Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert (file.is_symlink(), secret.read_bytes()) == (True, OLD)
    assert everything(tmp_path) == ["secret", "x.md"]


def test_where_names_cannot_be_exchanged_the_new_file_takes_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacing, "exchange", lambda *names: False)
    put(tmp_path, "x.md")
    Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert (tmp_path / "x.md").read_bytes() == NEW
    assert everything(tmp_path) == ["x.md"]


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL, errno.EPERM])
def test_a_system_that_knows_no_exchange_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(exchanging, "_renameat2", lambda: lambda *names: code)
    assert not exchanging.exchange(0, "a", "b")


def test_names_are_exchanged(tmp_path: Path) -> None:
    one, other = put(tmp_path, "one", NEW), put(tmp_path, "other", OLD)
    with folder_at(tmp_path, ()) as folder:
        assert exchanging.exchange(folder, "one", "other")
        assert (one.read_bytes(), other.read_bytes()) == (OLD, NEW)
        with pytest.raises(FileNotFoundError):
            exchanging.exchange(folder, "one", "gone")


def faulty_write(root: Path, expected: str | None, call: int, code: int) -> tuple[Faults, str]:
    """Writes with one failing call; what came of it, `written` or the problem's code."""
    tree = Tree(root)
    outcome = "written"
    with failing(call, code) as faults:
        try:
            tree.write("_news/x.md", NEW, expected=expected)
        except ProblemError as refused:
            outcome = refused.problem.code
    return faults, outcome


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.ENOENT])
@pytest.mark.parametrize("expected", [digest(OLD), None], ids=["replace", "new"])
@pytest.mark.broad(3)
def test_the_file_is_old_or_new_whatever_call_fails(tmp_path: Path, expected: str | None, code: int) -> None:
    old = OLD if expected else b"none"
    for call in count(1):
        root = tmp_path / str(call)
        root.mkdir()
        if expected:
            put(root, "_news/x.md")
        before = open_handles()
        faults, outcome = faulty_write(root, expected, call, code)
        file = root / "_news" / "x.md"
        found = file.read_bytes() if file.exists() else b"none"
        assert found == (NEW if outcome in ("written", "not_confirmed") else old), faults
        assert open_handles() == before
        left = set(everything(root)) - {"_news/x.md"}
        assert not left or faults.failed == "unlink"
        Tree(root).sweep("")
        assert set(everything(root)) <= {"_news/x.md"}
        if not faults.failed:
            break
    assert call > 15


@pytest.mark.parametrize("expected", [digest(OLD), None], ids=["replace", "new"])
def test_a_crawler_that_writes_in_between_is_not_written_over(tmp_path: Path, expected: str | None) -> None:
    """At every call to the system."""
    lost = []
    for call in count(1):
        root = tmp_path / str(call)
        file = put(root, "_news/x.md")
        if expected is None:
            file.unlink()
        tree = Tree(root)
        crawl = partial(file.write_bytes, b"the crawler's")
        with failing(call, 0, act=crawl) as faults, suppress(FileMovedOn):
            tree.write("_news/x.md", NEW, expected=expected)
        if not faults.failed:
            break
        if file.read_bytes() != b"the crawler's":
            lost.append(faults.failed)
    assert lost == []


@pytest.mark.parametrize("call", range(1, 25))
def test_a_folder_swapped_for_a_link_is_never_written_through(tmp_path: Path, call: int) -> None:
    outside = put(tmp_path, "outside/x.md")
    folder = put(tmp_path, "site/_news/x.md").parent
    tree = Tree(tmp_path / "site")

    def swap() -> None:
        folder.rename(tmp_path / "moved")
        folder.symlink_to(tmp_path / "outside")

    with failing(call, 0, act=swap), suppress(ProblemError):
        tree.write("_news/x.md", NEW, expected=digest(OLD))
    assert outside.read_bytes() == OLD
    assert list(outside.parent.iterdir()) == [outside]


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    put(tmp_path, "x.md")

    def interrupt() -> None:
        raise KeyboardInterrupt

    with failing(1, 0, act=interrupt, only=("exchange",)), pytest.raises(KeyboardInterrupt):
        Tree(tmp_path).write("x.md", NEW, expected=digest(OLD))
    assert everything(tmp_path) == ["x.md"]
    assert (tmp_path / "x.md").read_bytes() == OLD


KILLED_BEFORE_IT_HAS_ITS_NAME = """
import os, signal, sys
from pathlib import Path
from articles.content.tree import Tree, digest, replacing
replacing.exchange = lambda *a: os.kill(os.getpid(), signal.SIGKILL)
Tree(Path(sys.argv[1])).write("_news/x.md", b"new", expected=digest(b"old"))
"""


def test_a_killed_write_leaves_the_old_file_and_the_next_run_sweeps(tmp_path: Path) -> None:
    file = put(tmp_path, "_news/x.md", b"old")
    project = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE_IT_HAS_ITS_NAME, str(tmp_path)], cwd=project)
    assert killed.returncode == -9
    assert file.read_bytes() == b"old"
    assert len(everything(tmp_path)) == 2
    assert [item.path for item in Tree(tmp_path).list("")] == ["_news/x.md"]
    assert len(Tree(tmp_path).sweep("_news")) == 1
    assert everything(tmp_path) == ["_news/x.md"]


# Many at once


def batch(root: Path, count: int) -> list[New]:
    for number in range(count):
        put(root, f"_news/{number % 3}/{number}.md")
    return [New(f"_news/{number % 3}/{number}.md", NEW, digest(OLD)) for number in range(count)]


def texts(root: Path) -> set[bytes]:
    return {(root / path).read_bytes() for path in everything(root)}


@pytest.mark.parametrize("count", [3, 30], ids=["few", "many"])
def test_it_writes_a_batch(tmp_path: Path, count: int) -> None:
    before = open_handles()
    wanted = [*batch(tmp_path, count), New("_news/new/x.md", NEW, None)]
    with Tree(tmp_path).writer() as writer:
        writer.begin(wanted)
        assert writer.finish() == {}
        assert texts(tmp_path) == {NEW}
        writer.begin([New("_news/new/x.md", OLD, digest(NEW))])
        assert writer.finish() == {}
    assert len(everything(tmp_path)) == count + 1
    assert (tmp_path / "_news/new/x.md").read_bytes() == OLD
    assert open_handles() == before


@pytest.mark.parametrize("count", [3, 30], ids=["few", "many"])
def test_one_of_a_batch_that_is_refused_stops_no_other(tmp_path: Path, count: int) -> None:
    wanted = batch(tmp_path, count)
    (tmp_path / wanted[1].path).write_bytes(b"the crawler's")
    with Tree(tmp_path).writer() as writer:
        writer.begin([*wanted, New("gone/x.md", NEW, digest(OLD)), New("../x.md", NEW, None)])
        refused = writer.finish()
    codes = {path: problem.code for path, problem in refused.items()}
    assert codes == {wanted[1].path: "moved_on", "gone/x.md": "vanished", "../x.md": "outside_root"}
    assert texts(tmp_path) == {NEW, b"the crawler's"}
    assert len(everything(tmp_path)) == count


@pytest.mark.parametrize("count", [3, 30], ids=["few", "many"])
def test_a_batch_whose_bytes_do_not_reach_the_disk_is_not_put_in_place(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = batch(tmp_path, count)

    class Lost(replacing.Filled):
        def sync(self) -> None:
            raise OSError(errno.EIO, "broken")

    def fill(target: replacing.Target, data: bytes) -> replacing.Filled:
        filled = replacing.fill(target, data)
        return Lost(target, filled.temporary, filled.handle) if target.path == wanted[1].path else filled

    monkeypatch.setattr(writing, "fill", fill)
    with Tree(tmp_path).writer() as writer:
        writer.begin(wanted)
        refused = writer.finish()
    assert {path: problem.code for path, problem in refused.items()} == {wanted[1].path: "not_written"}
    assert (tmp_path / wanted[1].path).read_bytes() == OLD
    assert len(everything(tmp_path)) == count


def test_a_folder_of_a_batch_that_the_disk_does_not_confirm_is_said_of_each_file_in_it(tmp_path: Path) -> None:
    wanted = batch(tmp_path, 6)
    with failing(7, errno.EIO, only=("fsync",)), Tree(tmp_path).writer() as writer:
        writer.begin(wanted)
        refused = writer.finish()
    assert {path: problem.code for path, problem in refused.items()} == {
        "_news/0/0.md": "not_confirmed",
        "_news/0/3.md": "not_confirmed",
    }
    assert texts(tmp_path) == {NEW}


def test_names_of_a_batch_are_confirmed_once_a_folder(tmp_path: Path) -> None:
    wanted = batch(tmp_path, 6)
    with failing(0, 0, only=("fsync",)) as synced, Tree(tmp_path).writer() as writer:
        writer.begin(wanted)
        writer.finish()
    assert synced.calls == 6 + 3


@pytest.mark.parametrize("count", [3, 30], ids=["few", "many"])
def test_a_batch_that_is_not_finished_leaves_nothing_beside_the_files(tmp_path: Path, count: int) -> None:
    before = open_handles()
    wanted = batch(tmp_path, count)
    with pytest.raises(KeyboardInterrupt), Tree(tmp_path).writer() as writer:
        writer.begin(wanted)
        raise KeyboardInterrupt
    assert texts(tmp_path) <= {OLD, NEW}
    assert everything(tmp_path) == sorted(new.path for new in wanted)
    assert open_handles() == before


@pytest.mark.parametrize("threads", [0, 1, 5])
def test_a_system_that_gives_no_more_threads_takes_a_batch_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    wanted = batch(tmp_path, 60)
    start, started = threading.Thread.start, count()

    def start_some(thread: threading.Thread) -> None:
        if next(started) >= threads:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_some)
    with Tree(tmp_path).writer() as writer:
        for again in (NEW, OLD):
            writer.begin(one._replace(data=again, expected=digest(OLD if again == NEW else NEW)) for one in wanted)
            assert writer.finish() == {}
            assert texts(tmp_path) == {again}


@pytest.mark.parametrize("count", [3, 60], ids=["few", "many"])
def test_a_mistake_of_ours_in_a_batch_is_heard_of(tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = batch(tmp_path, count)

    def mistaken(filled: replacing.Filled) -> None:
        if filled.target.path == wanted[1].path:
            raise ZeroDivisionError
        replacing.place(filled)

    monkeypatch.setattr(writing, "place", mistaken)
    with pytest.raises(ZeroDivisionError), Tree(tmp_path).writer() as writer:
        writer.begin(wanted)
        writer.finish()
    assert len(everything(tmp_path)) == count


# Sweeping


def test_it_sweeps_what_is_ours_and_says_what(tmp_path: Path) -> None:
    for path in ("_news/.x.md.newsroom-0123456789ab.tmp", ".y.md.newsroom-ba9876543210.tmp", "_news/x.md"):
        put(tmp_path, path)
    assert Tree(tmp_path).sweep("") == (
        ".y.md.newsroom-ba9876543210.tmp",
        "_news/.x.md.newsroom-0123456789ab.tmp",
    )
    assert everything(tmp_path) == ["_news/x.md"]


@pytest.mark.parametrize(
    "path",
    [
        "x.md.newsroom-0123456789ab.tmp", ".x.md.0123456789ab.tmp", ".x.md.newsroom-0123456789ab.md",
        ".x.md.newsroom-0123456789abc.tmp", ".x.md.tmp", ".git/.x.md.newsroom-0123456789ab.tmp",
    ],
)  # fmt: skip
def test_it_does_not_sweep_what_is_not_ours(tmp_path: Path, path: str) -> None:
    put(tmp_path, path)
    assert Tree(tmp_path).sweep("") == ()
    assert everything(tmp_path) == [path]


def test_it_spares_what_was_touched_since(tmp_path: Path) -> None:
    stale = put(tmp_path, ".x.md.newsroom-0123456789aa.tmp")
    fresh = put(tmp_path, ".x.md.newsroom-0123456789ff.tmp")
    os.utime(stale, ns=(0, 999))
    os.utime(fresh, ns=(0, 1000))
    assert Tree(tmp_path).sweep("", before_ns=1000) == (stale.name,)
    assert fresh.exists()


def test_it_does_not_sweep_behind_a_link(tmp_path: Path) -> None:
    put(tmp_path, "outside/.x.md.newsroom-0123456789ab.tmp")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "more").symlink_to(tmp_path / "outside")
    tree = Tree(tmp_path / "site")
    assert tree.sweep("") == tree.sweep("more") == tree.sweep("../outside") == tree.sweep("gone") == ()


def test_what_cannot_be_swept_stays_for_the_next_time(tmp_path: Path) -> None:
    put(tmp_path, ".x.md.newsroom-0123456789ab.tmp")
    with failing(1, errno.EACCES, only=("unlink",)):
        assert Tree(tmp_path).sweep("") == ()
    assert len(Tree(tmp_path).sweep("")) == 1
