"""What waits to be written into the sites' files, by article and by editor; a check; and starting what writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from articles import git, jobs
from articles.content.problems import Problem, ProblemError
from articles.desk.difference import Piece, pending_changes
from articles.desk.doors import door, require_rights, text_of, user_of
from articles.exporting import CannotExport, export_in_place
from articles.gathering import Counted
from articles.latest import COUNTED, latest_batches
from articles.models import Article, Event, Job, Override, Site
from articles.paging import CAP, CappedPaginator, up_to
from articles.queueing import CannotStart
from articles.report import Report

A_PAGE: Final = 20
PROBLEMS_SHOWN: Final = 50
RUNS_SHOWN: Final = 10
EDITORS_SHOWN: Final = 20
_DONE: Final = "outbox_done"
_RUNS: Final = {"write": (Job.Kind.WRITE, False), "commit": (Job.Kind.WRITE, True), "sync": (Job.Kind.SYNC, False)}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An article whose file is to be written: who decided that, and the lines."""

    article: Article
    editors: str
    diff: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Place:
    """A site with what waits for it, counted so far as `in_words` says."""

    site: Site
    count: int
    can_commit: bool

    @property
    def in_words(self) -> str:
        return up_to(self.count, COUNTED)


@dataclass(frozen=True, slots=True)
class Run:
    """One export that wrote something; `commit` where it made one."""

    site: str
    at: datetime
    count: int
    commit: str

    @property
    def in_words(self) -> str:
        return up_to(self.count, COUNTED)


@door("view_article")
@require_http_methods(["GET", "HEAD", "POST"])
def outbox(request: HttpRequest) -> HttpResponse:
    """GET shows what waits (of an `editor`, of a `site`); POST (`site`, `act`) checks, or starts a run."""
    if request.method == "POST":
        require_rights(user_of(request), "export_site")
        return _act(request)
    site, editor = text_of(request.GET, "site"), text_of(request.GET, "editor")
    rows = _waiting(site, editor)
    page = CappedPaginator(rows.values_list("pk", flat=True), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "waiting": _with_diffs(page),
        "page": page,
        "count": page.paginator.count_in_words,  # type: ignore[attr-defined]
        "places": _places(),
        "editors": _editors(),
        "editor": editor,
        "site": site,
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


def _with_diffs(page: Page[int]) -> list[Waiting]:
    rows = Article.objects.filter(pk__in=list(page)).order_by("site", "path")
    return [_with_diff(article) for article in rows.select_related("site", "source").prefetch_related("overrides")]


def _with_diff(article: Article) -> Waiting:
    names = dict.fromkeys(override.username for override in article.overrides.all())
    return Waiting(article, ", ".join(names) or "taken back", pending_changes(article))


def _places() -> list[Place]:
    waiting = Article.objects.present().unwritten().filter(site=OuterRef("pk")).order_by().values("pk")
    sites = Site.objects.annotate(waits=Counted(waiting[: COUNTED + 1])).only("slug", "title", "root", "read_at")
    return [Place(site, site.waits, bool(site.root) and git.is_repository(Path(site.root))) for site in sites]


def _editors() -> list[tuple[str, int]]:
    """Who decided on what waits, of so much of it as the list can show."""
    waiting = Article.objects.present().unwritten().order_by().values("pk")[:CAP]
    rows = Override.objects.filter(article__in=waiting).order_by().values("username")
    counted = rows.annotate(count=Count("article", distinct=True)).order_by("-count", "username")
    return [(row["username"], row["count"]) for row in counted[:EDITORS_SHOWN]]


def _runs() -> list[Run]:
    """The last event of a run that made a commit tells of that, and is of no article."""
    ends = latest_batches(Event.objects.filter(act=Event.Act.WRITTEN), RUNS_SHOWN)
    return [_run(end, count) for end, count in ends]


def _run(end: Event, count: int) -> Run:
    files = count - 1 if end.article_id is None and count <= COUNTED else count
    return Run(str(end.site), end.at, files, end.reason.removeprefix("commit "))


def _query_without_page(request: HttpRequest) -> str:
    asked = request.GET.copy()
    asked.pop("page", None)
    return asked.urlencode()


# --- Writing ----------------------------------------------------------------------------------------------------------


def _act(request: HttpRequest) -> HttpResponse:
    """A check answers at once; all else is a run of the worker's. Whatever refuses, what was decided waits on."""
    site = Site.objects.filter(slug=text_of(request.POST, "site")).first()
    act = request.POST.get("act", "")
    if site is None or act not in ("check", *_RUNS):
        raise Http404("There is no such site, or nothing that is done so.")
    try:
        return _check(request, site) if act == "check" else redirect(_start(request, site, act))
    except (CannotStart, CannotExport) as refusal:
        return _refuse(request, site, str(refusal))
    except ProblemError as refusal:
        return _refuse(request, site, f"{refusal.problem.path}: {refusal.problem.message}")


def _start(request: HttpRequest, site: Site, act: str) -> Job:
    kind, commits = _RUNS[act]
    said = text_of(request.POST, "message")
    return jobs.start(kind, site, by=user_of(request), at=timezone.now(), commits=commits, message=said)


def _check(request: HttpRequest, site: Site) -> HttpResponse:
    if not site.root:
        raise CannotExport(f"{site} was never read from a folder. Import it first.")
    _tell(request, site, export_in_place(site, at=timezone.now(), dry_run=True).report)
    return redirect("outbox")


def _refuse(request: HttpRequest, site: Site, why: str) -> HttpResponse:
    messages.error(request, f"{site}: nothing was written. {why} What was decided waits here.")
    return redirect(f"{reverse('outbox')}?{urlencode({'site': site.slug})}")


def _tell(request: HttpRequest, site: Site, report: Report) -> None:
    """On the page that comes next: what would be written, and each refusal."""
    files = f"{report.written:,} file{'' if report.written == 1 else 's'}"
    level = messages.WARNING if report.has_errors else messages.SUCCESS
    messages.add_message(request, level, f"{site}: {files} would be written. Nothing was changed.")
    request.session[_DONE] = {
        "site": str(site),
        "problems": [_problem(one) for one in sorted(report.problems, key=_gravity)[:PROBLEMS_SHOWN]],
        "more": max(len(report.problems) - PROBLEMS_SHOWN, 0),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"path": problem.path, "message": problem.message, "is_error": problem.is_error}


def _gravity(problem: Problem) -> bool:
    return not problem.is_error
