"""A file of a content root is read whole with its digest, or refused; nothing else is ever opened."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from articles.content.tree import File, ReadRefused, Tree, digest
from tests.content.disk import (
    OLD,
    failing,
    make_device,
    make_folder,
    make_pipe,
    make_socket,
    not_files,
    open_handles,
    put,
)

EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_it_reads_a_file_with_its_digest(tmp_path: Path) -> None:
    os.utime(put(tmp_path, "_news/x.md", b""), ns=(0, 1_600_000_000_123_456_789))
    found = Tree(tmp_path).read("_news/x.md", max_bytes=0)
    assert found == File("_news/x.md", b"", EMPTY_DIGEST, 0, 1_600_000_000_123_456_789)


def test_the_digest_is_sha256_in_hexadecimal() -> None:
    assert digest(b"") == EMPTY_DIGEST


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../secret.md", "outside_root"),
        ("_news/../../secret.md", "outside_root"),
        ("_news/..", "outside_root"),
        ("/etc/hostname", "outside_root"),
        ("//etc/hostname", "outside_root"),
        ("", "bad_name"),
        (".", "bad_name"),
        ("./x.md", "bad_name"),
        ("_news//x.md", "bad_name"),
        ("_news/", "bad_name"),
        (".git/config", "bad_name"),
        ("_news/.hidden.md", "bad_name"),
        ("x\0.md", "bad_name"),
        ("x\n.md", "bad_name"),
        ("x\udce9.md", "bad_name"),
        ("x\ud800.md", "bad_name"),
        ("x" * 300 + ".md", "bad_name"),
        ("gone.md", "vanished"),
        ("gone/x.md", "vanished"),
        ("_news", "not_a_file"),
        ("_news/x.md/y.md", "not_a_file"),
        ("link.md", "link"),
        ("inner.md", "link"),
        ("loop.md", "link"),
        ("dangling.md", "link"),
        ("more/secret.md", "link"),
        ("same/x.md", "link"),
    ],
)
def test_it_does_not_read(tmp_path: Path, path: str, code: str) -> None:
    root = tmp_path / "site"
    put(tmp_path, "secret.md")
    put(tmp_path, "outside/secret.md")
    put(root, "_news/x.md")
    put(root, ".git/config")
    put(root, "_news/.hidden.md")
    links = {"link.md": "../secret.md", "inner.md": "_news/x.md", "loop.md": "loop.md"}
    links |= {"dangling.md": "gone.md", "more": "../outside", "same": "_news"}
    for name, target in links.items():
        (root / name).symlink_to(target)
    with pytest.raises(ReadRefused) as refused:
        Tree(root).read(path, max_bytes=1000)
    assert refused.value.problem.code == code
    assert refused.value.problem.path.isprintable()


@not_files
def test_it_does_not_open_what_is_no_file(tmp_path: Path, make: Callable[[Path], None], kind: str) -> None:
    make(tmp_path / "x.md")
    with failing(0, 0, only=("open",)) as opened, pytest.raises(ReadRefused, match=kind):
        Tree(tmp_path).read("x.md", max_bytes=1000)
    assert opened.calls == 2  # the root, at first and to read


@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(make_pipe, "not_a_file", id="pipe"),
        pytest.param(make_device, "not_a_file", id="device"),
        pytest.param(make_folder, "not_a_file", id="folder"),
        pytest.param(make_socket, "unreadable", id="socket"),
    ],
)
def test_a_file_swapped_before_it_is_opened_is_refused(tmp_path: Path, make: Callable[[Path], None], code: str) -> None:
    file = put(tmp_path, "x.md")

    def swap() -> None:
        file.unlink()
        make(file)

    tree = Tree(tmp_path)
    with failing(2, 0, act=swap, only=("open",)), pytest.raises(ReadRefused) as refused:
        tree.read("x.md", max_bytes=1000)
    assert refused.value.problem.code == code


def test_a_file_swapped_for_a_link_before_it_is_opened_is_refused(tmp_path: Path) -> None:
    file = put(tmp_path, "site/x.md")
    secret = put(tmp_path, "secret.md")

    def swap() -> None:
        file.unlink()
        file.symlink_to(secret)

    tree = Tree(tmp_path / "site")
    with failing(2, 0, act=swap, only=("open",)), pytest.raises(ReadRefused, match=r"\(link\)"):
        tree.read("x.md", max_bytes=1000)


@pytest.mark.parametrize("call", range(1, 9))
def test_a_folder_swapped_for_a_link_never_leads_out(tmp_path: Path, call: int) -> None:
    put(tmp_path, "outside/x.md", b"secret")
    folder = put(tmp_path, "site/_news/x.md").parent
    tree = Tree(tmp_path / "site")

    def swap() -> None:
        folder.rename(tmp_path / "moved")
        folder.symlink_to(tmp_path / "outside")

    read = b"refused"
    with failing(call, 0, act=swap), suppress(ReadRefused):
        read = tree.read("_news/x.md", max_bytes=1000).data
    assert read in (OLD, b"refused")


@pytest.mark.parametrize(("size", "max_bytes"), [(0, 0), (5, 5), (5, 6), (3_000_000, 3_000_000)])
def test_it_reads_up_to_its_bound(tmp_path: Path, size: int, max_bytes: int) -> None:
    put(tmp_path, "x.md", b"x" * size)
    assert len(Tree(tmp_path).read("x.md", max_bytes=max_bytes).data) == size


def test_it_does_not_read_a_file_beyond_its_bound(tmp_path: Path) -> None:
    with put(tmp_path, "x.md").open("wb") as sparse:
        sparse.truncate(1 << 40)
    with failing(0, 0, only=("read",)) as reads, pytest.raises(ReadRefused) as refused:
        Tree(tmp_path).read("x.md", max_bytes=5_000_000)
    assert reads.calls == 0
    assert refused.value.problem.code == "too_large"
    assert refused.value.problem.message == (
        "The file is larger than 5,000,000 bytes, the most that is read; shorten it."
    )


@pytest.mark.parametrize(("grown", "is_read"), [(50, True), (51, False)])
def test_a_file_that_grows_while_it_is_read_is_bounded_too(tmp_path: Path, grown: int, is_read: bool) -> None:
    file = put(tmp_path, "x.md", b"x" * 10)
    tree = Tree(tmp_path)
    found = b""
    grow = failing(1, 0, act=lambda: file.write_bytes(b"x" * grown), only=("read",))
    with grow, suppress(ReadRefused):
        found = tree.read("x.md", max_bytes=50).data
    assert len(found) == (grown if is_read else 0)


@pytest.mark.parametrize("call", range(1, 12))
def test_a_read_is_right_or_refused_whatever_call_fails(tmp_path: Path, call: int) -> None:
    put(tmp_path, "_news/x.md")
    tree = Tree(tmp_path)
    before = open_handles()
    read = b"refused"
    with failing(call, errno.EIO) as faults, suppress(ReadRefused):
        read = tree.read("_news/x.md", max_bytes=1000).data
    assert open_handles() == before
    assert read == (OLD if faults.failed in ("", "close") else b"refused")
