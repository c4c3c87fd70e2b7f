"""Work shared with processes that are forked for it: each has a copy of all that is known, and hands back plain values.

What comes of it is what this process alone would make of it, in the same order. A process that is killed takes nothing
with it: its share is done here.
"""

from __future__ import annotations

import marshal
import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import Any, Final, Generic, NoReturn, TypeVar

MOST_PROCESSES: Final = 4
"""Whoever takes the answers keeps no more of them busy."""
_SIZE_BYTES: Final = 8
_FIRST_HANDLE: Final = 3
"""Behind those three that every process has."""
_VERSION: Final = 2
"""Of marshal's forms the one that looks for no value that comes again."""

Q = TypeVar("Q")
A = TypeVar("A")


def cores_to_share() -> int:
    """How many processes would speed up the work of this one; 0 on one core, and where it is not safe to fork."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 0
    cores = len(os.sched_getaffinity(0))
    return 0 if cores == 1 else min(cores, MOST_PROCESSES)


def shared(work: Callable[[Q], A], questions: Iterable[Q], *, processes: int) -> Generator[A, None, None]:
    """What `work` makes of each question, in their order; so many processes do it ahead of whoever takes the answers.

    Questions and answers are numbers, texts, bytes, and lists, tuples and maps of these. Without processes it is `map`.
    """
    if not processes:
        yield from map(work, questions)
        return
    waiting = iter(questions)
    with ExitStack() as stack:
        forks = [stack.enter_context(_Fork(work)) for _ in range(processes)]
        busy = deque(fork for fork in forks if fork.ask_next(waiting))
        while busy:
            fork = busy.popleft()
            answer = fork.answer()
            if fork.ask_next(waiting):
                busy.append(fork)
            yield answer


class _Fork(Generic[Q, A]):
    """A process that answers one question at a time. It never waits for anything but the next."""

    def __init__(self, work: Callable[[Q], A]) -> None:
        self.work = work
        self.is_alive = True

    def __enter__(self) -> _Fork[Q, A]:
        ours, theirs = socket.socketpair()
        self.process = os.fork()
        if not self.process:
            _serve(theirs, self.work)
        theirs.close()
        self.channel = _Channel(ours)
        return self

    def __exit__(self, *exception: object) -> None:
        """It has written nothing anywhere, so that it can be ended at any moment."""
        self.channel.close()
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.process, 0)

    def ask_next(self, questions: Iterator[Q]) -> bool:
        """False where there are no more."""
        for self.question in questions:
            if self.is_alive:
                self.is_alive = self.channel.send(self.question)
            return True
        return False

    def answer(self) -> A:
        if self.is_alive:
            answer: A | None = self.channel.receive()
            if answer is not None:
                return answer
            self.is_alive = False
        return self.work(self.question)


class _Channel:
    """Values to another process and back, each with its size in front."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.stream = connection.makefile("rb")

    def send(self, value: Any) -> bool:
        """False where nobody is there."""
        data = marshal.dumps(value, _VERSION)
        try:
            self.connection.sendall(len(data).to_bytes(_SIZE_BYTES) + data)
        except OSError:
            return False
        return True

    def receive(self) -> Any:
        """None where nobody is there, or no more."""
        try:
            size = int.from_bytes(self.stream.read(_SIZE_BYTES))
            data = self.stream.read(size)
        except OSError:
            return None
        return marshal.loads(data) if size and len(data) == size else None  # noqa: S302 - of a process of our own

    def close(self) -> None:
        self.stream.close()
        self.connection.close()


def _serve(connection: socket.socket, work: Callable[[Any], Any]) -> NoReturn:
    """The life of a forked process. It ends at once and without a word when the other does, or when it fails."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the other one says so
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _let_go_of_all_but(connection.fileno())
        channel = _Channel(connection)
        while (question := channel.receive()) is not None and channel.send(work(question)):
            pass
    finally:
        os._exit(0)


def _let_go_of_all_but(handle: int) -> None:
    """Locks and connections to the database are the other's, and end with it."""
    os.closerange(_FIRST_HANDLE, handle)
    os.closerange(handle + 1, os.sysconf("SC_OPEN_MAX"))
