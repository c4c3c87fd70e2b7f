"""The page of conflicts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles import review
from articles.desk import settling
from articles.importing import import_site
from articles.models import Article, Override
from tests.samples import ARTICLE, PATH, changed, numbered, write_files

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGE = "/conflicts/"


@pytest.fixture
def ada() -> User:
    user = User.objects.create_user("ada", "ada@example.com", "pw", is_staff=True)
    user.groups.add(Group.objects.get(name="Editor"))
    return user


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = write_files(tmp_path / "harbour", {PATH: ARTICLE})
    import_site(root, at=NOON)
    return root


@pytest.fixture
def conflicting(root: Path, ada: User) -> Article:
    review.edit(Article.objects.get(), {"title": "A <tug>"}, by=ada, at=NOON)
    write_files(root, {PATH: changed(("steers itself", "thinks"))})
    import_site(root, at=NOON)
    return Article.objects.get()


def decide(client: Client, article: Article, field: str, side: str, version: int | None = None) -> str:
    data = {"article": article.pk, "version": version or article.version, "field": field, "side": side}
    return client.post(PAGE, data, follow=True).content.decode()


def test_the_three_values_stand_side_by_side(client: Client, conflicting: Article, ada: User) -> None:
    client.force_login(ada)
    page = client.get(PAGE).content.decode()
    for words in (
        "Harbour pilots test a tug that steers itself",
        "Harbour pilots test a tug that thinks",
        "A &lt;tug&gt;",
        "you, 22 November 2026, 12:00 UTC",
    ):
        assert words in page


def test_without_conflicts_it_says_so(client: Client, root: Path, ada: User) -> None:
    client.force_login(ada)
    assert "No conflicts." in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("side", "title", "said"),
    [
        ("crawler", "Harbour pilots test a tug that thinks", "Title is the crawler&#x27;s again."),
        ("editor", "A <tug>", "Title stays the editor&#x27;s."),
    ],
)
def test_one_click_decides(client: Client, conflicting: Article, ada: User, side: str, title: str, said: str) -> None:
    client.force_login(ada)
    page = decide(client, conflicting, "title", side)
    assert said in page
    assert "No conflicts." in page
    assert Article.objects.get().title == title


def test_a_stale_click_is_refused(client: Client, conflicting: Article, ada: User) -> None:
    client.force_login(ada)
    version = conflicting.version
    review.edit(conflicting, {"title": "The tug"}, by=ada, at=NOON)
    assert "changed since you saw it" in decide(client, conflicting, "title", "crawler", version)
    assert Article.objects.get().title == "The tug"


@pytest.mark.parametrize(
    "data", [{}, {"article": "x"}, {"article": "9" * 30, "field": "title", "side": "crawler"}], ids=str
)
def test_nonsense_finds_no_article(client: Client, conflicting: Article, ada: User, data: dict[str, str]) -> None:
    client.force_login(ada)
    assert client.post(PAGE, data).status_code == 404


def test_a_lost_file_is_decided_as_a_whole(client: Client, root: Path, ada: User) -> None:
    review.edit(Article.objects.get(), {"title": "A tug"}, by=ada, at=NOON)
    (root / PATH).unlink()
    import_site(root, at=NOON)
    client.force_login(ada)
    assert "Whole file" in client.get(PAGE).content.decode()
    assert "decisions went with the file" in decide(client, Article.objects.get(), "*", "crawler")
    assert not Override.objects.exists()


def test_a_viewer_sees_and_cannot_decide(client: Client, conflicting: Article) -> None:
    viewer = User.objects.create_user("vera", is_staff=True)
    viewer.groups.add(Group.objects.get(name="Viewer"))
    client.force_login(viewer)
    assert "Who is right" not in client.get(PAGE).content.decode()
    assert "may not change articles" in decide(client, conflicting, "title", "crawler")
    assert Override.objects.get().in_conflict


def test_somebody_without_rights_does_not_see_it(client: Client, conflicting: Article) -> None:
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    assert client.get(PAGE).status_code == 403


def test_the_number_of_queries_is_fixed(client: Client, tmp_path: Path, ada: User) -> None:
    root = write_files(tmp_path / "s", dict(numbered(12)))
    import_site(root, at=NOON)
    client.force_login(ada)
    counts = []
    for known in (1, 12):
        for article in Article.objects.order_by("path")[:known]:
            review.edit(article, {"title": f"Mine {article.pk}"}, by=ada, at=NOON)
            write_files(root, {article.path: changed(("steers itself", f"thinks {known}"))})
        import_site(root, at=NOON)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_many_are_paged_and_a_decision_comes_back_to_its_page(
    client: Client, tmp_path: Path, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "A_PAGE", 2)
    root = write_files(tmp_path / "s", dict(numbered(5)))
    import_site(root, at=NOON)
    for number, article in enumerate(Article.objects.order_by("path")):
        review.edit(article, {"title": f"Mine {number}"}, by=ada, at=NOON)
        write_files(root, {article.path: changed(("steers itself", "thinks"))})
    import_site(root, at=NOON)
    client.force_login(ada)
    shown = client.get(PAGE, {"page": "2"}).content.decode()
    assert [number for number in range(5) if f"Mine {number}" in shown] == [2, 3]
    assert "3–4 of 5 articles" in shown
    assert 'href="?page=3"' in shown
    article = Article.objects.get(title="Mine 2")
    data = {"article": article.pk, "version": article.version, "field": "title", "side": "editor"}
    assert client.post(f"{PAGE}?page=2", data).headers["Location"] == f"{PAGE}?page=2"
    assert "Mine 4" in client.get(PAGE, {"page": "9"}).content.decode()
