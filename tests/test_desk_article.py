"""The pane of one article: what it says, what it never shows, what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles import review
from articles.content.values import ABSENT
from articles.desk.difference import Piece, lines_between, without_secret, words_between
from articles.desk.embeds import Video, video_of
from articles.desk.facts import ago
from articles.desk.storyline import apart
from articles.models import Article, Provider, Site, Topic
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import Page, read
from tests.samples import SECURED

SCRIPT = {"HX-Request": "true"}
EVIL = "\"'><img src=x onerror=alert(1)><script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}"


@pytest.fixture
def ed(db: None) -> User:
    return make_user("ed", "Editor")


@pytest.fixture
def client(ed: User) -> Client:
    client = Client()
    client.force_login(ed)
    return client


@pytest.fixture
def site(db: None) -> Site:
    return make_site()


@pytest.fixture
def article(site: Site) -> Article:
    return make_article(site)


def pane(client: Client, article: Article, query: str = "") -> Page:
    response = client.get(f"/articles/{article.pk}/{query}", headers=SCRIPT)
    assert response.status_code == 200
    return read(response)


def test_without_a_script_the_pane_is_shown_beside_the_queue(client: Client, article: Article) -> None:
    response = client.get(f"/articles/{article.pk}/?order=newest&article=99")
    assert (response.status_code, response["Location"]) == (302, f"/?order=newest&article={article.pk}")


def test_it_shows_the_article_with_its_buttons(client: Client, article: Article) -> None:
    page = pane(client, article)
    for words in (
        "Harbour Herald · news.example.com",
        "20 Nov 2026, 08:15 UTC",
        "Harbour pilots test a tug that steers itself",
        "Publish p",
        "Unpublish u",
        "Keep as is x",
        "Edit e",
        "Not published: quality 68 is below the site's 70.",
        "A tug without a crew moved a barge across the harbour.",
        "Robotics",
        "1 of 2 pictures",
        "a lone item: equal to quality",
        "Nothing has happened to it since it was first read.",
    ):
        assert words in page.text
    assert page.form("decide-form")["version"] == ["1"]


def test_a_row_that_lacks_what_mostly_goes_with_it_is_shown(client: Client, article: Article) -> None:
    lacks: dict[str, Any] = dict.fromkeys(
        ("title", "excerpt", "type", "quality", "heat", "published", "published_at", "provider", "provider_name"), None
    )
    odd = {"state": Article.State.DECIDED, "decided_at": None, "problems": [{}, {"message": None, "line": 0}]}
    Article.objects.update(**lacks, **odd)
    page = pane(client, article)
    for words in ("decided", "No excerpt.", "Not scored yet", "not scored yet", "In the file 2", article.path):
        assert words in page.text
    assert client.get("/?state=all").status_code == 200


def test_every_form_carries_the_version_and_the_queue(client: Client, article: Article) -> None:
    page = pane(client, article, "?order=newest&q=tug")
    forms = [form for form in page.forms.values() if "csrfmiddlewaretoken" in form]
    assert forms
    assert all(set(form["version"]) == {"1"} and set(form["next"]) == {"q=tug&order=newest"} for form in forms)


def test_it_costs_a_fixed_number_of_queries(
    client: Client, ed: User, site: Site, django_assert_num_queries: Any
) -> None:
    """Session, user with rights, and the article with all that there can be."""
    one = make_article(site, heat=-1, related=[{"title": "Old cells"}])
    others = [make_article(site, title=f"Another {number}", heat=90) for number in range(5)]
    Article.objects.filter(pk__in=[one.pk, *(other.pk for other in others)]).update(story=one.pk)
    Topic.objects.filter(site=site).update(path="_data/topics/1.yaml", keywords=["tug"])
    Provider.objects.update(path="_data/organizations/herald.md")
    for number in range(12):
        review.edit(one, {"title": f"Title {number}", "quality": number}, by=ed, at=NOON)
    with django_assert_num_queries(3):
        pane(client, one)


def test_the_reason_of_an_editors_decision_is_told(client: Client, ed: User, article: Article) -> None:
    review.publish(article, by=ed, at=NOON, reason="Good story")
    assert "You published it on 22 November 2026, 12:00 UTC: Good story" in pane(client, article).text


def test_the_crawlers_score_stands_beside_the_editors(client: Client, ed: User, article: Article) -> None:
    review.edit(article, {"quality": 91}, by=ed, at=NOON, reason="Exclusive")
    page = pane(client, article)
    assert "crawler 68 · you, " in page.text
    assert ": Exclusive" in page.text
    assert "Reset quality to the crawler's 68" in page.attributes("button", "aria-label")


def test_the_pending_difference_shows_the_lines_that_change_and_no_secret(
    client: Client, ed: User, article: Article
) -> None:
    review.edit(article, {"quality": 91, "topics": ["Robotics"]}, by=ed, at=NOON)
    page = pane(client, article)
    assert "-quality: 68" in page.text
    assert "+quality: 91" in page.text
    assert SECURED[:20] not in page.html


def test_a_safe_fix_shows_what_it_makes_of_the_value(client: Client, site: Site) -> None:
    page = pane(client, make_article(site, title="Chinaâ€™s battery start-ups"))
    assert "Chinaâ€™sChina’s battery start-ups" in page.text
    assert "Fix: mojibake" in page.attributes("button", "aria-label")


def test_topics_are_suggested_by_their_keywords(client: Client, site: Site, article: Article) -> None:
    Topic.objects.create(site=site, name="Ports", path="_data/topics/1.yaml", keywords=["barge"])
    assert "+ Ports “barge” in excerpt" in pane(client, article).text


def test_the_story_says_who_leads_and_what_heat_minus_1_means(client: Client, site: Site) -> None:
    related = [
        {"title": "Elsewhere", "quality": 33, "webUrl": "https://other.example/1", "provider": {"name": "Other"}},
        {"title": "Trap", "webUrl": "javascript:alert(1)"},
    ]
    led = make_article(site, title="Led", heat=-1, related=related)
    lead = make_article(site, title="Lead", heat=120, publishedDateTime=NOON - timedelta(days=1))
    Article.objects.filter(pk__in=[led.pk, lead.pk]).update(story=led.pk)
    page = pane(client, led)
    assert "Heat -1: “Lead” leads it." in page.text
    assert "68 Lead leads Harbour Herald · 1 day later" in page.text
    assert "33 Elsewhere ↗ Other" in page.text
    assert f"/?article={lead.pk}" in page.attributes("a", "href")


def test_history_is_told_and_a_value_can_be_restored(client: Client, ed: User, article: Article) -> None:
    review.edit(article, {"quality": 91}, by=ed, at=NOON)
    page = pane(client, article)
    assert "you edited Quality 68 → 91" in page.text
    assert "Restore Quality to 68" in page.attributes("button", "aria-label")


def test_a_conflict_shows_all_sides(client: Client, ed: User, article: Article) -> None:
    review.edit(article, {"title": "Mine"}, by=ed, at=NOON)
    article.source.text = bytes(article.source.text).replace(b"Harbour pilots test", b"Pilots try")
    article.source.save()
    article.overrides.update(in_conflict=True)
    text = pane(client, article).text
    assert "It was Harbour pilots test a tug that steers itself" in text
    assert "Crawler now Pilots try a tug that steers itself" in text
    assert "Editor Mine" in text


@pytest.mark.parametrize(
    ("names", "whom"),
    [
        (["ed"], "you 1"),
        (["nora"], "nora's decision 1"),
        (["ed", "ed"], "you 2"),
        (["nora", "ed"], "decisions by nora and you 2"),
    ],
)
def test_whom_the_crawler_contradicts_is_said_by_name(
    client: Client, ed: User, article: Article, names: list[str], whom: str
) -> None:
    people = {"ed": ed, "nora": make_user("nora", "Editor")}
    for key, name in zip(("category", "title"), names, strict=False):
        review.edit(article, {key: "Mine"}, by=people[name], at=NOON)
    article.overrides.update(in_conflict=True)
    assert f"The crawler contradicts {whom} " in pane(client, article).text


def test_a_viewer_sees_it_without_a_button(article: Article) -> None:
    client = Client()
    client.force_login(make_user("vera", "Viewer"))
    page = pane(client, article)
    assert "Not published" in page.text
    assert page.attributes("button", "type") == []


def test_hostile_text_in_every_field_stays_text(client: Client, ed: User, site: Site) -> None:
    article = make_article(
        site,
        title=EVIL * 60,
        excerpt=EVIL * 60,
        topics=[EVIL, "b"],
        originalUrl="javascript:alert(1)",
        webUrl="javascript:alert(2)",
        type=EVIL,
        featuredContent=EVIL,
        provider={"name": EVIL, "domain": EVIL, "images": [{"url": "javascript:alert(3)"}]},
        images=[{"url": EVIL, "title": EVIL}],
        related=[{"title": EVIL, "webUrl": f"javascript:{EVIL}", "provider": EVIL}],
        quality=EVIL,
        heat=EVIL,
        **{EVIL: EVIL},
    )
    review.edit(article, {"quality": 5, "excerpt": EVIL}, by=ed, at=NOON, reason=EVIL)
    article.overrides.update(in_conflict=True)
    for path in ("", "edit/"):
        response = client.get(f"/articles/{article.pk}/{path}", headers=SCRIPT)
        page = read(response)
        tags = {tag for tag, _ in page.elements}
        assert tags.isdisjoint({"script", "iframe"})
        assert all(source.startswith(("https://", "/")) for source in page.attributes("img", "src"))
        assert all(link.startswith(("/", "http")) for link in page.attributes("a", "href"))
        assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 40])
def test_there_is_no_such_article(client: Client, pk: str) -> None:
    assert client.get(f"/articles/{pk}/", headers=SCRIPT).status_code == 404


@pytest.mark.parametrize(
    ("code", "video"),
    [
        (
            '<iframe width="1" src="https://www.youtube.com/embed/abc-DEF_123?x=1"></iframe>',
            Video(
                "https://www.youtube-nocookie.com/embed/abc-DEF_123",
                "https://www.youtube.com/watch?v=abc-DEF_123",
                "youtube.com",
            ),
        ),
        (
            "https://youtu.be/abc-DEF_123",
            Video(
                "https://www.youtube-nocookie.com/embed/abc-DEF_123",
                "https://www.youtube.com/watch?v=abc-DEF_123",
                "youtube.com",
            ),
        ),
        (
            "<iframe src='//player.vimeo.com/video/12345'></iframe>",
            Video("https://player.vimeo.com/video/12345?dnt=1", "https://vimeo.com/12345", "vimeo.com"),
        ),
        (
            '<iframe src="https://evil.example/embed/1"></iframe>',
            Video("", "https://evil.example/embed/1", "evil.example"),
        ),
        (
            '<iframe src="https://www.youtube.com/embed/a\'%22onload=1"></iframe>',
            Video("", "https://www.youtube.com/embed/a", "www.youtube.com"),
        ),
        ('<iframe src="javascript:alert(1)"></iframe>', None),
        ("<script>alert(1)</script>", None),
        ("", None),
        (None, None),
    ],
)
def test_only_known_hosts_are_framed(code: str | None, video: Video | None) -> None:
    assert video_of(code) == video


def test_a_secret_is_emptied_wherever_it_stands() -> None:
    text = """title: "secured: no secret"
secured: "AAAA
  BBBB"
map:
  secured: |
    CCCC
  other: {a: 1, secured: DDDD}
list:
- secured: EEEE
- fine
secured:
- FFFF
end: 1"""
    kept = without_secret(text)
    assert all(secret not in kept for secret in ("AAAA", "BBBB", "CCCC", "DDDD", "EEEE", "FFFF"))
    assert 'title: "secured: no secret"' in kept
    assert "- fine" in kept
    assert "end: 1" in kept


def test_a_piece_of_the_secret_at_the_left_edge_is_no_line_either() -> None:
    assert "QUJDREVGR0hJSktM" not in without_secret('secured: "QUJD\nQUJDREVGR0hJSktM"\nend: 1', "QUJDQUJDREVGR0hJSktM")


def test_lines_are_compared_with_one_around_each_change() -> None:
    before, after = b"a\nb\nc\nd\ne\nf\ng\nh\n", b"a\nB\nc\nd\ne\nf\nG\nh\n"
    assert lines_between(before, after) == [
        Piece("", " a"),
        Piece("del", "-b"),
        Piece("ins", "+B"),
        Piece("", " c"),
        Piece("at", "⋯"),
        Piece("", " f"),
        Piece("del", "-g"),
        Piece("ins", "+G"),
        Piece("", " h"),
    ]
    assert lines_between(before, before) == []


def test_words_are_compared_and_texts_without_anything_in_common_are_not() -> None:
    assert words_between("a tug steers", "a tug sails") == [
        Piece("", "a tug "),
        Piece("del", "steers"),
        Piece("ins", "sails"),
    ]
    assert words_between("one", "another") == [Piece("del", "one"), Piece("ins", "another")]


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(days=5), "5 d"),
        (timedelta(days=50), "3 Oct"),
        (timedelta(days=500), "10 Jul 2025"),
    ],
)
def test_a_moment_is_told_in_short(gap: timedelta, words: str) -> None:
    assert ago(NOON - gap, NOON) == words


@pytest.mark.parametrize(
    ("gap", "words"),
    [(timedelta(minutes=5), "same hour"), (timedelta(hours=5), "5 h later"), (timedelta(days=-2), "2 days earlier")],
)
def test_two_moments_are_told_apart(gap: timedelta, words: str) -> None:
    assert apart(NOON, NOON + gap) == words
    assert apart(None, NOON) == ""


def test_an_article_without_anything_is_shown_too(client: Client, site: Site) -> None:
    nothing: dict[str, Any] = dict.fromkeys(("title", "excerpt", "provider", "topics", "images", "quality"), ABSENT)
    bare = make_article(site, **nothing)
    text = pane(client, bare).text
    assert "No excerpt." in text
    assert "No topics." in text
    assert bare.path in text
