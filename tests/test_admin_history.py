"""The past taken back from an article's history page."""

import pytest
from django.test import Client

from articles import review
from articles.models import Article, Event
from tests.factories import NOON, make_article, make_site, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def article() -> Article:
    return make_article(make_site())


def post(client: Client, event: Event, **data: str) -> str:
    return client.post(f"/admin/history/{event.pk}/", data, follow=True).content.decode()


def test_a_value_is_restored_as_a_new_event(client: Client, article: Article) -> None:
    ada = make_user("ada", "Editor")
    review.edit(article, {"title": "First"}, by=ada, at=NOON)
    review.edit(article, {"title": "Second"}, by=ada, at=NOON)
    client.force_login(ada)
    page = post(client, Event.objects.order_by("-id")[0], restore="title")
    assert "Title is what it was before." in page
    assert Article.objects.get().title == "First"
    assert Event.objects.count() == 3


def test_a_batch_is_taken_back_and_what_was_edited_since_is_named(client: Client, article: Article) -> None:
    ada = make_user("ada", "Editor")
    other = make_article(article.site, title="Another")
    review.publish_each([article, other], by=ada, at=NOON)
    review.unpublish(other, by=ada, at=NOON)
    client.force_login(ada)
    page = post(client, Event.objects.order_by("id")[0], undo="1")
    assert "Taken back: 1 article." in page
    assert "Another: not taken back. ada edited it since" in page
    assert not article.overrides.exists()


def test_the_history_page_offers_it_to_those_who_may_edit(client: Client, article: Article) -> None:
    ada, vera = make_user("ada", "Editor"), make_user("vera", "Viewer")
    review.edit(article, {"title": "First"}, by=ada, at=NOON)
    event = Event.objects.get()
    address = f"/admin/articles/article/{article.pk}/history/"
    client.force_login(ada)
    page = client.get(address).content.decode()
    assert "take back" in page
    assert "Restore Title to: Harbour pilots" in page
    client.force_login(vera)
    assert "take back" not in client.get(address).content.decode()
    assert client.post(f"/admin/history/{event.pk}/", {"undo": "1"}).status_code == 403
    assert Article.objects.get().title == "First"


def test_what_an_event_did_not_change_cannot_be_restored(client: Client, article: Article) -> None:
    ada = make_user("ada", "Editor")
    review.edit(article, {"title": "First"}, by=ada, at=NOON)
    client.force_login(ada)
    for key in ("quality", "secured", ""):
        assert "did not change that field" in post(client, Event.objects.get(), restore=key)


def test_it_is_never_done_by_a_link(client: Client, article: Article) -> None:
    ada = make_user("ada", "Editor")
    review.edit(article, {"title": "First"}, by=ada, at=NOON)
    client.force_login(ada)
    assert client.get(f"/admin/history/{Event.objects.get().pk}/?undo=1").status_code == 405
