"""Work shared with forked processes: the same answers in the same order, whatever becomes of the processes."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from articles.forking import MOST_PROCESSES, Ended, beside, cores_to_share, shared

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")

HERE = os.getpid()


def squared(numbers: list[int]) -> list[int]:
    return [number**2 for number in numbers]


def far_from_here(question: int) -> tuple[int, bool]:
    return question, os.getpid() != HERE


def killed_at_seven(question: int) -> tuple[int, bool]:
    if question == 7 and os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return far_from_here(question)


def broken_at_seven(question: int) -> int:
    if question == 7:
        raise ZeroDivisionError
    return question


def odd_at_seven(question: int) -> object:
    return object() if question == 7 else question


@pytest.mark.parametrize("processes", [0, 1, 3])
def test_the_answers_are_those_of_one_process_in_order(processes: int) -> None:
    questions = [[number, number + 1] for number in range(20)]
    assert list(shared(squared, questions, processes=processes)) == [[n * n, (n + 1) ** 2] for n in range(20)]


def test_the_work_is_done_elsewhere() -> None:
    assert list(shared(far_from_here, range(5), processes=2)) == [(number, True) for number in range(5)]


class Sum:
    """Work that remembers what it was asked before."""

    def __init__(self) -> None:
        self.sum = 0

    def with_next(self, number: int) -> tuple[int, bool]:
        self.sum += number
        return self.sum, os.getpid() != HERE


def test_beside_other_work_one_process_remembers_what_it_was_asked() -> None:
    steps = iter(range(5))
    answers = beside(Sum().with_next, range(20), meanwhile=steps)
    assert list(answers) == [(number * (number + 1) // 2, True) for number in range(20)]


def test_the_other_work_goes_on_until_there_is_an_answer() -> None:
    def after_a_while(question: int) -> int:
        time.sleep(0.3)
        return question

    done: list[float] = []

    def step() -> Iterator[None]:
        while True:
            time.sleep(0.01)
            done.append(time.monotonic())
            yield

    assert list(beside(after_a_while, [7], meanwhile=step())) == [7]
    assert 2 < len(done) < 60


def test_beside_other_work_a_killed_process_is_told_of() -> None:
    answers = beside(killed_at_seven, range(20), meanwhile=iter(()))
    assert [next(answers) for _ in range(7)] == [(number, True) for number in range(7)]
    with pytest.raises(Ended):
        next(answers)


def test_fewer_questions_than_processes() -> None:
    assert list(shared(far_from_here, range(1), processes=3)) == [(0, True)]
    assert list(shared(far_from_here, (), processes=3)) == []


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_killed_process_leaves_is_done_here(processes: int) -> None:
    answers = list(shared(killed_at_seven, range(20), processes=processes))
    assert [question for question, _ in answers] == list(range(20))
    assert answers[7] == (7, False)
    assert {was_elsewhere for _, was_elsewhere in answers[:7]} == {True}
    assert answers[8][1] is (processes == 2)


def test_an_error_is_raised_here_where_the_other_process_met_it() -> None:
    answers = shared(broken_at_seven, range(20), processes=2)
    assert [next(answers) for _ in range(7)] == list(range(7))
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_what_cannot_be_handed_over_is_made_here() -> None:
    answers = list(shared(odd_at_seven, range(9), processes=2))
    assert (type(answers.pop(7)), answers) == (object, [0, 1, 2, 3, 4, 5, 6, 8])


def test_an_answer_larger_than_any_buffer() -> None:
    assert [len(text) for text in shared("x".__mul__, [10_000_000] * 4, processes=2)] == [10_000_000] * 4


def test_a_question_larger_than_any_buffer() -> None:
    assert list(shared(len, ["x" * 10_000_000] * 4, processes=2)) == [10_000_000] * 4


def test_questions_and_answers_of_all_sizes() -> None:
    sizes = [1, 600_000, 500_000, 700_000, 10, 5_000_000, 1_000, 1_048_577, 0, 400_000] * 2
    answers = shared(lambda text: text + "y", ["x" * size for size in sizes], processes=2)
    assert [len(text) for text in answers] == [size + 1 for size in sizes]


def test_a_process_goes_on_while_nobody_takes_its_answers(tmp_path: Path) -> None:
    def leave_a_trace(question: int) -> int:
        (tmp_path / f"{question}").touch()
        return question

    answers = shared(leave_a_trace, range(9), processes=1)
    next(answers)
    until = time.monotonic() + 10
    while not (tmp_path / "2").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    answers.close()


def test_no_process_outlives_the_work() -> None:
    answers = shared(lambda question: (os.getpid(), question), range(20), processes=2)
    others = {next(answers)[0], next(answers)[0]}
    assert len(others) == 2
    answers.close()
    assert [pid for pid in others if is_there(pid)] == []


def test_the_processes_end_with_the_one_that_forked_them() -> None:
    ours, theirs = os.pipe()
    middle = os.fork()
    if not middle:
        answers = shared(lambda question: os.getpid(), range(20), processes=2)
        os.write(theirs, f"{next(answers)} {next(answers)}".encode())
        os.kill(os.getpid(), signal.SIGKILL)
    others = [int(pid) for pid in os.read(ours, 100).split()]
    os.waitpid(middle, 0)
    assert len(others) == 2
    assert ended(others)


def test_they_hold_nothing_that_was_open() -> None:
    read, write = os.pipe()
    answers = shared(lambda question: question, range(20), processes=2)
    next(answers)
    os.close(write)
    assert os.read(read, 1) == b""
    answers.close()


def test_no_process_is_forked_beside_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert cores_to_share() == MOST_PROCESSES
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert cores_to_share() == 0


@pytest.mark.parametrize(("cores", "processes"), [(1, 0), (2, 2), (3, 3), (64, MOST_PROCESSES)])
def test_as_many_as_there_are_cores(monkeypatch: pytest.MonkeyPatch, cores: int, processes: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert cores_to_share() == processes


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ended(processes: list[int]) -> bool:
    """Within a few seconds; whoever takes orphans in may not bury them."""
    return any(not any(map(is_running, processes)) for _ in _moments())


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _moments() -> Iterator[None]:
    for _ in range(200):
        yield
        time.sleep(0.02)


@pytest.mark.parametrize("given", [0, 1, 2])
def test_a_system_that_gives_no_more_processes_has_the_rest_done_here(
    monkeypatch: pytest.MonkeyPatch, given: int
) -> None:
    fork, asked = os.fork, count()

    def fork_some() -> int:
        if next(asked) >= given:
            raise BlockingIOError(errno.EAGAIN, "no more")
        return fork()

    monkeypatch.setattr(os, "fork", fork_some)
    before = len(list(Path("/proc/self/fd").iterdir()))
    answers = list(shared(far_from_here, range(9), processes=3))
    assert answers == [(number, given > 0) for number in range(9)]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_beside_other_work_a_process_that_is_not_given_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, "no more")

    monkeypatch.setattr(os, "fork", refused)
    with pytest.raises(Ended):
        next(beside(Sum().with_next, range(3), meanwhile=iter(())))
