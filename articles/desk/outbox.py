"""What waits to be written into the sites' files, by article and by editor; writing it, committing it, and syncing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from articles import git
from articles.content.problems import Problem, ProblemError
from articles.desk.difference import Piece, pending_changes
from articles.desk.doors import door, require_rights, user_of
from articles.exporting import CannotExport, Export, export_in_place
from articles.importing import CannotImport
from articles.locking import LockRefused
from articles.management.runs import holding
from articles.models import Article, Event, Override, Site
from articles.paging import CappedPaginator
from articles.report import Report
from articles.syncing import sync_site

A_PAGE: Final = 25
PROBLEMS_SHOWN: Final = 50
RUNS_SHOWN: Final = 10
EDITORS_SHOWN: Final = 20
MAX_MESSAGE_CHARS: Final = 2000
_DONE: Final = "outbox_done"
_ACTS: Final = ("check", "write", "commit", "sync")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An article whose file is to be written: who decided that, and the lines."""

    article: Article
    editors: str
    diff: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Place:
    """A site with what waits for it."""

    site: Site
    count: int
    can_commit: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One export that wrote something; `commit` where it made one."""

    site: str
    at: datetime
    count: int
    commit: str


@door("view_article")
@require_http_methods(["GET", "HEAD", "POST"])
def outbox(request: HttpRequest) -> HttpResponse:
    """GET shows what waits (of an `editor`, of a `site`); POST checks, writes, commits or syncs one site."""
    if request.method == "POST":
        require_rights(user_of(request), "export_site")
        return _act(request)
    rows = _waiting(request.GET.get("site", ""), request.GET.get("editor", ""))
    page = CappedPaginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "waiting": _with_diffs(page),
        "page": page,
        "count": page.paginator.count_in_words,  # type: ignore[attr-defined]
        "places": _places(),
        "editors": _editors(),
        "editor": request.GET.get("editor", ""),
        "site": request.GET.get("site", ""),
        "runs": _runs(),
        "done": request.session.pop(_DONE, None),
        "query": _query_without_page(request),
    }
    return render(request, "articles/outbox.html", context)


# --- What waits -------------------------------------------------------------------------------------------------------


def _waiting(site: str, editor: str) -> QuerySet[Article]:
    rows = Article.objects.present().unwritten()
    rows = rows.filter(site__slug=site) if site else rows
    if editor:
        rows = rows.filter(Exists(Override.objects.filter(article=OuterRef("pk"), username=editor)))
    return rows.order_by("site", "path")


def _with_diffs(page: Page[Article]) -> list[Waiting]:
    keys = [article.pk for article in page]
    rows = Article.objects.filter(pk__in=keys).order_by("site", "path")
    return [_with_diff(article) for article in rows.select_related("site", "source").prefetch_related("overrides")]


def _with_diff(article: Article) -> Waiting:
    names = dict.fromkeys(override.username for override in article.overrides.all())
    return Waiting(article, ", ".join(names) or "taken back", pending_changes(article))


def _places() -> list[Place]:
    waits = Count("articles", filter=Q(articles__is_dirty=True, articles__is_missing=False))
    sites = Site.objects.annotate(waits=waits).only("slug", "title", "root", "read_at")
    return [Place(site, site.waits, bool(site.root) and git.is_repository(Path(site.root))) for site in sites]


def _editors() -> list[tuple[str, int]]:
    rows = Override.objects.filter(article__is_dirty=True, article__is_missing=False).order_by().values("username")
    counted = rows.annotate(count=Count("article", distinct=True)).order_by("-count", "username")
    return [(row["username"], row["count"]) for row in counted[:EDITORS_SHOWN]]


def _runs() -> list[Run]:
    events = Event.objects.filter(act=Event.Act.WRITTEN).order_by()
    rows = events.values("batch", "site__title", "site__slug").annotate(
        at=Max("at"), count=Count("article"), commit=Max("reason")
    )
    return [
        Run(row["site__title"] or row["site__slug"], row["at"], row["count"], row["commit"].removeprefix("commit "))
        for row in rows.order_by("-at")[:RUNS_SHOWN]
    ]


def _query_without_page(request: HttpRequest) -> str:
    asked = request.GET.copy()
    asked.pop("page", None)
    return asked.urlencode()


# --- Writing ----------------------------------------------------------------------------------------------------------


def _act(request: HttpRequest) -> HttpResponse:
    """Whatever refuses, nothing of it is lost: what was decided waits on."""
    site = Site.objects.filter(slug=request.POST.get("site", "")).first()
    act = request.POST.get("act", "")
    if site is None or act not in _ACTS:
        raise Http404("There is no such site, or nothing that is done so.")
    try:
        report = _done(request, site, act).report
    except (LockRefused, CannotExport, CannotImport) as refusal:
        return _refuse(request, site, str(refusal))
    except ProblemError as refusal:
        return _refuse(request, site, f"{refusal.problem.path}: {refusal.problem.message}")
    _tell(request, site, act, report)
    return redirect("outbox")


def _done(request: HttpRequest, site: Site, act: str) -> Export:
    at, who = timezone.now(), user_of(request).get_username()
    if not site.root:
        raise CannotExport(f"{site} was never read from a folder. Import it first.")
    if act == "check":
        return export_in_place(site, at=at, dry_run=True)
    with holding(site.slug, f"{who} at the desk ({act})"):
        if act == "sync":
            return sync_site(Path(site.root), at=at, slug=site.slug)
        said = request.POST.get("message", "").strip()[:MAX_MESSAGE_CHARS]
        return export_in_place(site, at=at, commit=act == "commit", message=said)


def _refuse(request: HttpRequest, site: Site, why: str) -> HttpResponse:
    messages.error(request, f"{site}: nothing was written. {why} What was decided waits here.")
    return redirect(f"{reverse('outbox')}?{urlencode({'site': site.slug})}")


def _tell(request: HttpRequest, site: Site, act: str, report: Report) -> None:
    """On the page that comes next: what was done, and each refusal."""
    errors = [problem for problem in report.problems if problem.is_error]
    said = f"{site}: {_in_words(act, report)}"
    level = messages.WARNING if errors else messages.SUCCESS
    messages.add_message(request, level, said)
    request.session[_DONE] = {
        "site": str(site),
        "is_check": act == "check",
        "commit": report.commit,
        "problems": [_problem(one) for one in sorted(report.problems, key=_gravity)[:PROBLEMS_SHOWN]],
        "more": max(len(report.problems) - PROBLEMS_SHOWN, 0),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"path": problem.path, "message": problem.message, "is_error": problem.is_error}


def _gravity(problem: Problem) -> bool:
    return not problem.is_error


def _in_words(act: str, report: Report) -> str:
    files = f"{report.written:,} file{'' if report.written == 1 else 's'}"
    if act == "check":
        return f"{files} would be written. Nothing was changed."
    parts = [f"{files} written"] if report.written or act != "sync" else []
    if act == "sync":
        read = {"new": report.created, "changed": report.updated, "gone": report.missing}
        parts = [f"{count:,} {word}" for word, count in read.items() if count] + parts
    parts += [f"{report.conflicts:,} in conflict"] if report.conflicts else []
    parts += [f"committed as {report.commit[:10]}"] if report.commit else []
    return f"{', '.join(parts) or 'nothing new'}."
