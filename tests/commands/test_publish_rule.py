"""publish_rule: lists who changes sides and why, and does exactly that as one batch."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from articles import review
from articles.models import Article, Event, Override, Site
from tests.commands.running import run
from tests.factories import NOON, make_article, make_site, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Chief editor")


@pytest.fixture
def site(ada: User) -> Site:
    """Of five, one is published; ada keeps one out, and another item leads one."""
    site = make_site()
    for path, fields in ARTICLES.items():
        make_article(site, f"_news/{path}.md", **fields)
    review.unpublish(Article.objects.get(path="_news/held.md"), by=ada, at=NOON, reason="an advertisement")
    return site


ARTICLES: dict[str, dict[str, Any]] = {
    "out": {"quality": 90, "heat": 90, "published": True},
    "near": {"quality": 65, "heat": 65},
    "low": {"quality": 20, "heat": 20, "published": True},
    "held": {"quality": 80, "heat": 80, "published": True},
    "led": {"quality": 95, "heat": -1},
}


def published() -> list[str]:
    return list(Article.objects.published().order_by("path").values_list("path", flat=True))


def rule(*arguments: str) -> Any:
    return run("publish_rule", *arguments, "--as", "ada")


def test_it_turns_who_has_to_be_turned_as_one_batch(site: Site) -> None:
    done = rule("--min-quality", "60", "--json")
    assert done.code == 0
    assert published() == ["_news/near.md", "_news/out.md"]
    assert (done.facts["count"], done.facts["edited"], done.facts["refused"]) == (2, 2, [])
    assert [(one["path"], one["changes"], one["why"]) for one in done.facts["articles"]] == [
        ("_news/near.md", {"published": [False, True]}, "quality 65 reaches 60"),
        ("_news/low.md", {"published": [True, False]}, "quality 20 is below 60"),
    ]
    assert done.facts["led"] == ["_news/led.md"]
    assert done.facts["held"] == [
        {"path": "_news/held.md", "why": "ada unpublished it on 22 November 2026, 12:00 UTC: an advertisement"}
    ]
    events = Event.objects.filter(reason="rule: quality at least 60")
    assert {str(event.batch) for event in events} == {done.facts["batch"]}
    assert events.count() == 2


def test_a_dry_run_lists_who_and_why_and_touches_nothing(site: Site) -> None:
    done = rule("--min-quality", "60", "--dry-run")
    assert done.code == 2
    assert done.out.splitlines() == [
        "_news/near.md: would be published, quality 65 reaches 60",
        "_news/low.md: would be unpublished, quality 20 is below 60",
        "_news/held.md: stays as it is, quality 80. "
        "ada unpublished it on 22 November 2026, 12:00 UTC: an advertisement",
        "_news/led.md: stays unpublished, quality 95. Another item leads its story.",
        "2 would change sides, 1 held by editors, 1 led by another item. Dry run: nothing was changed.",
    ]
    assert published() == ["_news/low.md", "_news/out.md"]


def test_nothing_to_do_is_done(site: Site) -> None:
    rule("--min-quality", "60")
    again = rule("--min-quality", "60", "--dry-run", "--json")
    assert (again.code, again.facts["count"]) == (0, 0)


def test_it_runs_over_as_many_as_were_expected_or_not_at_all(site: Site) -> None:
    refused = rule("--min-quality", "60", "--expect", "3")
    assert (refused.code, refused.out) == (3, "")
    assert refused.err == "3 were expected to change sides, and 2 would. Look again, then decide."
    assert not Event.objects.filter(reason__startswith="rule").exists()
    assert rule("--min-quality", "60", "--expect", "2").code == 0


def test_undo_tried_has_no_batch_of_its_own(site: Site) -> None:
    batch = rule("--min-quality", "60", "--json").facts["batch"]
    tried = run("undo", batch, "--as", "ada", "--dry-run", "--json")
    assert (tried.code, len(tried.facts["undone"]), tried.facts["batch"]) == (2, 2, "")


def test_undo_takes_the_whole_batch_back(site: Site) -> None:
    batch = rule("--min-quality", "60", "--json").facts["batch"]
    undone = run("undo", batch, "--as", "ada", "--json")
    assert (undone.code, len(undone.facts["undone"])) == (0, 2)
    assert published() == ["_news/low.md", "_news/out.md"]
    assert list(Override.objects.values_list("article__path", "key")) == [("_news/held.md", "published")]


def test_a_rule_turns_again_what_a_rule_turned(site: Site) -> None:
    """Where it says what the crawler says, nothing of the first is left."""
    rule("--min-quality", "60")
    assert rule("--min-quality", "70").code == 0
    assert published() == ["_news/out.md"]
    assert not Override.objects.filter(article__path="_news/near.md").exists()
    assert Override.objects.get(article__path="_news/low.md").value is False


def test_what_a_person_kept_as_it_is_stays(site: Site, ada: User) -> None:
    review.keep(Article.objects.get(path="_news/near.md"), by=ada, at=NOON)
    done = rule("--min-quality", "60", "--json")
    assert [one["path"] for one in done.facts["held"]] == ["_news/held.md", "_news/near.md"]
    assert done.facts["held"][1]["why"] == "Kept as it is on 22 November 2026, 12:00 UTC."


def test_it_judges_nothing(site: Site) -> None:
    """Nobody looked at them: they stay in the queue."""
    rule("--min-quality", "60")
    near = Article.objects.get(path="_news/near.md")
    assert (near.state, near.decided_at) == (Article.State.NEW, None)


def test_what_is_led_by_another_is_taken_out_of_the_paper(site: Site) -> None:
    make_article(site, "_news/twin.md", quality=90, heat=-1, published=True)
    done = rule("--min-quality", "60", "--json")
    assert [one["why"] for one in done.facts["articles"] if one["path"] == "_news/twin.md"] == [
        "another item leads its story (heat -1)"
    ]


def test_several_sites_want_a_name(site: Site) -> None:
    make_article(make_site("meadow"), "_news/other.md", quality=99)
    assert rule("--min-quality", "60").err == "There are several sites: harbour, meadow. Name one with --site."
    done = rule("--min-quality", "60", "--site", "meadow", "--json")
    assert [one["path"] for one in done.facts["articles"]] == ["_news/other.md"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as", "ada"], "The following arguments are required: --min-quality"),
        (["--min-quality", "60"], "The following arguments are required: --as"),
        (["--min-quality", "high", "--as", "ada"], "Argument --min-quality: invalid int value: 'high'"),
        (["--min-quality", "60", "--as", "ben"], "ben may not run a publish rule or set the threshold."),
        (["--min-quality", "60", "--as", "ben", "--dry-run"], "ben may not run a publish rule or set the threshold."),
        (["--min-quality", "60", "--as", "ada", "--site", "gone"], "There is no site 'gone'."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.broad(3)
def test_it_does_not_start(site: Site, arguments: list[str], said: str) -> None:
    make_user("ben", "Editor")
    done = run("publish_rule", *arguments)
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    assert not Event.objects.filter(reason__startswith="rule").exists()
