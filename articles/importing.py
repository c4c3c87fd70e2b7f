"""Files to records: what the crawler wrote comes onto the desk, and editors' decisions stay in force above it.

One transaction a site: a run that is killed leaves the old state. A file whose digest is known is not parsed again.
"""

from __future__ import annotations

import gc
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils.text import slugify

from articles.content.document import Document
from articles.content.fences import MAX_FILE_BYTES
from articles.content.problems import Problem, ProblemError, error
from articles.content.tree import Entry, File, Tree
from articles.content.values import to_json
from articles.mapping import ArticleData, article_data
from articles.models import Article, Event, Site, Source
from articles.reference import import_reference, site_settings
from articles.report import Report
from articles.rewriting import Rewritten, reliable, save, take_up
from articles.standing import matters, nearness_of, stand, stand_anew
from articles.storing import BATCH_SIZE, SiteIndex, fill, write_lists

COLLECTIONS: Final = ("_news", "_posts")
CHUNK: Final = 500
MAX_PATH_CHARS: Final = 600
MAX_PROBLEMS_KEPT: Final = 200
MOST_GONE_AT_ONCE: Final = 0.1

T = TypeVar("T")
Progress = Callable[[int], None]


class CannotImport(Exception):
    """The run could not start."""


class ManyGone(CannotImport):
    """So many files went at once that it is likelier a mistake than meant."""

    def __init__(self, gone: int, known: int) -> None:
        super().__init__(f"{gone:,} of {known:,} files are gone at once. Nothing was done; --force if that is meant.")


def import_site(
    root: Path,
    *,
    at: datetime,
    slug: str = "",
    collections: Sequence[str] = (),
    dry_run: bool = False,
    progress: Progress = lambda done: None,
) -> Report:
    """Read a site's files into the tables; writes no file. Raises `CannotImport` and `tree.RootNotFound`.

    The site is made on first use: its slug from the folder's name, title, URL and threshold from `_config.yml`.
    With `dry_run` all is done and then taken back.
    """
    with transaction.atomic():
        report = take_in(root, at=at, slug=slug, collections=collections, dry_run=dry_run, progress=progress)
        if dry_run:
            transaction.set_rollback(True)
    return report


def take_in(
    root: Path,
    *,
    at: datetime,
    slug: str = "",
    collections: Sequence[str] = (),
    dry_run: bool = False,
    may_lose_many: bool = True,
    as_last_time: bool = False,
    progress: Progress = lambda done: None,
) -> Report:
    """As `import_site`, in the caller's transaction; `as_last_time` reads the folders of earlier runs if none is named.

    With `dry_run` the report lists its plan, and the caller takes
    the transaction back. Raises `ManyGone` where more than a tenth of the files went and that is not allowed.
    """
    started = time.monotonic()
    tree = Tree(root)
    report = Report(root=str(tree.root), dry_run=dry_run, batch=str(uuid.uuid4()))
    with _without_garbage_collection():
        run = _Import(tree, slug or site_slug(tree.root), at, collections, report, progress)
        if as_last_time and not collections:
            run.folders = run.site.collections
        run.run(may_lose_many=may_lose_many)
    report.seconds = time.monotonic() - started
    return report


def site_slug(root: Path) -> str:
    """The name that a site gets from its folder."""
    slug = slugify(root.name)[:100]
    if not slug:
        raise CannotImport(f"No site can be named after the folder '{root.name}'. Name it with --site.")
    return slug


def collection_folders(root: Path, names: Sequence[str]) -> list[str]:
    """The folders of collections, `news` meaning `_news` too; one that lies in another is left to that one.

    Raises `CannotImport` for one that is not there.
    """
    folders = []
    for name in names:
        found = next((folder for folder in (name, f"_{name}") if _is_folder(root, folder)), None)
        if found is None:
            raise CannotImport(f"There is no collection '{name}' in {root}. Name a folder that is there.")
        folders.append(PurePosixPath(found).as_posix())
    return [folder for folder in dict.fromkeys(folders) if not folder.startswith(tuple(f"{one}/" for one in folders))]


def list_files(tree: Tree, folders: Iterable[str]) -> Iterator[Entry | Problem]:
    """The files of the collections; a path too long for the tables is a problem."""
    for folder in folders:
        for found in tree.list(folder):
            if isinstance(found, Entry) and len(found.path) > MAX_PATH_CHARS:
                message = f"The path has more than {MAX_PATH_CHARS} characters. Shorten the file's name."
                yield error("bad_name", message, path=found.path)
            else:
                yield found


@dataclass(frozen=True, slots=True)
class _Known:
    """What the desk knows of a path."""

    key: int
    digest: str
    is_missing: bool
    size: int | None
    mtime_ns: int | None

    def is_as_left(self, entry: Entry) -> bool:
        """Whether the file need not be opened: neither its size nor its time moved."""
        return not self.is_missing and (self.size, self.mtime_ns) == (entry.size, entry.mtime_ns)


@dataclass(slots=True)
class _Read:
    """A file whose digest is not the known one."""

    file: File
    document: Document


class _Import:
    """One run: the site, what is known of it, and the chunks of files that go through."""

    def __init__(
        self,
        tree: Tree,
        slug: str,
        at: datetime,
        collections: Sequence[str],
        report: Report,
        progress: Progress,
    ) -> None:
        self.tree, self.at, self.report, self.progress = tree, at, report, progress
        self.batch = uuid.UUID(report.batch)
        named = collection_folders(tree.root, collections)
        self.unread: list[str] = []
        self.site = self._site(slug, named)
        self.folders = named or list(COLLECTIONS)
        self.index = SiteIndex(self.site)
        report.site = slug

    def _site(self, slug: str, folders: Sequence[str]) -> Site:
        site, is_new = Site.objects.get_or_create(slug=slug)
        if is_new:
            settings, problems = site_settings(self.tree)
            self.report.add(problems)
            for name, value in settings.items():
                setattr(site, name, value)
            site.save()
            self.report.changes += 1
            self.report.plan_to("create the site", [slug])
        site.root = str(self.tree.root)
        site.collections = sorted({*site.collections, *(folders or COLLECTIONS)})
        return site

    def run(self, *, may_lose_many: bool) -> None:
        import_reference(self.tree, self.site, self.report)
        self.index.preload()
        known = self._known()
        seen: set[str] = set()
        for chunk in _chunks(list_files(self.tree, self.folders), CHUNK):
            self._take_in(chunk, known, seen)
            self.progress(self.report.files)
        self._mark_missing(self._gone(known, seen, may_lose_many=may_lose_many))
        self.site.read_at = self.at
        self.site.last_report = _kept(self.report)
        self.site.save(update_fields=["root", "collections", "read_at", "last_report"])

    def _gone(self, known: Mapping[str, _Known], seen: set[str], *, may_lose_many: bool) -> list[int]:
        """The articles whose files were there and are not; nobody knows of those in a folder that cannot be read."""
        unread = tuple(f"{path}/" for path in self.unread)
        were_there = [(path, row.key) for path, row in known.items() if row.digest and not row.is_missing]
        gone = [key for path, key in were_there if path not in seen and not path.startswith(unread)]
        if not may_lose_many and len(gone) > max(1, len(were_there) * MOST_GONE_AT_ONCE):
            raise ManyGone(len(gone), len(were_there))
        return gone

    def _known(self) -> dict[str, _Known]:
        """The articles below this run's folders, whichever of them an earlier run was told to read.

        One that was added here has no digest before its first export, and cannot be missing.
        """
        rows = Article.objects.filter(site=self.site).values_list(
            "path", "pk", "digest", "is_missing", "file_size", "file_mtime_ns"
        )
        below = tuple(f"{folder}/" for folder in self.folders)
        return {row[0]: _Known(*row[1:]) for row in rows.iterator(chunk_size=10_000) if row[0].startswith(below)}

    def _take_in(self, chunk: Sequence[Entry | Problem], known: dict[str, _Known], seen: set[str]) -> None:
        new: list[_Read] = []
        changed: dict[int, _Read] = {}
        touched: dict[int, File] = {}
        returned: list[int] = []
        for found in chunk:
            self.report.files += 1
            path = found.path
            seen.add(path)
            before = known.get(path)
            if before is not None and isinstance(found, Entry) and before.is_as_left(found):
                self.report.unchanged += 1
                continue
            try:
                file = self._open(found)
            except ProblemError as refusal:
                self.report.problems.append(refusal.problem)
                self.unread.append(path)
                continue
            if before is not None and before.is_missing:
                returned.append(before.key)
            if before is not None and before.digest == file.digest:
                self.report.unchanged += 1
                touched[before.key] = file
                continue
            document = Document.read(file.data, path)
            if not document.is_readable:
                self.report.add(document.problems)
                continue
            if before is None:
                new.append(_Read(file, document))
            else:
                changed[before.key] = _Read(file, document)
        self._mark_returned(returned)
        self._mark_touched(touched)
        self._create(new)
        self._update(changed)

    def _mark_touched(self, touched: Mapping[int, File]) -> None:
        """The same bytes under another time: remembered, so that the next run need not open the file."""
        articles = [
            Article(pk=key, file_size=file.size, file_mtime_ns=reliable(file.mtime_ns)) for key, file in touched.items()
        ]
        Article.objects.bulk_update(articles, ["file_size", "file_mtime_ns"])

    def _open(self, found: Entry | Problem) -> File:
        if isinstance(found, Problem):
            raise ProblemError(found)
        return self.tree.read(found.path, max_bytes=MAX_FILE_BYTES)

    def _create(self, new: Sequence[_Read]) -> None:
        """Rows for files that were never seen."""
        every = [article_data(read.document.fields, read.document) for read in new]
        self.index.ensure(every)
        rows = [self._new_article(read, data) for read, data in zip(new, every, strict=True)]
        articles = Article.objects.bulk_create(rows, batch_size=BATCH_SIZE)
        sources = [
            Source(article_id=article.pk, text=read.file.data, secured=data.secured)
            for article, read, data in zip(articles, new, every, strict=True)
        ]
        Source.objects.bulk_create(sources, batch_size=BATCH_SIZE)
        write_lists(list(zip(articles, every, strict=True)), self.index, are_new=True)
        self.report.created += len(articles)
        self.report.plan_to("create", [read.file.path for read in new])
        for data in every:
            self.report.add(data.problems)

    def _new_article(self, read: _Read, data: ArticleData) -> Article:
        article = Article(
            site=self.site,
            path=read.file.path,
            collection=read.file.path.partition("/")[0],
            nearness=nearness_of(data.columns["quality"], self.site.threshold),
            digest=read.file.digest,
            file_size=read.file.size,
            file_mtime_ns=reliable(read.file.mtime_ns),
            created_at=self.at,
            updated_at=self.at,
        )
        fill(article, data, self.index)
        return article

    def _update(self, changed: dict[int, _Read]) -> None:
        """New text for files that were seen before."""
        rewritten = take_up({key: (read.file, read.document) for key, read in changed.items()}, self.batch)
        every = [article_data(one.in_force, one.document) for one in rewritten]
        self.index.ensure(every)
        for one, data in zip(rewritten, every, strict=True):
            fill(one.article, data, self.index)
            self._stand(one)
            one.article.source.secured = data.secured
            self.report.add(data.problems)
            self._count(one)
        save(rewritten)
        new_lists = [(one.article, data) for one, data in zip(rewritten, every, strict=True) if not one.plan.is_noise]
        write_lists(new_lists, self.index)
        Event.objects.bulk_create(
            self._event(one.article, one.act, one.plan.changes) for one in rewritten if not one.plan.is_noise
        )

    def _stand(self, one: Rewritten) -> None:
        """A decision holds; but whoever took it should see what the crawler changed since."""
        threshold = self.site.threshold
        is_new_body = not one.plan.is_noise and not one.plan.changes
        if one.article.decided_at and (is_new_body or matters(one.plan.changes, threshold)):
            one.article.changed_at = self.at
        contradicted, decided = bool(one.plan.conflicts), bool(one.overrides)
        stand(one.article, is_contradicted=contradicted, has_decisions=decided, threshold=threshold)

    def _count(self, one: Rewritten) -> None:
        if one.plan.is_own:
            self.report.unchanged += 1
            return
        self.report.conflicts += len(one.plan.conflicts)
        self.report.plan_to("take the new text of" if one.plan.is_noise else "update", [one.article.path])
        if one.plan.is_noise:
            self.report.noise += 1
            return
        self.report.updated += 1
        one.article.version += 1
        one.article.updated_at = self.at

    def _mark_missing(self, keys: Sequence[int]) -> None:
        """Nothing is deleted: the file may come back, and its decisions wait for it."""
        for some in _chunks(keys, CHUNK):
            gone = list(Article.objects.filter(pk__in=some))
            self._set_missing(some, is_missing=True)
            Event.objects.bulk_create(self._event(article, Event.Act.MISSING) for article in gone)
            self.report.missing += len(gone)
            self.report.conflicts += Article.objects.filter(pk__in=some, overrides__isnull=False).distinct().count()
            self.report.plan_to("mark missing", [article.path for article in gone])

    def _mark_returned(self, keys: Sequence[int]) -> None:
        if not keys:
            return
        self._set_missing(keys, is_missing=False)
        back = Article.objects.filter(pk__in=keys)
        Event.objects.bulk_create(self._event(article, Event.Act.RETURNED) for article in back)
        self.report.changes += len(keys)
        self.report.plan_to("mark present", [article.path for article in back])

    def _set_missing(self, keys: Sequence[int], *, is_missing: bool) -> None:
        articles = list(Article.objects.filter(pk__in=keys).select_related("site").prefetch_related("overrides"))
        for article in articles:
            article.is_missing = is_missing
        stand_anew(articles)
        Article.objects.bulk_update(articles, ["is_missing", "state"], batch_size=BATCH_SIZE)

    def _event(self, article: Article, act: Event.Act, changes: Mapping[str, tuple[Any, Any]] | None = None) -> Event:
        return Event(
            site=self.site,
            article=article,
            act=act,
            by_crawler=True,
            changes={key: [to_json(old), to_json(new)] for key, (old, new) in (changes or {}).items()},
            version=article.version,
            batch=self.batch,
            at=self.at,
        )


def _is_folder(root: Path, name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not {"/", ".."} & set(parts) and (root / name).is_dir()


def _kept(report: Report) -> dict[str, Any]:
    """The report as the site's page shows it; of very many problems the first."""
    kept = report.as_dict()
    kept["problems"] = kept["problems"][:MAX_PROBLEMS_KEPT]
    return kept


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Rows of a bulk import hold no cycles; looking for some costs a third of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
