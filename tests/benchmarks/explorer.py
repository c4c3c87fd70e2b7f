"""Wagtail's explorer over so many pages below one, for `peers`; run by a Python that has Wagtail: FOLDER COUNT ROUNDS.

It prints how many pages the list shows, and the cheapest of some openings in milliseconds of processor time. The pages
are plain ones, without a table of their own: the least that Wagtail can have to do.
"""

from __future__ import annotations

import re
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path

HOME = 2
"""The page that Wagtail itself makes for the first site."""
AT_ONCE = 1000
WAGTAIL = ("users", "snippets", "documents", "images", "search", "admin")
DJANGO = ("auth", "contenttypes", "sessions", "messages", "staticfiles")
MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
urlpatterns: list[Any] = []


def set_up(folder: Path) -> None:
    """A project of Wagtail as it comes, in this one file."""
    processors = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]
    processors += ["django.contrib.messages.context_processors.messages"]
    settings.configure(
        SECRET_KEY="x" * 50,
        ALLOWED_HOSTS=["localhost"],
        INSTALLED_APPS=[
            *(f"wagtail.{name}" for name in WAGTAIL),
            *("wagtail", "modelcluster", "taggit"),
            *(f"django.contrib.{name}" for name in DJANGO),
        ],
        MIDDLEWARE=list(MIDDLEWARE),
        ROOT_URLCONF=__name__,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": processors},
            }
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "wagtail.sqlite3")}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        STATIC_URL="static/",
        USE_TZ=True,
        WAGTAIL_SITE_NAME="News",
        WAGTAILADMIN_BASE_URL="http://localhost",
    )
    django.setup()
    urlpatterns.append(path("admin/", include("wagtail.admin.urls")))
    call_command("migrate", verbosity=0)


def fill(count: int) -> None:
    """So many pages below the home page, as treebeard numbers them."""
    Page = import_module("wagtail.models").Page
    home = Page.objects.get(pk=HOME)
    pages = _pages(home, count)
    while some := [*islice(pages, AT_ONCE)]:
        Page.objects.bulk_create(some)
    Page.objects.filter(pk=HOME).update(numchild=count)


def measure(rounds: int) -> tuple[int, float]:
    """Rows of the page, and what it costs."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create_superuser("chief"))
    url = f"/admin/pages/{HOME}/"
    shown = client.get(url)
    assert shown.status_code == 200, shown.status_code
    rows = len(set(re.findall("Made-up page [0-9]+", shown.content.decode())))
    costs = []
    for _ in range(rounds):
        started = time.process_time()
        client.get(url)
        costs.append(1000 * (time.process_time() - started))
    return rows, min(costs)


def _pages(home: Any, count: int) -> Iterator[Any]:
    Page = import_module("wagtail.models").Page
    newest = datetime(2026, 11, 21, 12, tzinfo=UTC)
    for number in range(1, count + 1):
        title, slug = f"Made-up page {number}", f"page-{number}"
        yield Page(
            title=title,
            draft_title=title,
            slug=slug,
            path=Page._get_path(home.path, home.depth + 1, number),
            depth=home.depth + 1,
            url_path=f"{home.url_path}{slug}/",
            content_type=home.content_type,
            locale=home.locale,
            translation_key=uuid.UUID(int=number),
            latest_revision_created_at=newest - timedelta(minutes=number),
        )


def main() -> None:
    folder, count, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    set_up(folder)
    fill(count)
    print(*measure(rounds))


if __name__ == "__main__":
    main()
