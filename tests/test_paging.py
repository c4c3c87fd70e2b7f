"""Lists that are narrowed: few rows are fetched, of many the first are walked, and those far down are found as well."""

import pytest
from django.db.models import F

from articles import paging
from articles.models import Article
from articles.paging import CappedPaginator, bounded
from tests.factories import make_article, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def titles() -> None:
    site = make_site()
    for number in range(12):
        make_article(site, title=f"{number:02}", quality=number, published=number % 3 == 0)


def pages_of(**narrowed: object) -> list[list[str]]:
    every = Article.objects.order_by(F("quality").desc(nulls_last=True), "-pk")
    paginator = CappedPaginator(bounded(every, Article.objects.filter(**narrowed)), 2)
    return [[str(one) for one in paginator.page(number)] for number in paginator.page_range]


@pytest.mark.parametrize(
    ("cap", "walked", "few"),
    [(100, 100, 100), (100, 100, 1), (3, 100, 1), (3, 2, 1), (3, 1, 1)],
    ids=["few", "some", "walked", "part", "found"],
)
def test_every_way_gives_the_same_page(
    titles: None, cap: int, walked: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "CAP", cap)
    monkeypatch.setattr(paging, "WALKED", walked)
    monkeypatch.setattr(paging, "FEW", few)
    expected = [["09", "06"], ["03", "00"]]
    assert pages_of(published=True) == (expected if cap == 100 else [["09", "06"], ["03"]])


def test_a_list_beyond_its_cap_says_so(titles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "CAP", 3)
    paginator = CappedPaginator(bounded(Article.objects.order_by("-pk"), Article.objects.filter(published=True)), 2)
    assert (paginator.count, paginator.count_in_words, paginator.is_capped) == (3, "more than 3", True)
