"""A site on disk and in the tables, and who decides about it. Django is imported late: pytest reads this too early."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.samples import ARTICLE, PATH, changed, write_files

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from articles.models import Article


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, settings: Any) -> None:
    """Locks and the demo stay out of the project's own var/."""
    settings.BASE_DIR = tmp_path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A site of two articles about two pages, not imported yet."""
    other = changed(("news.example.com/tug", "news.example.com/tug-2"))
    return write_files(tmp_path / "harbour", {PATH: ARTICLE, "_news/other.md": other})


@pytest.fixture
def imported(db: None, root: Path) -> Path:
    """The same site, imported as `harbour`."""
    from articles.importing import import_site
    from tests.factories import NOON

    import_site(root, at=NOON)
    return root


@pytest.fixture
def ben(db: None) -> User:
    from tests.factories import make_user

    return make_user("ben", "Editor")


@pytest.fixture
def article(imported: Path) -> Article:
    from articles.models import Article

    return Article.objects.get(path=PATH)
