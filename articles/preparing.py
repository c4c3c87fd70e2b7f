"""Files that were never seen to rows, without the database: read, checked and judged, each as plain values.

Nothing here asks a table, so that other processes can do it as well; `forking` hands on what comes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from articles.content.document import Document
from articles.content.fences import MAX_FILE_BYTES
from articles.content.findings import KINDS, Context, SiteContext, findings_of
from articles.content.problems import PlainProblem, Problem, ProblemError, as_plain
from articles.content.tree import Entry, File, Reader, Tree
from articles.content.words import indexed
from articles.mapping import DERIVED_COLUMNS, IMAGE_COLUMNS, article_data
from articles.models import Article, Image, Site, Source
from articles.rewriting import reliable
from articles.rows import Shape
from articles.standing import nearness_of

IMAGE_ROW: Final = ("article", "position", *IMAGE_COLUMNS.values(), "extra")
_ARTICLE_ROW: Final = (
    "id",
    "provider",
    "path",
    "collection",
    "nearness",
    "digest",
    "file_size",
    "file_mtime_ns",
    *DERIVED_COLUMNS,
)
_SOURCE_ROW: Final = ("article", "text", "secured")
_UNKNOWN: Final = None
"""In a row that is ready but for the keys, which the database gives."""

Found = str | PlainProblem
"""What a listing says of a file, as plain values: its path, or why it cannot be read."""


class FileRows(NamedTuple):
    """A file as rows. In `article` the first two values are unknown yet, in `source` and in each image the first.

    `words` are for the search, where no trigger makes them.
    """

    path: str
    article: list[Any]
    source: list[Any]
    images: list[list[Any]]
    words: str
    topics: list[str]
    findings: list[tuple[str, str, str]]
    provider_domain: str
    provider_name: str | None
    provider_images: list[dict[str, Any]]
    problems: list[PlainProblem]


Chunk = tuple[list[list[PlainProblem]], list[tuple[Any, ...]]]
"""Of some files the problems of each that has to stay out, and the fields of `FileRows` of each other."""


class Preparing:
    """Makes rows for one site; `is_searched` where they have to say their words, too."""

    def __init__(self, site: Site, at: datetime, context: SiteContext) -> None:
        self.threshold = site.threshold
        self.context = Context(context)
        self.is_searched = False
        self.articles = Shape(Article, _ARTICLE_ROW, site=site, created_at=at, updated_at=at)
        self.sources = Shape(Source, _SOURCE_ROW)
        self.images = Shape(Image, IMAGE_ROW)

    def read(self, tree: Tree, some: Sequence[Found]) -> Chunk:
        """Open these files and prepare what can be read."""
        refused: list[list[PlainProblem]] = []
        prepared: list[tuple[Any, ...]] = []
        with tree.reader() as reader:
            for found in some:
                try:
                    prepared.append(tuple(self._read(reader, found)))
                except _Refused as refusal:
                    refused.append(refusal.problems)
        return refused, prepared

    def _read(self, reader: Reader, found: Found) -> FileRows:
        if not isinstance(found, str):
            raise _Refused([found])
        try:
            file = reader.read(found, max_bytes=MAX_FILE_BYTES)
        except ProblemError as refusal:
            raise _Refused([as_plain(refusal.problem)]) from refusal
        document = Document.read(file.data, file.path)
        if not document.is_readable:
            raise _Refused([as_plain(problem) for problem in document.problems])
        return self.rows(file, document)

    def rows(self, file: File, document: Document) -> FileRows:
        """What the tables get for a new file."""
        data = article_data(document.fields, document)
        article = self.articles.ready(
            (
                _UNKNOWN,
                _UNKNOWN,
                file.path,
                file.path.partition("/")[0],
                nearness_of(data.columns["quality"], self.threshold),
                file.digest,
                file.size,
                reliable(file.mtime_ns),
                *data.columns.values(),
            )
        )
        findings = dict.fromkeys((one.code, one.key) for one in findings_of(document.fields, self.context))
        return FileRows(
            file.path,
            article,
            self.sources.ready((_UNKNOWN, file.data, data.secured)),
            [self.images.ready((_UNKNOWN, place, *image.values())) for place, image in enumerate(data.images)],
            indexed(data.columns["title"], data.columns["excerpt"]) if self.is_searched else "",
            data.topics,
            [(code, key, KINDS[code].severity.value) for code, key in findings],
            data.provider_domain,
            data.provider_name,
            data.provider_images,
            [as_plain(problem) for problem in data.problems],
        )


class _Refused(Exception):
    """A file has to stay out."""

    def __init__(self, problems: list[PlainProblem]) -> None:
        self.problems = problems


def as_found(entry: Entry | Problem) -> Found:
    return entry.path if isinstance(entry, Entry) else as_plain(entry)
