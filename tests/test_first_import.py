"""A first import of many files, which other processes read: the same rows and the same report as by one alone."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Window
from django.db.models.functions import Rank

from articles.content.document import Document
from articles.grouping import headline
from articles.importing import import_site
from articles.models import Article, ArticleTopic, Finding, Image, Provider, Site, Source
from articles.report import Report
from articles.searching import search
from tests.commands.running import environment, manage, shell
from tests.samples import ARTICLE, changed, numbered, retold, write_files

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "corpus"
ODD: dict[str, str | bytes] = {
    "_news/a-half.md": ARTICLE[:200],
    "_news/b-bytes.md": b"---\ntitle: \xff\n---\n",
    "_news/c-nul.md": "---\ntitle: a\0b\n---\n",
    "_news/d-empty.md": "",
    "_news/e-types.md": "---\ntitle: [1]\nquality: x\npublishedDateTime: 2020-02-30\nmore: {a: .nan}\n---\n",
    "_news/f-number.md": f"---\ntitle: x\nquality: {'9' * 45}\nfoo: {'9' * 30}\n---\n",
    "_news/g-related.md": changed(
        ("secured:", 'related:\n  - title: "Other"\n    originalUrl: "https://x.example/1"\nsecured:')
    ),
    "_news/h-unseen.md": "---\ntitle: \U0001f916 \u202e x\nimages: [{url: 1, odd: 2020-01-01}, 7]\nprovider: x\n---\n",
    "_news/i-lists.md": "---\ntitle: ''\ntopics: [a, a, 1]\nprovider: {domain: EXAMPLE.com, images: []}\n---\n",
    "_news/j-toml.md": '+++\ntitle = "x"\n+++\n',
    "_news/k-json.md": '{\n"title": "x", "topics": ["new"]\n}\n',
    "_posts/below/deep.md": ARTICLE,
    "_config.yml": "title: X\nthreshold: 60\n",
    "_data/organizations/x.md": "---\nname: Herald\ndomain: news.example.com\n---\n",
    "_data/topics/x.md": "---\nname: Ships\n---\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Files of every kind, among them some that cannot be read."""
    samples = {f"_news/z-{file.name}": file.read_bytes() for file in SAMPLES.iterdir() if file.suffix == ".md"}
    root = write_files(tmp_path / "harbour", {**ODD, **samples, **numbered(60)})
    (root / "_news/link.md").symlink_to(root / "_news/a-half.md")
    (root / "_news/bad\x01name.md").write_text(ARTICLE)
    return aged(root)


def aged(root: Path) -> Path:
    """As of long ago: the times of files that were just written are not kept."""
    for file in root.rglob("*.md"):
        os.utime(file, (1_700_000_000, 1_700_000_000), follow_symlinks=False)
    return root


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.importing.FIRST_CHUNK", 7)


def read(root: Path, monkeypatch: pytest.MonkeyPatch, *, processes: int, dry_run: bool = False) -> list[Any]:
    """What such an import leaves, which is taken back again."""
    monkeypatch.setattr("articles.importing.cores_to_share", lambda: processes)
    with transaction.atomic():
        report = import_site(root, at=NOON, dry_run=dry_run)
        left = [told(report), *tables()]
        transaction.set_rollback(True)
    return left


def told(report: Report) -> dict[str, Any]:
    return {**report.as_dict(), "batch": "", "seconds": 0}


def tables() -> list[Any]:
    """Everything but the keys, of which only the order counts."""
    place = Window(Rank(), order_by=F("pk").asc())
    columns = [field.name for field in Article._meta.concrete_fields if field.name not in ("id", "site", "provider")]
    first = Article.objects.order_by("pk").values_list("pk", flat=True).first() or 0
    articles = [
        {**row, "story": row["story"] and row["story"] - first}
        for row in Article.objects.order_by("pk").annotate(place=place).values("place", "provider__domain", *columns)
    ]
    links = ArticleTopic.objects.order_by("article", "position").values_list("article__path", "topic__name", "position")
    image = [field.name for field in Image._meta.concrete_fields if field.name not in ("id", "article", "provider")]
    return [
        articles,
        [*Source.objects.order_by("pk").values_list("article__path", "text", "secured", "exported")],
        [*links],
        [
            *Image.objects.order_by("article", "provider", "position").values(
                "article__path", "provider__domain", *image
            )
        ],
        [*Finding.objects.order_by("pk").values_list("article__path", "code", "key", "severity")],
        [*Provider.objects.order_by("domain").values_list("domain", "name")],
        sorted(search(Article.objects.all(), "harbour").values_list("path", flat=True)),
        made() if connection.vendor == "sqlite" else (),
    ]


def made() -> set[tuple[str, str]]:
    """The indexes and triggers that there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL")
        return set(cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.broad(5)
def test_with_other_processes_it_is_the_same(
    root: Path, monkeypatch: pytest.MonkeyPatch, processes: int, *, dry_run: bool
) -> None:
    alone = read(root, monkeypatch, processes=0, dry_run=dry_run)
    assert (alone[0]["created"], len(alone[1])) == (86, 0 if dry_run else 86)
    assert read(root, monkeypatch, processes=processes, dry_run=dry_run) == alone


@pytest.mark.django_db
def test_one_file_at_a_time_leaves_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too few for other processes, and with all indexes; only the order of the problems in the report may differ."""
    many = read(root, monkeypatch, processes=2)
    monkeypatch.setattr("articles.importing.FIRST_CHUNK", 1_000)
    few = read(root, monkeypatch, processes=2)
    assert few[1:] == many[1:]
    assert sorted(map(str, few[0].pop("problems"))) == sorted(map(str, many[0].pop("problems")))
    assert few[0] == many[0]


@pytest.mark.django_db
@pytest.mark.thorough
def test_a_process_that_is_killed_takes_nothing_with_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = read(root, monkeypatch, processes=0)
    here, as_found = os.getpid(), Document.read

    def killed(data: bytes, path: str) -> Any:
        if "tug-00011" in path and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return as_found(data, path)

    monkeypatch.setattr("articles.preparing.Document.read", killed)
    assert read(root, monkeypatch, processes=2) == alone


@pytest.mark.django_db
@pytest.mark.parametrize("killed", [False, True])
def test_titles_that_another_process_compares_are_found_alike(
    root: Path, monkeypatch: pytest.MonkeyPatch, *, killed: bool
) -> None:
    here, compared = os.getpid(), 0

    def counted(*told: Any) -> Any:
        nonlocal compared
        compared += 1
        if killed and compared == 50 and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return headline(*told)

    aged(write_files(root, {**retold(30, NOON)}))
    monkeypatch.setattr("articles.grouping.ROWS_AT_ONCE", 9)
    alone = read(root, monkeypatch, processes=0)
    assert sum(code == "near_title" for _, code, _, _ in alone[5]) == 60
    monkeypatch.setattr("articles.grouping.headline", counted)
    assert read(root, monkeypatch, processes=2) == alone
    assert (compared > 100) is killed


@pytest.mark.django_db
def test_an_error_leaves_the_old_state(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise MemoryError

    before = made() if connection.vendor == "sqlite" else ()
    monkeypatch.setattr("articles.importing.cores_to_share", lambda: 2)
    with monkeypatch.context() as patch:
        patch.setattr("articles.preparing.findings_of", broken)
        with pytest.raises(MemoryError):
            import_site(root, at=NOON)
    assert (Site.objects.count(), Article.objects.count()) == (0, 0)
    assert (made() if connection.vendor == "sqlite" else ()) == before
    assert import_site(root, at=NOON).created == 86


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")
@pytest.mark.parametrize("moment", [0, 1])
def test_killed_in_the_midst_nothing_is_left_and_the_next_run_is_whole(
    with_tables: Callable[[Path], None], tmp_path: Path, moment: int
) -> None:
    """Killed alone, so that what it forked has to see by itself that it is gone."""
    root = write_files(tmp_path / "harbour", dict(numbered(1_500)))
    with_tables(database := tmp_path / "desk.sqlite3")
    process = subprocess.Popen(
        manage("import_content", root),
        env=environment(database),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for_children(process)
    time.sleep(moment / 5)
    process.kill()
    process.wait()
    for _ in range(200):
        if not in_session(process.pid):
            break
        time.sleep(0.02)
    assert in_session(process.pid) == []
    with closing(sqlite3.connect(database)) as rows:
        assert rows.execute("SELECT count(*) FROM articles_article").fetchone() == (0,)
    facts = shell(database, "import_content", root, "--json").facts
    assert (facts["created"], facts["problems"]) == (1_500, [])


def wait_for_children(process: subprocess.Popen[bytes]) -> None:
    """On one core there are none."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and len(os.sched_getaffinity(0)) > 1 and not children.read_text():
        time.sleep(0.005)
    assert process.poll() is None


def in_session(session: int) -> list[int]:
    """The processes of a session that have not ended."""
    return [pid for pid, leader, state in map(status_of, map(int, processes())) if leader == session and state != "Z"]


def processes() -> list[str]:
    return [folder.name for folder in Path("/proc").iterdir() if folder.name.isdecimal()]


def status_of(pid: int) -> tuple[int, int, str]:
    try:
        state, _, _, session, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return pid, 0, "Z"
    return pid, int(session), state
