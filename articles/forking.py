"""Work shared with processes that are forked for it: each has a copy of all that is known, and hands back plain values.

What comes of it is what this process alone would make of it, in the same order. A process that is killed takes nothing
with it: its share is done here.
"""

from __future__ import annotations

import fcntl
import marshal
import os
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import Any, Final, Generic, NoReturn, TypeVar

MOST_PROCESSES: Final = 4
"""Whoever takes the answers keeps no more of them busy."""
_AHEAD: Final = 2
"""So many questions a process has: when it has answered one, the next is there."""
_AHEAD_BESIDE: Final = 3
"""The same where it is asked again only after some other work."""
_PIPE_BYTES: Final = 1 << 20
"""As much as Linux allows everybody: whoever answers need not wait until somebody listens."""
_SIZE_BYTES: Final = 8
_FIRST_HANDLE: Final = 3
"""Behind those three that every process has."""
_VERSION: Final = 2
"""Of marshal's forms the one that looks for no value that comes again."""

Q = TypeVar("Q")
A = TypeVar("A")


class Ended(Exception):
    """The process is no more."""


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
        forks = list(_forks(work, processes, stack))
        if not forks:
            yield from map(work, waiting)
        busy = deque(fork for fork in forks * _AHEAD if fork.ask_next(waiting))
        while busy:
            fork = busy.popleft()
            question, answer = fork.answer()
            if answer is None:
                answer = work(question)
            if fork.ask_next(waiting):
                busy.append(fork)
            yield answer


def beside(work: Callable[[Q], A], questions: Iterable[Q], *, meanwhile: Iterator[object]) -> Generator[A, None, None]:
    """The same by one process that keeps what it learned of the questions before; this one goes on with other work.

    That is done step by step, as far as there is time. Raises `Ended` where the process does, or where the system gives
    none: then all has to be asked anew.
    """
    waiting = iter(questions)
    with ExitStack() as stack:
        fork = next(_forks(work, 1, stack), None)
        if fork is None:
            raise Ended
        while True:
            while len(fork.asked) < _AHEAD_BESIDE and fork.ask_next(waiting):
                pass
            if not fork.asked:
                return
            while not fork.has_answered() and next(meanwhile, fork) is not fork:
                pass
            _, answer = fork.answer()
            if answer is None:
                raise Ended
            yield answer


def _forks(work: Callable[[Q], A], count: int, stack: ExitStack) -> Iterator[_Fork[Q, A]]:
    """So many processes, or as many of them as the system gives."""
    with suppress(OSError):
        for _ in range(count):
            yield stack.enter_context(_Fork(work))


class _Fork(Generic[Q, A]):
    """A process that answers one question after the other."""

    def __init__(self, work: Callable[[Q], A]) -> None:
        self.work = work
        self.is_alive = True
        self.asked: deque[Q] = deque()
        self.unsent: deque[bytes] = deque()
        self.unread: deque[int] = deque()

    def __enter__(self) -> _Fork[Q, A]:
        with ExitStack() as opened:
            (its_in, out), (in_, its_out) = _pipe(opened), _pipe(opened)
            self.process = os.fork()
            if not self.process:
                _serve(its_in, its_out, self.work)
            opened.pop_all()
        os.close(its_in)
        os.close(its_out)
        self.room = _widen(out)
        _widen(in_)
        self.channel = _Channel(in_, out)
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
        for question in questions:
            self.asked.append(question)
            self.unsent.append(_packed(question))
            self._send()
            return True
        return False

    def answer(self) -> tuple[Q, A | None]:
        """The first question without one, and its answer; None where the process ended before."""
        question = self.asked.popleft()
        if self.is_alive:
            answer: A | None = self.channel.receive()
            if answer is not None:
                self.unread.popleft()
                self._send()
                return question, answer
            self.is_alive = False
        return question, None

    def has_answered(self) -> bool:
        """Whether it surely need not be waited for."""
        return not self.is_alive or bool(select.select([self.channel.incoming], [], [], 0)[0])

    def _send(self) -> None:
        """What surely fits, or two would wait for each other: it to be heard, and this one to be done with asking."""
        while self.is_alive and self.unsent and (not self.unread or sum(self.unread, len(self.unsent[0])) <= self.room):
            data = self.unsent.popleft()
            self.unread.append(len(data))
            self.is_alive = self.channel.send(data)


class _Channel:
    """Values to another process and back, each with its size in front."""

    def __init__(self, in_: int, out: int) -> None:
        self.incoming, self.outgoing = open(in_, "rb"), open(out, "wb")  # noqa: SIM115 - `close` does

    def send(self, packed: bytes) -> bool:
        """False where nobody is there."""
        try:
            self.outgoing.write(packed)
            self.outgoing.flush()
        except OSError:
            return False
        return True

    def receive(self) -> Any:
        """None where nobody is there, or no more."""
        try:
            size = int.from_bytes(self.incoming.read(_SIZE_BYTES))
            data = self.incoming.read(size)
        except OSError:
            return None
        return marshal.loads(data) if size and len(data) == size else None  # noqa: S302 - of a process of our own

    def close(self) -> None:
        for stream in (self.incoming, self.outgoing):
            with suppress(OSError):
                stream.close()


def _pipe(opened: ExitStack) -> tuple[int, int]:
    """Its two ends, which are closed with what else is opened."""
    ends = os.pipe()
    for end in ends:
        opened.callback(os.close, end)
    return ends


def _packed(value: Any) -> bytes:
    data = marshal.dumps(value, _VERSION)
    return len(data).to_bytes(_SIZE_BYTES) + data


def _widen(pipe: int) -> int:
    """How many bytes fit into a pipe, after all was done to make it many."""
    with suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)


def _serve(in_: int, out: int, work: Callable[[Any], Any]) -> NoReturn:
    """The life of a forked process. It ends at once and without a word when the other does, or when it fails."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the other one says so
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _let_go_of_all_but(in_, out)
        channel = _Channel(in_, out)
        while (question := channel.receive()) is not None and channel.send(_packed(work(question))):
            pass
    finally:
        os._exit(0)


def _let_go_of_all_but(*handles: int) -> None:
    """Locks and connections to the database are the other's, and end with it."""
    begin = _FIRST_HANDLE
    for handle in sorted(handles):
        os.closerange(begin, handle)
        begin = handle + 1
    os.closerange(begin, os.sysconf("SC_OPEN_MAX"))
