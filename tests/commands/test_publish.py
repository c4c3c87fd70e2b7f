"""publish and unpublish: as the buttons do, for each path by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from articles.models import Article, Event, Override
from tests.commands.running import run
from tests.factories import make_user
from tests.samples import PATH

pytestmark = pytest.mark.django_db

OTHER = "_news/other.md"


@pytest.fixture(autouse=True)
def _there(imported: Path, ben: User) -> None:
    """Every test has the site and an editor."""


def test_it_publishes_each_as_one_batch() -> None:
    done = run("publish", PATH, OTHER, PATH, "--as", "ben", "--reason", "well told", "--json")
    assert (done.code, done.facts["edited"]) == (0, 2)
    assert Article.objects.published().count() == 2
    events = Event.objects.filter(act=Event.Act.PUBLISHED, username="ben", reason="well told")
    assert [str(event.batch) for event in events] == [done.facts["batch"]] * 2
    assert done.facts["articles"][0]["changes"] == {"published": [False, True]}


def test_it_is_a_decision_also_where_the_crawler_says_the_same() -> None:
    done = run("unpublish", PATH, "--as", "ben")
    assert (done.code, done.out.splitlines()[0]) == (0, f"{PATH}: decided as it is")
    assert Override.objects.get().key == "published"
    again = run("unpublish", PATH, "--as", "ben", "--json")
    assert (again.code, again.facts["edited"], again.facts["unchanged"]) == (0, 0, 1)


def test_one_that_is_refused_does_not_stop_the_rest() -> None:
    done = run("publish", "_news/gone.md", f"harbour:{OTHER}", "--as", "ben", "--json")
    assert (done.code, done.facts["edited"]) == (1, 1)
    assert [(one["path"], one["code"]) for one in done.facts["refused"]] == [("_news/gone.md", "no_such_article")]
    assert Article.objects.get(path=OTHER).published is True


def test_a_dry_run_touches_nothing() -> None:
    done = run("publish", PATH, "--as", "ben", "--dry-run")
    assert (done.code, done.out.splitlines()[0]) == (2, f"{PATH}: would change: published: false -> true")
    assert not Event.objects.exists()


def test_a_stale_version_is_refused() -> None:
    run("publish", PATH, "--as", "ben", "--version", "1")
    done = run("unpublish", PATH, "--as", "ben", "--version", "1", "--json")
    assert (done.code, done.facts["refused"][0]["code"]) == (1, "stale_version")


@pytest.mark.parametrize("name", ["publish", "unpublish"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as", "ben"], "The following arguments are required: PATH"),
        ([PATH], "The following arguments are required: --as"),
        ([PATH, "--as", "nobody"], "There is no user 'nobody'."),
        ([PATH, "--as", "vera"], "vera may not publish articles."),
        (["_news/gone.md", "--as", "vera"], "vera may not publish articles."),
        ([PATH, OTHER, "--as", "ben", "--version", "1"], "--version is for one article."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
@pytest.mark.broad(4)
def test_it_does_not_start(name: str, arguments: list[str], said: str) -> None:
    make_user("vera", "Viewer")
    done = run(name, *arguments)
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    assert not Event.objects.exists()
