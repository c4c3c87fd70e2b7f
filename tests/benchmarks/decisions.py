"""Editors who decide at full speed: how many decisions a desk takes, how long the slowest waits, who gets his turn."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Final

from tests.benchmarks.measuring import ROOT, Bench, Goal, Ratio, run, settings_for
from tests.benchmarks.postgresql import new_database, on
from tests.benchmarks.serving import Editor, Reply, Served, Server, serve, serving
from tests.postgres import PostgresMissing

EDITORS: Final = 8
NAMES: Final = tuple(f"editor{number}" for number in range(EDITORS))
PASSWORD: Final = "a-long-password-of-theirs"
ACTS: Final = ("publish", "unpublish", "publish", "keep")
WHO: Final = """
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import Group, User
for name in {names!r}:
    user = User.objects.create(username=name, password=MD5PasswordHasher().encode({password!r}, "salt"))
    user.groups.add(Group.objects.get(name="Editor"))
"""
Serving = AbstractContextManager[Server]
_TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def measure(bench: Bench, count: int) -> Iterator[str]:
    """Against a bare view that updates one row and writes one; and against SQLite's own wait for the writer's turn."""
    articles = max(EDITORS * len(ACTS), min(count, 10_000))
    seconds = bench.seconds
    read = bench.database("decisions")  # of its own: every article in its first version
    bench.manage(read, "import_content", bench.site(articles))
    bench.manage(read, "shell", "-v0", "-c", WHO.format(names=NAMES, password=PASSWORD))
    with ExitStack() as servers:
        desk, waiting, bare, login = (
            servers.enter_context(one)
            for one in (
                desk_server(bench, "desk", copy_for(bench, read, "desk")),
                desk_server(bench, "plain", copy_for(bench, read, "plain") | {"PLAIN_WAIT": "1"}),
                _bare(bench, "bare", settings_for(bench.folder / "bare.sqlite3")),
                _bare(bench, "login", settings_for(bench.folder / "login.sqlite3") | {"BARE_LOGIN": "1"}),
            )
        )
        bare_editors, with_login = _bare_editors(bare), _bare_editors(login)
        deciding, plain = Deciding(desk, articles), Deciding(waiting, articles)
        for one in (deciding, plain):
            one.for_seconds(min(seconds, 1))  # each thread makes its SQL once, and reads the templates
        ours: list[Served] = []
        floors: list[Served] = []
        plains: list[Served] = []
        logins: list[Served] = []
        for _ in range(bench.rounds):
            floors.append(serve(bare, bare_editors, _bare_decision, seconds))
            logins.append(serve(login, with_login, _bare_decision, seconds))
            ours.append(deciding.for_seconds(seconds))
            plains.append(plain.for_seconds(seconds))
    best, floor, logged_in = (max(several, key=lambda one: one.rate) for several in (ours, floors, logins))
    slowest, plainly = (max(one.slowest for one in several) for several in (ours, plains))
    yield str(Ratio("a decision, against a bare view", 1000 / best.rate, 1000 / floor.rate, 2, "ms"))
    yield str(Ratio("    the same, processor time", 1000 * best.cpu_each, 1000 * floor.cpu_each, 2, "ms"))
    more, processor = logged_in.rate / best.rate, best.cpu_each / logged_in.cpu_each
    yield f"    beside a bare view with Django's session, login and CSRF token: {more:.2f}, processor {processor:.2f}"
    yield str(Ratio("slowest decision, against SQLite's own wait", 1000 * slowest, 1000 * plainly, 0.1, "ms"))
    yield str(Goal("least served editor, beside the most served", min(one.fairness for one in ours), 0.4))
    errors = [error for one in ours for error in one.errors]
    yield f"    errors: {len(errors)}{' MISSED: ' + errors[0] if errors else ''}"
    sides = (("the desk", ours), ("SQLite's own wait", plains), ("the bare view", floors), ("with a login", logins))
    for name, several in sides:
        yield f"    {name:<18} {_in_words(several)}"


def on_postgresql(bench: Bench, count: int) -> Iterator[str]:
    """The same on PostgreSQL, a server of its own that does not wait for the disk; both sides alike."""
    try:
        desk, bare = new_database(bench, "desk"), new_database(bench, "bare", with_tables=False)
    except PostgresMissing as missing:
        yield f"    not measured: {missing}"
        return
    yield from _measure_on(bench, on(bench, desk), on(bench, bare), max(EDITORS * len(ACTS), min(count, 10_000)))


def _measure_on(bench: Bench, production: dict[str, str], bare_one: dict[str, str], articles: int) -> Iterator[str]:
    seconds = bench.seconds
    who = WHO.format(names=NAMES, password=PASSWORD)
    for command in (["import_content", str(bench.site(articles))], ["shell", "-v0", "-c", who]):
        run([sys.executable, "manage.py", *command], ROOT, production)
    ours: list[Served] = []
    floors: list[Served] = []
    with desk_server(bench, "desk-pg", production) as desk, _bare(bench, "bare-pg", bare_one) as bare:
        deciding, editors = Deciding(desk, articles), _bare_editors(bare)
        deciding.for_seconds(min(seconds, 1))
        for _ in range(bench.rounds):
            floors.append(serve(bare, editors, _bare_decision, seconds))
            ours.append(deciding.for_seconds(seconds))
    best, floor = (max(several, key=lambda one: one.rate) for several in (ours, floors))
    yield str(Ratio("a decision, against a bare view", 1000 / best.rate, 1000 / floor.rate, 2, "ms"))
    yield str(Goal("least served editor, beside the most served", min(one.fairness for one in ours), 0.4))
    for name, several in (("the desk", ours), ("the bare view", floors)):
        yield f"    {name:<18} {_in_words(several)}"


def copy_for(bench: Bench, read: Path, name: str) -> dict[str, str]:
    return settings_for(Path(shutil.copy(read, bench.folder / f"{name}.sqlite3")), hosts="localhost")


def desk_server(bench: Bench, name: str, settings: dict[str, str]) -> Serving:
    environment = settings | {
        "HTTPS": "0",
        "LOG_FORMAT": "json",
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.served_settings",
        "STATIC_ROOT": str(bench.folder / "static"),
    }
    if not Path(environment["STATIC_ROOT"]).exists():
        run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], ROOT, environment)
    return serving("newsroom.wsgi", bench.folder / f"{name}.sock", environment)


def _bare(bench: Bench, name: str, environment: dict[str, str]) -> Serving:
    """Its sessions, where it has a login, are written beside its socket."""
    command, socket = [sys.executable, "-m", "tests.benchmarks.bare"], bench.folder / f"{name}.sock"
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    socket.with_suffix(".sessions").write_text(done.stdout)
    return serving("tests.benchmarks.bare", socket, environment)


def _bare_editors(server: Server) -> list[Editor]:
    sessions = server.socket.with_suffix(".sessions").read_text().split() or [""] * EDITORS
    token = "a" * 32
    return [
        Editor(
            server.socket,
            {"csrftoken": token, "sessionid": session} if session else {},
            f"X-Place: {place}\r\n" + (f"X-CSRFToken: {token}\r\n" if session else ""),
        )
        for place, session in enumerate(sessions)
    ]


def _bare_decision(editor: Editor, number: int) -> Reply:
    place = int(editor.headers.removeprefix("X-Place: ").partition("\r")[0]) + number * EDITORS
    return editor.post(f"/articles/{1 + place % 10_000}/{ACTS[number % len(ACTS)]}/", "version=1&next=&has_next=1")


def _in_words(several: Sequence[Served]) -> str:
    """The best of the rounds, and the worst wait."""
    best = max(several, key=lambda one: one.rate)
    waits = sorted(time for one in several for time in one.times)
    late = waits[len(waits) * 99 // 100]
    return (
        f"{best.rate:6.0f} a second, {1000 * best.cpu_each:5.2f} ms of processor time each; "
        f"99 of 100 within {1000 * late:.0f} ms, the slowest {1000 * waits[-1]:.0f} ms; "
        f"fairness {min(one.fairness for one in several):.2f}, errors {sum(len(one.errors) for one in several)}"
    )


class Deciding:
    """Editors who have logged in to a desk, each with a share of the articles, of which none is decided yet."""

    def __init__(self, server: Server, articles: int) -> None:
        self.server = server
        self.editors = [log_in(server.socket, name) for name in NAMES]
        self.shares = {id(one): [*range(place + 1, articles + 1, EDITORS)] for place, one in enumerate(self.editors)}
        self.versions = [1] * (articles + 1)
        self.begun = dict.fromkeys(self.shares, 0)

    def for_seconds(self, seconds: float) -> Served:
        return serve(self.server, self.editors, self.decide, seconds)

    def decide(self, editor: Editor, number: int) -> Reply:
        """As a key of the queue does: the next article is shown by then."""
        share, turn = self.shares[id(editor)], self.begun[id(editor)]
        self.begun[id(editor)] = turn + 1
        pk, then = share[turn % len(share)], share[(turn + 1) % len(share)]
        act = ACTS[(turn + turn // len(share)) % len(ACTS)]
        body = f"version={self.versions[pk]}&next=&then={then}&has_next=1"
        reply = editor.post(f"/articles/{pk}/{act}/", body)
        self.versions[pk] += b'name="batch"' in reply.body  # there is something to undo
        return reply


def log_in(socket: Path, name: str) -> Editor:
    editor = Editor(socket)
    page = editor.send("GET /login/ HTTP/1.1\r\n")
    editor.cookies["csrftoken"] = page.cookie("csrftoken")
    found = _TOKEN.search(page.body.decode())
    token = found.group(1) if found else ""
    reply = editor.post("/login/", f"username={name}&password={PASSWORD}&csrfmiddlewaretoken={token}")
    if reply.status != 302:
        raise RuntimeError(f"{name} could not log in: {reply.status}")
    editor.cookies |= {one: reply.cookie(one) for one in ("csrftoken", "sessionid")}
    editor.headers = f"X-CSRFToken: {editor.cookies['csrftoken']}\r\nHX-Request: true\r\n"
    return editor
