"""A web server as docs/deploy.md has it, and editors who send it one request after the other, as fast as it answers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier
from typing import Final

from tests.benchmarks.measuring import ROOT

PROCESSES: Final = 2
THREADS: Final = 4
STARTS_WITHIN_SECONDS: Final = 60
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    head: str
    body: bytes

    def cookie(self, name: str) -> str:
        """Empty where none was set."""
        before, _, found = self.head.partition(f"\r\nSet-Cookie: {name}=")
        return found.partition(";")[0] if before else ""


@dataclass(slots=True)
class Editor:
    """Who sends: cookies, and what came of it. Each request has a connection of its own, as nginx makes them."""

    socket: Path
    cookies: dict[str, str] = field(default_factory=dict)
    headers: str = ""
    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def post(self, path: str, body: str) -> Reply:
        form = "Content-Type: application/x-www-form-urlencoded\r\n"
        return self.send(f"POST {path} HTTP/1.1\r\n{form}Content-Length: {len(body)}\r\n", body)

    def send(self, first: str, body: str = "") -> Reply:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        said = f"Cookie: {cookies}\r\n" if cookies else ""
        head = f"{first}Host: localhost\r\nConnection: close\r\n{said}{self.headers}\r\n"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.connect(os.fspath(self.socket))
            line.sendall(f"{head}{body}".encode())
            return _reply(line)


class Server:
    """gunicorn with a project of ours; its processes' time is theirs alone."""

    def __init__(self, socket: Path, process: subprocess.Popen[bytes]) -> None:
        self.socket, self.process = socket, process

    def cpu(self) -> float:
        """Seconds of processor time so far, of the web processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sum(_cpu_of(child) for child in children)


@dataclass(frozen=True, slots=True)
class Served:
    """What came of some seconds of requests: how many each editor had answered, how long the slowest took, what failed.

    Times are in seconds.
    """

    counts: Sequence[int]
    times: Sequence[float]
    errors: Sequence[str]
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        return sum(self.counts) / self.wall

    @property
    def cpu_each(self) -> float:
        return self.cpu / max(1, sum(self.counts))

    @property
    def slowest(self) -> float:
        return max(self.times, default=0.0)

    @property
    def fairness(self) -> float:
        """The least served editor beside the most served."""
        return min(self.counts) / max(1, *self.counts)


Send = Callable[[Editor, int], Reply]
"""Sends an editor's next request; the number counts them."""


@contextmanager
def serving(application: str, socket: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """gunicorn on a Unix socket, until the block is done."""
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"unix:{socket}", "--log-level", "warning"]
    command += ["--worker-class", "gthread", "--workers", str(PROCESSES), "--threads", str(THREADS), "--timeout", "60"]
    with (
        Path(f"{socket}.log").open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log) as process,
    ):
        try:
            _wait_until_there(socket, process)
            yield Server(socket, process)
        finally:
            process.terminate()


def serve(server: Server, editors: Sequence[Editor], send: Send, seconds: float) -> Served:
    """All editors at once, each at full speed, for so long."""
    begin = Barrier(len(editors) + 1)

    def work(editor: Editor) -> None:
        editor.times.clear()
        editor.errors.clear()
        begin.wait()
        until, number = time.monotonic() + seconds, 0
        while (started := time.monotonic()) < until:
            reply = send(editor, number)
            editor.times.append(time.monotonic() - started)
            number += 1
            if reply.status >= 300:
                editor.errors.append(f"{reply.status} {reply.body[:200]!r}")

    with ThreadPoolExecutor(len(editors)) as pool:
        working = [pool.submit(work, editor) for editor in editors]
        cpu = server.cpu()
        begin.wait()
        started = time.monotonic()
        for one in working:
            one.result()
    wall = time.monotonic() - started
    times = [one for editor in editors for one in editor.times]
    errors = [one for editor in editors for one in editor.errors]
    return Served([len(editor.times) for editor in editors], times, errors, wall, server.cpu() - cpu)


def _wait_until_there(socket: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            for _ in range(2 * PROCESSES):
                Editor(socket).send("GET /healthz HTTP/1.1\r\n")
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"The web server did not start; see {socket}.log.")


def _reply(line: socket.socket) -> Reply:
    parts = []
    while part := line.recv(65_536):
        parts.append(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    if not head:
        return Reply(599, "", b"no answer")
    return Reply(int(head[9:12]), head.decode("latin-1"), body)


def _cpu_of(process: str) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
