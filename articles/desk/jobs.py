"""The pages of runs over a site's files: when each was synced, what the last runs did, one while it is carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from articles import bulk_runs, jobs
from articles.desk.doors import door, text_of, user_of
from articles.models import Article, BulkRun, Job, Site
from articles.queueing import CannotStart, is_worker_here
from articles.review import NotAllowed
from articles.schedule import schedule_of

SHOWN: Final = 30
ACTS: Final = {
    "sync": (Job.Kind.SYNC, False),
    "sync-commit": (Job.Kind.SYNC, True),
    "read": (Job.Kind.READ, False),
    "write": (Job.Kind.WRITE, False),
    "write-commit": (Job.Kind.WRITE, True),
}
COUNTS: Final = {
    "files": "files looked at",
    "created": "new",
    "updated": "changed by the crawler",
    "noise": "changed in form only",
    "missing": "gone",
    "written": "written",
    "conflicts": "in conflict",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A problem of a run; `article` is the page of the article where there is one."""

    place: str
    message: str
    is_error: bool
    article: int | None


@door("view_article")
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """The sites, and the last runs."""
    now = timezone.now()
    jobs.look(at=now)
    bulk_runs.look(at=now)
    shown = list(Job.objects.select_related("site", "user").defer("report")[:SHOWN])
    context = {
        "schedules": [schedule_of(site, now) for site in Site.objects.all()],
        "jobs": shown,
        "bulk_runs": BulkRun.objects.select_related("user").defer("selection", "refusals")[:SHOWN],
        **_about_worker(request),
    }
    return render(request, "articles/jobs.html", context)


@door("view_article")
@require_safe
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One run. The page asks for it again, as a fragment, until it has ended."""
    jobs.look(at=timezone.now())
    job = get_object_or_404(Job.objects.select_related("site", "user"), pk=pk)
    context = {
        "job": job,
        "done": jobs.files_done(job) if job.state == Job.State.RUNNING else 0,
        "expected": job.site.last_report.get("files", 0) if job.kind != Job.Kind.WRITE else 0,
        "counts": [(words, job.report[key]) for key, words in COUNTS.items() if job.report.get(key)],
        "problems": _problems(job),
        **_about_worker(request),
    }
    return render(request, "articles/_job.html" if request.headers.get("HX-Request") else "articles/job.html", context)


@door("export_site")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a run (`act`) over a `site`; `message` is that of its commit."""
    site = Site.objects.filter(slug=text_of(request.POST, "site")).first()
    if site is None or (act := ACTS.get(request.POST.get("act", ""))) is None:
        raise Http404("There is no such site, or nothing that is done so.")
    kind, commits = act
    said = text_of(request.POST, "message")
    return _started(
        request, lambda: jobs.start(kind, site, by=user_of(request), at=timezone.now(), commits=commits, message=said)
    )


@door("export_site")
@require_POST
def start_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same run once more; with `may_lose_many` also where many files are gone."""
    job = get_object_or_404(Job.objects.select_related("site"), pk=pk)
    forced = "may_lose_many" in request.POST
    return _started(
        request, lambda: jobs.start_again(job, by=user_of(request), at=timezone.now(), may_lose_many=forced)
    )


@door("export_site")
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(Job, pk=pk)
    if jobs.take_back(job, by=user_of(request), at=timezone.now()):
        messages.success(request, "Taken back: nothing was read or written.")
    else:
        messages.error(request, "It has begun already, or is over. See below.")
    return redirect(job)


def _started(request: HttpRequest, begin: Callable[[], Job]) -> HttpResponse:
    """To the page of the new run; what refuses is said on the page of all, where the run in its way stands."""
    try:
        job = begin()
    except (CannotStart, NotAllowed) as refusal:
        messages.error(request, str(refusal))
        return redirect("jobs")
    return redirect(job)


def _about_worker(request: HttpRequest) -> dict[str, Any]:
    return {"is_worker_here": is_worker_here(), "may_run": user_of(request).has_perm("articles.export_site")}


def _problems(job: Job) -> list[Told]:
    told = job.report.get("problems", [])
    articles = Article.objects.filter(site=job.site, path__in={problem["path"] for problem in told})
    keys = dict(articles.values_list("path", "pk"))
    return [
        Told(
            f"{problem['path']}:{problem['line']}" if problem["line"] else problem["path"],
            problem["message"],
            problem["severity"] == "error",
            keys.get(problem["path"]),
        )
        for problem in told
    ]
