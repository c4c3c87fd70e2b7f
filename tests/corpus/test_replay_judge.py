"""A crawler's history replayed commit by commit, with edits between, and judged by a program that reads files alone.

It knows the commands and YAML, and nothing else of the desk. In a clean checkout every file is the crawler's before
each sync; in a shared tree only those that its commit touches. The crawler never comes to just what an editor said.
"""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from django.contrib.auth.models import User

from tests.commands.running import run

pytestmark = pytest.mark.thorough

BUNDLE: Final = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "replay.bundle"
KEYS: Final = ("title", "quality", "webUrl")
Commit = dict[str, bytes | None]


def synthetic(seed: int, count: int = 30) -> list[Commit]:
    """News of some fields, noise in most, and files that go and come back."""
    rng = random.Random(seed)
    fields: dict[str, dict[str, Any]] = {}
    commits: list[Commit] = []
    for number in range(count):
        commit: Commit = {}
        for _ in range(rng.randint(1, 3)):
            path = f"_news/2026-11-20-{rng.randrange(8)}.md"
            values = fields.setdefault(path, {"title": f"A {path[-4]}", "quality": 50})
            if rng.random() < 0.5:
                values[rng.choice(KEYS)] = rng.choice([60 + number, number])
            commit[path] = None if rng.random() < 0.04 else _render(values, rng)
        commits.append(commit)
    return commits


def _render(values: dict[str, Any], rng: random.Random) -> bytes:
    lines = ["---", "category: news", f'title: "{values["title"]}"']
    lines += [f'webUrl: "https://example.com/{values["webUrl"]}"'] if "webUrl" in values else []
    lines += [
        f"quality: {values['quality']}",
        "",
        "topics:",
        "  - Ships",
        "",
        f'secured: "{rng.random()}"',
        "---",
        "",
        "",
    ]
    return rng.choice(["\n", "\r\n"]).join(lines).encode()


def of_bundle(folder: Path) -> list[Commit]:
    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True).stdout

    git("clone", "-q", "--bare", str(BUNDLE), "replay")
    folder = folder / "replay"
    commits: list[Commit] = []
    for name in git("rev-list", "--reverse", "--all").decode().split():
        listed = git("diff-tree", "--root", "-r", "--no-renames", "-z", "--name-status", "--no-commit-id", name)
        parts = listed.decode().split("\0")[:-1]
        pairs = zip(parts[::2], parts[1::2], strict=True)
        commits.append({path: None if how == "D" else git("cat-file", "blob", f"{name}:{path}") for how, path in pairs})
    return commits


def fields_of(data: bytes) -> dict[str, Any]:
    return dict(yaml.safe_load(data.decode().split("---")[1]))


def lines_but(data: bytes, keys: set[str]) -> list[bytes]:
    return [line for line in data.splitlines(keepends=True) if line.partition(b":")[0].decode() not in keys]


class Judge:
    """Decisions by path and key: the editor's value, and the crawler's at that moment."""

    def __init__(self, root: Path, *, is_clean: bool) -> None:
        self.root, self.is_clean, self.rng = root, is_clean, random.Random(5)
        self.crawler: dict[str, bytes] = {}
        self.known: dict[str, bytes] = {}
        self.decided: dict[str, dict[str, tuple[Any, Any]]] = {}
        (root / "_news").mkdir(parents=True)

    def replay(self, commits: list[Commit]) -> None:
        for commit in commits:
            if self.known:
                self.edit()
            self.apply(commit)
            self.sync()

    def edit(self) -> None:
        path, key = self.rng.choice(sorted(self.known)), self.rng.choice(KEYS)
        said = fields_of(self.known[path]).get(key)
        value: Any = self.rng.randint(251, 999) if key == "quality" else f"https://example.org/{self.rng.random()}"
        if said is not None and self.rng.random() < 0.25:
            value = said
        assert run("set_fields", path, f"{key}={yaml.safe_dump(value).splitlines()[0]}", "--as", "ada").code == 0
        words = self.decided.setdefault(path, {})
        words.pop(key, None)
        if value != said:
            words[key] = (value, said)

    def apply(self, commit: Commit) -> None:
        for path, data in commit.items():
            self.crawler.pop(path, None)
            if data is not None:
                self.crawler[path] = data
        for path in self.known if self.is_clean else commit:
            if path not in self.crawler:
                (self.root / path).unlink(missing_ok=True)
        for path in self.crawler if self.is_clean else commit.keys() & self.crawler.keys():
            (self.root / path).write_bytes(self.crawler[path])

    def sync(self) -> None:
        assert run("sync_content", self.root, "--force", "--json").code == 0
        self.known |= self.crawler
        for path in self.crawler:
            self.check_file(path, (self.root / path).read_bytes())
        found = run("conflicts", "--json").facts["conflicts"]
        listed = {(one["path"], one["field"]): (one["base"], one["crawler"], one["editor"]) for one in found}
        assert listed == self.contradictions()
        again = run("sync_content", self.root, "--json").facts
        assert {again[name] for name in ("created", "updated", "noise", "missing", "written")} == {0}

    def check_file(self, path: str, data: bytes) -> None:
        words = self.decided.get(path, {})
        wrote, holds = self.crawler[path], fields_of(data)
        assert lines_but(data, set(words)) == lines_but(wrote, set(words)), path
        assert holds == fields_of(wrote) | {key: value for key, (value, _) in words.items()}, path

    def contradictions(self) -> dict[tuple[str, str], tuple[Any, Any, Any]]:
        found: dict[tuple[str, str], tuple[Any, Any, Any]] = {}
        for path, words in self.decided.items():
            if words and path not in self.crawler:
                found[path, "*"] = (None, None, None)
                continue
            said = fields_of(self.known[path])
            for key, (value, base) in words.items():
                if said.get(key) not in (value, base):
                    found[path, key] = (base, said.get(key), value)
        return found


@pytest.mark.django_db
@pytest.mark.parametrize("is_clean", [True, False], ids=["clean checkout", "shared tree"])
@pytest.mark.parametrize("is_real", [False, True], ids=["synthetic", "bundle"])
def test_nothing_is_lost_in_a_replay(tmp_path: Path, is_real: bool, is_clean: bool) -> None:
    if is_real and not BUNDLE.is_file():
        pytest.skip(f"no history to replay at {BUNDLE}")
    if is_real and not os.environ.get("NEWSROOM_REPLAY"):
        pytest.skip("NEWSROOM_REPLAY=1 replays the real history too; it takes a minute")
    User.objects.create_superuser("ada", "ada@example.com", "pw")
    Judge(tmp_path / "harbour", is_clean=is_clean).replay(of_bundle(tmp_path) if is_real else synthetic(1))
