"""What on disk is not as it was last seen: by names, sizes and times alone, no file is opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db import connection

from articles.content.actions import Difference, Found, Row, Same, Seen, compare
from articles.content.problems import Problem, error
from articles.content.tree import Entry, Tree
from articles.models import Article, Site

MAX_PATH_CHARS: Final = 600
ROWS_AT_ONCE: Final = 2000

_PAGE: Final = """
    SELECT path, file_size, file_mtime_ns, is_missing, id FROM articles_article
    WHERE site_id = %s AND {path} > %s AND {path} < %s ORDER BY {path} LIMIT %s
"""


def differences(tree: Tree, site: Site, folders: Iterable[str]) -> Iterator[Difference | Same]:
    """What differs below the folders, whichever of them an earlier run read; the rest is counted.

    The rows lead, and each is looked at by its path. Documents beyond those are found by their number: only of a
    folder that holds more of them are the names read. So a site where nothing changed takes no more memory than a page.
    """
    for folder in folders:
        survey = tree.survey(folder)
        yield from ((problem, None) for problem in survey.problems)
        for rows in pages(site, folder):
            yield from _of_rows(rows, survey.look([row[0] for row in rows]))
        told = {problem.path for problem in survey.problems}
        for above in survey.folders_with_more():
            known = (row[0] for rows in pages(site, above) for row in rows)
            yield from ((storable(found), None) for found in tree.news(above, known) if found.path not in told)


def storable(found: Entry | Problem) -> Entry | Problem:
    """A path too long for the tables is a problem."""
    if len(found.path) <= MAX_PATH_CHARS or isinstance(found, Problem):
        return found
    message = f"The path has more than {MAX_PATH_CHARS} characters. Shorten the file's name."
    return error("bad_name", message, path=found.path)


def pages(site: Site, folder: str) -> Iterator[list[Row]]:
    """What was last seen below a folder, in the order of the paths.

    Each page is a query of its own: what is written meanwhile moves in the index, and an open cursor would meet it
    again.
    """
    query = _PAGE.format(path='path COLLATE "C"' if connection.vendor == "postgresql" else "path")
    after = f"{folder}/"
    while rows := _fetch(query, [site.pk, after, f"{folder}0", ROWS_AT_ONCE]):  # "0" follows "/"
        yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1][0]


def _fetch(query: str, values: list[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[Row] = cursor.fetchall()
    return rows


def _of_rows(rows: list[Row], found: list[Found]) -> Iterator[Difference | Same]:
    """The digest is asked for only where something moved: it would be two thirds of every row."""
    told = list(compare(rows, found))
    keys = [one[0][4] for one in told if not isinstance(one, Same)]
    digests = dict(Article.objects.filter(pk__in=keys).values_list("pk", "digest")) if keys else {}
    for one in told:
        if isinstance(one, Same):
            yield one
            continue
        row, now = one
        seen = Seen(*row, digests.get(row[4], ""))
        if now is not None or seen.was_there:
            yield Entry(seen.path, *now) if isinstance(now, tuple) else now, seen
