"""A repository's past as events."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from articles.history import import_history
from articles.importing import import_site
from articles.models import Event, Site
from tests.samples import ARTICLE, PATH, SECURED, SECURED_ANEW, changed, write_files

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def commit(root: Path, hour: int, author: str, files: dict[str, str]) -> None:
    write_files(root, dict(files))
    stamp = f"2026-11-20T{hour:02}:00:00+00:00"
    name, address = author, f"{author}@example.com"
    environment = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": address,
        "GIT_AUTHOR_DATE": stamp,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": address,
        "GIT_COMMITTER_DATE": stamp,
        "PATH": "/usr/bin:/bin",
        "HOME": str(root),
    }
    subprocess.run(["git", "add", "-A"], cwd=root, check=True, env=environment)
    subprocess.run(["git", "commit", "-qm", f"Crawl at {hour}"], cwd=root, check=True, env=environment)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    root = tmp_path / "repository"
    root.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    User.objects.create_user("ada", "Ada@example.com")
    commit(root, 8, "crawler", {f"site/{PATH}": ARTICLE, "site/_news/gone.md": ARTICLE})
    commit(root, 9, "crawler", {f"site/{PATH}": changed((SECURED, SECURED_ANEW)).replace("\n", "\r\n")})
    commit(root, 10, "crawler", {f"site/{PATH}": changed(("quality: 68", "quality: 71")), "site/other.txt": "x"})
    (root / "site/_news/gone.md").unlink()
    retitled = changed(("quality: 68", "quality: 71"), ("steers itself", "thinks"))
    commit(root, 11, "ada", {f"site/{PATH}": retitled})
    commit(root, 12, "crawler", {f"site/{PATH}": "---\ntitle: 'half\n---\n"})
    commit(root, 13, "crawler", {f"site/{PATH}": retitled})
    import_site(root / "site", at=NOON)
    return Site.objects.get()


def test_who_set_which_field_and_when(site: Site) -> None:
    assert import_history(site) == 3
    events = [(event.at.hour, event.doer, sorted(event.changes)) for event in Event.objects.order_by("at")]
    first = ["category", "excerpt", "heat", "images", "originalUrl", "provider", "published", "publishedDateTime"]
    assert events == [
        (8, "crawler", [*first, "quality", "title", "topics", "type"]),
        (10, "crawler", ["quality"]),
        (11, "ada", ["title"]),
    ]
    quality = Event.objects.order_by("at")[1]
    assert (quality.changes, quality.article and quality.article.path) == ({"quality": [68, 71]}, PATH)
    assert "Crawl at 10" in quality.reason


def test_the_cipher_is_not_in_it(site: Site) -> None:
    import_history(site)
    assert not any("secured" in event.changes or SECURED in str(event.changes) for event in Event.objects.all())


def test_a_second_run_finds_nothing_new(site: Site) -> None:
    import_history(site)
    assert import_history(site) == 0
