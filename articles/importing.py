"""Files to records: what the crawler wrote comes onto the desk, and editors' decisions stay in force above it.

One transaction a site: a run that is killed leaves the old state. A file whose digest is known is not parsed again.
"""

from __future__ import annotations

import gc
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from datetime import datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils.text import slugify

from articles.content.actions import Decided, Difference, Refuse, Same, Seen, State, plan
from articles.content.fences import MAX_FILE_BYTES
from articles.content.problems import Problem, ProblemError
from articles.content.tree import Entry, File, Tree
from articles.forking import cores_to_share, shared
from articles.grouping import group_all
from articles.indexing import KeptAside, kept_aside
from articles.intake import Intake
from articles.judging import RULES
from articles.models import Article, Site
from articles.noticing import differences, storable
from articles.preparing import as_found
from articles.reference import import_reference, site_settings
from articles.remeasuring import measure_again
from articles.report import Refused, Report
from articles.rewriting import is_checked_out_anew

COLLECTIONS: Final = ("_news", "_posts")
CHUNK: Final = 500
FIRST_CHUNK: Final = 250
CHUNKS_ALONE: Final = 4
"""A first import of more has other processes read, and makes the indexes at its end."""
MAX_PROBLEMS_KEPT: Final = 200

T = TypeVar("T")
Progress = Callable[[int], None]


class CannotImport(Refused):
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
        yield from map(storable, tree.list(folder))


class _Import:
    """One run: the site, and the files that go through, a chunk at a time."""

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
        named = collection_folders(tree.root, collections)
        self.site = self._site(slug, named)
        self.folders = named or list(COLLECTIONS)
        self.intake = Intake(self.site, at, report)
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
        is_first = not self.site.articles.exists()
        touched = import_reference(self.tree, self.site, self.report)
        are_rules_new = self.site.last_report.get("judged_by") != RULES and not is_first
        self.intake.index.preload()
        self.intake.is_first = is_first
        self.intake.is_checkout = is_checked_out_anew(self.tree, self.site)
        if is_first:
            self._take_in_first()
        else:
            self._take_in(may_lose_many=may_lose_many)
            self.intake.end(touched, are_rules_new=are_rules_new)
        self.site.read_at = self.at
        self.site.last_report = {**_kept(self.report), "judged_by": RULES}
        self.site.save(update_fields=["root", "collections", "read_at", "last_report"])
        self._follow_threshold()

    def _follow_threshold(self) -> None:
        """Where somebody set another one meanwhile, or a worker ended before all articles followed it."""
        if not Site.objects.filter(pk=self.site.pk, threshold=self.site.threshold, is_measured=True).exists():
            measure_again(self.site)

    def _take_in(self, *, may_lose_many: bool) -> None:
        found = differences(self.tree, self.site, in_order(self.folders))
        actions = plan(self._states(found), writes=False, may_lose_many=may_lose_many)
        for some in _chunks(actions, CHUNK):
            if isinstance(refusal := some[-1], Refuse):
                raise ManyGone(refusal.gone, refusal.known)
            self.intake.carry_out(some)
            self.progress(self.report.files)

    def _take_in_first(self) -> None:
        """Files of which none was ever seen: there is nothing to lay beside them. Other processes help with many."""
        some = _chunks(map(as_found, list_files(self.tree, in_order(self.folders))), FIRST_CHUNK)
        few = list(islice(some, CHUNKS_ALONE + 1))
        are_many = len(few) > CHUNKS_ALONE
        processes = cores_to_share() if are_many else 0
        without_indexes = kept_aside() if are_many and not Article.objects.exists() else nullcontext(KeptAside([]))
        with without_indexes as indexes:
            self.intake.preparing.is_searched = indexes.has_triggers
            work = partial(self.intake.preparing.read, self.tree)
            with closing(shared(work, chain(few, some), processes=processes)) as chunks:
                for chunk in chunks:
                    self.intake.create(chunk)
                    self.progress(self.report.files)
            group_all(self.site, elsewhere=bool(processes), meanwhile=indexes.making())

    def _states(self, found: Iterable[Difference | Same]) -> Iterator[State | Same]:
        """What differs, opened and laid beside what the desk holds of it."""
        for some in _chunks(found, CHUNK):
            opened = [one if isinstance(one, Same) else (self._open(one[0]), one[1]) for one in some]
            pairs = [one for one in opened if not isinstance(one, Same)]
            known = self.intake.recall(
                [seen.key for file, seen in pairs if isinstance(file, File) and seen and seen.digest != file.digest],
                [seen.key for file, seen in pairs if file is None and seen],
            )
            for one in opened:
                yield one if isinstance(one, Same) else _state(*one, known)

    def _open(self, found: Entry | Problem | None) -> File | Problem | None:
        if not isinstance(found, Entry):
            return found
        try:
            return self.tree.read(found.path, max_bytes=MAX_FILE_BYTES)
        except ProblemError as refusal:
            return refusal.problem


def in_order(folders: Iterable[str]) -> list[str]:
    """The folders as their files sort; one that lies in another is left to that one."""
    found: list[str] = []
    for folder in sorted(folders, key=lambda name: f"{name}/"):
        if not folder.startswith(tuple(f"{above}/" for above in found)) and folder not in found:
            found.append(folder)
    return found


def _state(found: File | Problem | None, seen: Seen | None, known: Mapping[int, Decided]) -> State:
    path = seen.path if seen else found.path if found else ""
    return State(path, found, seen, known.get(seen.key, Decided()) if seen else Decided())


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
