"""set_fields: an editor's word from the shell, one article or a batch, through the same door as the page."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from articles.content.values import ABSENT
from articles.importing import import_site
from articles.mapping import fields_in_force
from articles.models import Article, Event, Override
from tests.commands.running import Run, run
from tests.factories import NOON, make_user
from tests.samples import ARTICLE, PATH, SECURED, changed, write_files

pytestmark = pytest.mark.django_db

TITLE = "Harbour pilots test a tug that steers itself"
OTHER = "_news/other.md"


@pytest.fixture(autouse=True)
def _there(imported: Path, ben: User) -> None:
    """Every test has the site and an editor."""


def in_force(path: str = PATH) -> dict[str, Any]:
    return fields_in_force(Article.objects.get(path=path))


def batch(folder: Path, *lines: dict[str, Any] | str | bytes) -> Path:
    """A file with a line for each; an object becomes its JSON."""
    texts = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    file = folder / "batch.jsonl"
    file.write_bytes(b"\n".join(text.encode() if isinstance(text, str) else text for text in texts))
    return file


def refusals(done: Run) -> list[tuple[Any, ...]]:
    return [(one.get("line"), one["path"], one.get("key"), one["code"]) for one in done.facts["refused"]]


# One article


def test_it_sets_fields_with_an_event() -> None:
    done = run("set_fields", PATH, "title=A tug", "quality=70", "--as", "ben", "--reason", "shorter")
    assert done.code == 0
    assert done.out.startswith(f'{PATH}: title: "{TITLE}" -> "A tug"; quality: 68 -> 70\n1 edited (batch ')
    assert (in_force()["title"], in_force()["quality"]) == ("A tug", 70)
    event = Event.objects.get(by_crawler=False)
    assert (event.username, event.reason, event.act) == ("ben", "shorter", "edited")


def test_the_report_is_one_object() -> None:
    done = run("set_fields", PATH, "title=A tug", "--as", "ben", "--json")
    batch_id = str(Event.objects.get(by_crawler=False).batch)
    assert {**done.facts, "seconds": 0} == {
        "batch": batch_id,
        "dry_run": False,
        "edited": 1,
        "unchanged": 0,
        "refused": [],
        "articles": [{"site": "harbour", "path": PATH, "version": 2, "changes": {"title": [TITLE, "A tug"]}}],
        "seconds": 0,
    }
    assert done.err == f"1 edited (batch {batch_id})\n"


def test_options_may_stand_anywhere() -> None:
    assert run("set_fields", "--as", "ben", PATH, "--remove", "heat", "title=A tug", "--json", "type=video").code == 0
    fields = in_force()
    assert (fields["title"], fields["type"], "heat" in fields) == ("A tug", "video", False)


@pytest.mark.parametrize(
    ("argument", "key", "value"),
    [
        ("provider.name=Harbour Post", "provider", {"name": "Harbour Post", "domain": "news.example.com"}),
        ("levels.reading=3", "levels", {"reading": 3}),
        ("images[1].title=A barge", "images", {"title": "A barge", "url": "https://pictures.example.com/barge.jpg"}),
        ("publishedDateTime=2026-11-21T00:00:00Z", "publishedDateTime", datetime(2026, 11, 21, tzinfo=UTC)),
    ],
)
def test_keys_may_be_nested(argument: str, key: str, value: Any) -> None:
    assert run("set_fields", PATH, argument, "--as", "ben").code == 0
    found = in_force()[key]
    found = found[1] if isinstance(found, list) else found
    assert found == value or value.items() <= found.items()


def test_the_crawlers_own_value_takes_the_override_away() -> None:
    assert run("set_fields", PATH, "title=A tug", "--as", "ben").code == 0
    assert run("set_fields", PATH, f"title={TITLE}", "--as", "ben").code == 0
    assert not Override.objects.exists()
    done = run("set_fields", PATH, f"title={TITLE}", "--as", "ben", "--json")
    assert (done.code, done.facts["edited"], done.facts["unchanged"]) == (0, 0, 1)


def test_a_dry_run_touches_nothing() -> None:
    done = run("set_fields", PATH, "title=A tug", "--as", "ben", "--dry-run")
    assert done.code == 2
    assert done.out == (f'{PATH}: would change: title: "{TITLE}" -> "A tug"\n1 edited. Dry run: nothing was changed.\n')
    assert run("set_fields", PATH, f"title={TITLE}", "--as", "ben", "--dry-run").code == 0
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("argument", "key"),
    [
        ("quality=high", "quality"),
        ("published='yes'", "published"),
        ("originalUrl='javascript:alert(1)'", "originalUrl"),
        ("secured='x;y'", "secured"),
        ("images[9].url=x", "images[9].url"),
        ("title[0]=x", "title[0]"),
        ("images[=x", "images["),
    ],
)
@pytest.mark.broad(3)
def test_what_the_record_cannot_hold_is_refused(argument: str, key: str) -> None:
    done = run("set_fields", PATH, argument, "--as", "ben", "--json")
    assert done.code == 1
    assert refusals(done)[0] == (None, PATH, key, "rejected")
    assert not Override.objects.exists()


def test_a_stale_version_is_refused() -> None:
    assert run("set_fields", PATH, "title=A tug", "--as", "ben", "--version", "1").code == 0
    done = run("set_fields", PATH, "title=A boat", "--as", "ben", "--version", "1", "--json")
    assert (done.code, refusals(done)) == (1, [(None, PATH, None, "stale_version")])
    assert in_force()["title"] == "A tug"


def test_an_unknown_path_is_refused() -> None:
    done = run("set_fields", "_news/gone.md", "title=A tug", "--as", "ben")
    assert done.code == 1
    assert done.out.startswith("_news/gone.md: error: There is no article at this path. Correct it. (no_such_article)")


def test_a_path_of_several_sites_asks_which(tmp_path: Path) -> None:
    import_site(write_files(tmp_path / "lighthouse", {PATH: ARTICLE}), at=NOON)
    done = run("set_fields", PATH, "title=A tug", "--as", "ben", "--json")
    assert (done.code, refusals(done)) == (1, [(None, PATH, None, "several_sites")])
    assert "harbour, lighthouse" in done.facts["refused"][0]["message"]
    assert run("set_fields", f"lighthouse:{PATH}", "title=One", "--as", "ben").code == 0
    assert run("set_fields", PATH, "title=Two", "--as", "ben", "--site", "harbour").code == 0
    found = Article.objects.filter(path=PATH).order_by("site__slug")
    assert [article.title for article in found] == ["Two", "One"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([PATH, "title=x"], "The following arguments are required: --as"),
        ([PATH, "title=x", "--as", "nobody"], "There is no user 'nobody'."),
        ([PATH, "title=x", "--as", "gone"], "The user 'gone' is not active any more."),
        ([PATH, "title=x", "--as", "vera"], "vera may not change articles."),
        (["_news/gone.md", "title=x", "--as", "vera"], "vera may not change articles."),
        ([PATH, "published=true", "--as", "vera"], "vera may not publish articles."),
        ([PATH, "title=x", "--as", "ben", "--site", "gone"], "There is no site 'gone'."),
        ([PATH, "--as", "ben"], "What is to be set?"),
        (["--as", "ben"], "Which article?"),
        ([PATH, "title", "--as", "ben"], "'title' is no KEY=VALUE."),
        ([PATH, "=x", "--as", "ben"], "'=x' is no KEY=VALUE."),
        ([PATH, "title=[", "--as", "ben"], "title: "),
        ([PATH, "title=x", "title=y", "--as", "ben"], "'title' is given twice."),
        ([PATH, "title=x", "--remove", "title", "--as", "ben"], "'title' is given twice."),
        ([PATH, "title=x", "--as", "ben", "--version", "one"], "Argument --version: invalid int value: 'one'"),
        ([PATH, "title=\udce9", "--as", "ben"], "Argument KEY=VALUE: it is not UTF-8"),
        ([PATH, "--batch", "-", "--as", "ben"], "--batch says it all."),
        (["--batch", "/nowhere/x", "--as", "ben"], "/nowhere/x cannot be read: No such file or directory."),
    ],
    ids=lambda value: " ".join(value).encode("ascii", "replace").decode() if isinstance(value, list) else "",
)
@pytest.mark.broad(3)
def test_it_does_not_start(arguments: list[str], said: str) -> None:
    make_user("gone", "Editor", is_active=False)
    make_user("vera", "Viewer")
    done = run("set_fields", *arguments)
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    assert not Event.objects.exists()


def test_the_secret_is_never_printed(tmp_path: Path) -> None:
    text = changed(("type: article\n", f'type: article\nkeys:\n  secured: "{SECURED}"\n  name: x\n'))
    import_site(write_files(tmp_path / "locked", {"_news/keys.md": text}), at=NOON)
    for options in (["--json"], []):
        done = run("set_fields", "_news/keys.md", "keys=none", "--as", "ben", "--dry-run", *options)
        assert done.code == 2
        assert SECURED not in done.out + done.err


# A batch


def test_a_batch_is_done_line_by_line_under_one_id(tmp_path: Path) -> None:
    file = batch(
        tmp_path,
        {"path": PATH, "set": {"title": "One", "provider.name": "Post"}, "version": 1},
        "",
        {"path": f"harbour:{OTHER}", "set": {"published": True}, "remove": ["heat"]},
    )
    done = run("set_fields", "--batch", file, "--as", "ben", "--reason", "spring cleaning", "--json")
    assert (done.code, done.facts["edited"], done.facts["refused"]) == (0, 2, [])
    assert (in_force()["title"], in_force()["provider"]["name"]) == ("One", "Post")
    assert in_force(OTHER)["published"] is True
    assert "heat" not in in_force(OTHER)
    events = Event.objects.filter(by_crawler=False)
    assert {str(event.batch) for event in events} == {done.facts["batch"]}
    assert {event.reason for event in events} == {"spring cleaning"}


def test_bad_lines_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    file = batch(
        tmp_path,
        "not json",
        "[1]",
        b'{"path": "\xff"}',
        {"set": {"title": "x"}},
        {"path": "a\0b", "set": {"title": "x"}},
        {"path": PATH, "sett": {"title": "x"}},
        {"path": PATH, "set": {}},
        {"path": PATH, "set": [1]},
        {"path": PATH, "remove": "heat"},
        {"path": PATH, "set": {"heat": 1}, "remove": ["heat"]},
        {"path": PATH, "set": {"title": "x"}, "version": "1"},
        {"path": PATH, "set": {"quality": float("nan")}},
        {"path": PATH, "set": {"title": {"$time": "noon"}}},
        {"path": "_news/gone.md", "set": {"title": "x"}},
        {"path": PATH, "set": {"quality": "high"}},
        {"path": PATH, "set": {"title": "half of a pair \ud800"}},
        {"path": PATH, "set": {"title": "x"}, "version": 7},
        "[" * 100_000,
        {"path": OTHER, "set": {"title": "The good one"}},
    )
    done = run("set_fields", "--batch", file, "--as", "ben", "--json")
    assert (done.code, done.facts["edited"]) == (1, 1)
    assert in_force(OTHER)["title"] == "The good one"
    assert refusals(done) == [
        *((line, "", None, "bad_line") for line in (1, 2, 3, 4, 5)),
        *((line, PATH, None, "bad_line") for line in (6, 7, 8, 9)),
        (10, PATH, "heat", "bad_line"),
        (11, PATH, None, "bad_line"),
        (12, "", None, "bad_line"),
        (13, PATH, "title", "bad_line"),
        (14, "_news/gone.md", None, "no_such_article"),
        (15, PATH, "quality", "rejected"),
        (16, PATH, "title", "rejected"),
        (17, PATH, None, "stale_version"),
        (18, "", None, "bad_line"),
    ]
    assert in_force()["title"] == TITLE


@pytest.mark.parametrize(
    ("key", "given", "value"),
    [
        ("publishedDateTime", "2026-11-21T00:00:00Z", datetime(2026, 11, 21, tzinfo=UTC)),
        ("publishedDateTime", {"$time": "2026-11-21T01:00:00+01:00"}, datetime(2026, 11, 21, tzinfo=UTC)),
        ("note", "2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z"),
        ("note", {"$date": "2026-11-21"}, date(2026, 11, 21)),
        ("note", None, None),
        ("note", {"$absent": True}, ABSENT),
        (
            "related",
            [{"title": "x", "publishedDateTime": "2026-11-21T00:00:00Z"}],
            [{"title": "x", "publishedDateTime": datetime(2026, 11, 21, tzinfo=UTC)}],
        ),
    ],
)
@pytest.mark.broad(3)
def test_json_has_no_times_but_the_record_has(tmp_path: Path, key: str, given: Any, value: Any) -> None:
    run("set_fields", PATH, "note=first", "--as", "ben")
    done = run("set_fields", "--batch", batch(tmp_path, {"path": PATH, "set": {key: given}}), "--as", "ben")
    assert done.code == 0
    assert in_force().get(key, ABSENT) == value


def test_the_right_is_asked_for_before_anything_is_done(tmp_path: Path) -> None:
    writer = make_user("wim")
    writer.user_permissions.add(*_permissions("change_article"))
    file = batch(tmp_path, {"path": PATH, "set": {"title": "One"}}, {"path": OTHER, "set": {"published": True}})
    done = run("set_fields", "--batch", file, "--as", "wim")
    assert (done.code, done.err) == (3, "wim may not publish articles. A superuser can give the right.")
    assert not Event.objects.exists()


def test_a_batch_without_lines_is_done(tmp_path: Path) -> None:
    done = run("set_fields", "--batch", batch(tmp_path), "--as", "ben")
    assert (done.code, done.out.startswith("nothing to do (batch ")) == (0, True)


def _permissions(codename: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename=codename)
