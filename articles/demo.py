"""The demo: a site of made-up articles in a repository of its own, people to try the desk as, what they did before.

All of it is made once and kept: what is there already is left as editors have made it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.contrib.auth.models import Group, User
from django.db import connection, transaction

from articles import git
from articles.content.tree import Tree
from articles.content.tree.refusals import FileMovedOn
from articles.demo_articles import make_articles
from articles.demo_past import CRAWLER, live_through
from articles.importing import import_site
from articles.models import (
    Article,
    ArticleTopic,
    BulkRun,
    Event,
    Finding,
    Image,
    Job,
    Override,
    Provider,
    Site,
    Source,
    Topic,
)
from articles.report import Report

SLUG: Final = "tomorrow-briefly"
SAMPLE: Final = Path(__file__).resolve().parent / "demo_site"
NEWEST: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
"""The day of the sample. The clock of the extra articles stands still, so that a second run makes none anew."""
MAX_ARTICLES: Final = 100_000
AGE: Final = timedelta(days=2)
"""How long ago the site was begun: before all that went before on the desk."""

ANOTHER: Final = "Name another with DATABASE_URL, such as sqlite:////tmp/demo.sqlite3."

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the demo. Without a group: the superuser."""

    username: str
    group: str
    may: str


PEOPLE: Final = (
    Person("ada", "Chief editor", "decides, and writes to the site"),
    Person("ben", "Editor", "decides"),
    Person("vera", "Viewer", "looks"),
    Person("root", "", "may do everything, and manages users"),
)


class CannotDemo(Exception):
    """This is no place for a demo; the message says why."""


@dataclass(frozen=True, slots=True)
class Made:
    """A demo that is ready to run."""

    folder: Path
    report: Report
    users_file: Path
    passwords: dict[str, str]


def require_own_database() -> None:
    """Refuse where the desk is in use: a demo's users have passwords that stand on a screen."""
    if Site._meta.db_table not in connection.introspection.table_names() or Site.objects.filter(slug=SLUG).exists():
        return
    if other := Site.objects.first():
        raise CannotDemo(f"This database holds the site {other.slug}, and the demo wants one of its own. {ANOTHER}")
    names = [person.username for person in PEOPLE]
    if user := User.objects.filter(username__in=names).first():
        raise CannotDemo(f"This database has a user {user.username} already, and the demo would make one. {ANOTHER}")


def make(home: Path, *, articles: int, at: datetime, progress: Callable[[int], None]) -> Made:
    """Site, records, users and what went before, as far as they are not there yet. `home` is where files may go."""
    folder, users_file = home / SLUG, home / "users.json"
    home.mkdir(parents=True, exist_ok=True)
    make_site(folder, articles=articles, at=at)
    report = import_site(folder, at=at, slug=SLUG, progress=progress)
    passwords = make_users(users_file)
    live_through(Site.objects.get(slug=SLUG), at=at)
    return Made(folder, report, users_file, passwords)


def forget(home: Path) -> None:
    """Take the site and its records away; the users stay."""
    forget_records()
    shutil.rmtree(home / SLUG, ignore_errors=True)


def make_site(folder: Path, *, articles: int, at: datetime) -> None:
    """The sample and some more articles, as a Git repository; where that is already, only what lacks is added."""
    if (folder / ".git").exists():
        _add_articles(folder, articles, at)
        return
    draft = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(SAMPLE, draft)
    _write_articles(draft, articles)
    git.init(draft, when=at - AGE)
    draft.rename(folder)


def make_users(file: Path) -> dict[str, str]:
    """The people of the demo, each with a password of this install; the file keeps them for the next start."""
    passwords = _read_passwords(file)
    for person in PEOPLE:
        user = User.objects.filter(username=person.username).first()
        if user is not None and person.username in passwords:
            continue
        passwords.setdefault(person.username, _new_password())
        _save_user(person, user, passwords[person.username])
    _keep_passwords(file, passwords)
    return passwords


@transaction.atomic
def forget_records() -> None:
    """Take the demo's records away, its events too, which nothing else may: what they tell of is made up."""
    sites = Site.objects.filter(slug=SLUG)
    articles = Article.objects.filter(site__in=sites)
    events = Event.objects.filter(site__in=sites)
    for rows in (
        BulkRun.objects.filter(batch__in=events.values("batch")),
        events,
        Override.objects.filter(article__in=articles),
        Image.objects.filter(article__in=articles),
        Image.objects.filter(provider__site__in=sites),
        ArticleTopic.objects.filter(article__in=articles),
        Finding.objects.filter(article__in=articles),
        Job.objects.filter(site__in=sites),
        Source.objects.filter(article__in=articles),
        articles,
        Topic.objects.filter(site__in=sites),
        Provider.objects.filter(site__in=sites),
        sites,
    ):
        rows._raw_delete(rows.db)


def _write_articles(folder: Path, count: int) -> list[str]:
    """Made-up articles that are not there yet; their paths."""
    tree = Tree(folder)
    written = []
    for path, data in make_articles(count, now=NEWEST):
        try:
            tree.write(path, data, expected=None)
        except FileMovedOn:
            continue
        written.append(path)
    return written


def _add_articles(folder: Path, count: int, at: datetime) -> None:
    written = _write_articles(folder, count)
    if written:
        git.commit(folder, written, message=f"Add {len(written)} articles", when=at, **CRAWLER)


def _save_user(person: Person, user: User | None, password: str) -> None:
    user = user or User(username=person.username, email=f"{person.username}@example.com")
    user.first_name = person.username.capitalize()
    user.is_staff, user.is_superuser = True, not person.group
    user.set_password(password)
    user.save()
    if person.group:
        user.groups.set(Group.objects.filter(name=person.group))


def _new_password() -> str:
    """Three times four letters that cannot be mistaken for each other."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def _read_passwords(file: Path) -> dict[str, str]:
    try:
        found: Any = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    names = {person.username for person in PEOPLE}
    return {name: word for name, word in found.items() if name in names} if isinstance(found, dict) else {}


def _keep_passwords(file: Path, passwords: dict[str, str]) -> None:
    """Readable by us alone, and never half written."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as text:
        json.dump(passwords, text, indent=2)
    draft.replace(file)
