"""One run a site: who holds the lock is said, and a killed holder blocks nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from articles.locking import Locks, LockUnavailable, SiteLocked, site_lock

HOLD_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from articles.locking import Locks, site_lock
with site_lock(Locks(Path(sys.argv[1])), "daily", holder="sync_content"):
    print("held", flush=True)
    time.sleep(60)
"""


def noon() -> datetime:
    return datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_it_lets_one_run_after_another_have_the_site(tmp_path: Path) -> None:
    for _ in range(2):
        with site_lock(Locks(tmp_path), "daily", holder="import_content"):
            assert (tmp_path / "daily.lock").is_file()


def test_it_makes_its_folder(tmp_path: Path) -> None:
    with site_lock(Locks(tmp_path / "var" / "locks"), "daily", holder="import_content"):
        assert (tmp_path / "var" / "locks" / "daily.lock").is_file()


def test_it_says_who_holds_the_site_and_since_when(tmp_path: Path) -> None:
    with (
        site_lock(Locks(tmp_path), "daily", holder="sync_content by ada", clock=noon),
        pytest.raises(SiteLocked) as refused,
        site_lock(Locks(tmp_path), "daily", holder="export_content"),
    ):
        pass
    assert str(refused.value) == (
        f"sync_content by ada (process {os.getpid()}) holds the site daily"
        " since 2026-03-04T12:00:00+00:00; try again when it is done."
    )


def test_it_does_not_name_an_earlier_holder_whose_note_was_longer(tmp_path: Path) -> None:
    with site_lock(Locks(tmp_path), "daily", holder="a holder with a long name " * 5):
        pass
    with (
        site_lock(Locks(tmp_path), "daily", holder="import"),
        pytest.raises(SiteLocked, match=r"^import \(process"),
        site_lock(Locks(tmp_path), "daily", holder="export"),
    ):
        pass


@pytest.mark.parametrize("note", [b"", b"{", b"[]", b"\xff"], ids=["empty", "half", "no map", "not UTF-8"])
def test_it_refuses_also_when_the_note_cannot_be_read(tmp_path: Path, note: bytes) -> None:
    with site_lock(Locks(tmp_path), "daily", holder="import"):
        (tmp_path / "daily.lock").write_bytes(note)
        with pytest.raises(SiteLocked) as refused, site_lock(Locks(tmp_path), "daily", holder="export"):
            pass
    assert str(refused.value) == "another run holds the site daily; try again when it is done."


def test_it_lets_go_when_the_run_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), site_lock(Locks(tmp_path), "daily", holder="import"):
        raise KeyError
    with site_lock(Locks(tmp_path), "daily", holder="import"):
        pass


def test_two_sites_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with site_lock(Locks(tmp_path), "daily", holder="import"), site_lock(Locks(tmp_path), "weekly", holder="import"):
        pass


def test_a_killed_holder_blocks_nobody(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD_UNTIL_KILLED, str(tmp_path)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SiteLocked, match="sync_content"), site_lock(Locks(tmp_path), "daily", holder="import"):
            pass
        holder.send_signal(signal.SIGKILL)
    with site_lock(Locks(tmp_path), "daily", holder="import"):
        pass


def test_it_refuses_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "locks").touch()
    with (
        pytest.raises(LockUnavailable, match="make its folder writable"),
        site_lock(Locks(tmp_path / "locks"), "daily", holder="import"),
    ):
        pass


def test_it_does_not_write_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("text")
    (tmp_path / "daily.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(LockUnavailable), site_lock(Locks(tmp_path), "daily", holder="import"):
        pass
    assert (tmp_path / "precious").read_text() == "text"
