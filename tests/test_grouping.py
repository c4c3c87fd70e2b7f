"""Titles that change: the same stories and findings as if they always had been so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from articles.importing import import_site
from articles.models import Article, Finding
from tests.samples import retold, write_files

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def stories(slug: str) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """The articles of each story, and what is found by that."""
    told: dict[int, list[str]] = {}
    for path, story in Article.objects.filter(site__slug=slug, story__isnull=False).values_list("path", "story"):
        assert story
        told.setdefault(story, []).append(path)
    found = Finding.objects.filter(article__site__slug=slug, code="near_title")
    return sorted(map(sorted, told.values())), sorted(found.values_list("article__path", "key"))


@pytest.mark.django_db
@pytest.mark.parametrize("days", [7, 29], ids=["all of one time", "of many times"])
@pytest.mark.parametrize(("few", "processes"), [(40, 0), (0, 0), (0, 2)], ids=["few", "many", "many, shared"])
def test_titles_that_change_are_found_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, days: int, few: int, processes: int
) -> None:
    monkeypatch.setattr("articles.content.findings.likeness.FEW", few)
    monkeypatch.setattr("articles.grouping.ROWS_AT_ONCE", 9)
    monkeypatch.setattr("articles.grouping.PARTS_ALONE", 1)
    monkeypatch.setattr("articles.grouping.cores_to_share", lambda: processes)
    told = retold(16, NOON, days=days)
    files = {path: text.replace('/tug"', f'/{place}"') for place, (path, text) in enumerate(told.items())}
    import_site(write_files(tmp_path / "fresh", {**files}), at=NOON)
    mine = {path: text for path, text in files.items() if "Gazette" in path}
    others = {path: text.replace("test a tug", "board a ship") for path, text in mine.items()}
    assert others != mine
    root = write_files(tmp_path / "rewritten", {**files, **others})
    import_site(root, at=NOON)
    assert stories("rewritten") == ([], [])
    import_site(write_files(root, {**mine}), at=NOON)
    assert len(stories("fresh")[0]) == 16
    assert stories("rewritten") == stories("fresh")
