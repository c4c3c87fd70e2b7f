"""A publish rule as a threshold over the histogram of quality: who would change sides, and running it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from articles import bulk_runs, jobs
from articles.desk.batches import tell
from articles.desk.doors import door, text_of, user_of
from articles.desk.selecting import NotSealed, Seen, named
from articles.models import Article, Site
from articles.paging import up_to
from articles.queueing import is_worker_here
from articles.review import EditRejected, NotAllowed, ruling
from articles.review.bulk import MOST
from articles.review.ruling import SetMoved
from articles.review.thresholds import (
    COUNTED,
    NEWEST,
    Level,
    Spread,
    Tally,
    flips_of,
    held_of,
    led_of,
    spread_of,
    tally_of,
)
from articles.wording import why_held

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PURPOSE: Final = "rule"
FLIPS_SHOWN: Final = 50
APART_SHOWN: Final = 20
STEP: Final = 5
TICK: Final = 20
LEAST_END: Final = 120
MOST_END: Final = 220


@dataclass(frozen=True, slots=True)
class Bar:
    """Articles of a stretch of quality; lengths are for a drawing 100 high, `at_least` is who a rule at `first` has."""

    first: int
    last: int
    published: int
    unpublished: int
    at_least: int
    x: float
    width: float
    published_y: float
    published_height: float
    unpublished_y: float
    unpublished_height: float


@dataclass(frozen=True, slots=True)
class Said:
    """An article with a sentence."""

    article: Article
    why: str


@door("rule_article", "publish_article")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def rules(request: HttpRequest) -> HttpResponse:
    """GET looks (`site`, `min_quality`); POST runs what was looked at, or sets the site's `threshold`.

    POST with `measure` has the site's articles follow its threshold, where a worker ended before they did.
    """
    if request.method == "POST":
        if "measure" in request.POST:
            return _measure(request)
        return _set_threshold(request) if "threshold" in request.POST else _run(request)
    sites = list(Site.objects.defer("last_report", "collections"))
    site = _site_of(sites, request.GET.get("site", ""))
    if site is None:
        return render(request, "articles/rules.html", {"sites": sites})
    minimum = _quality_of(request.GET.get("min_quality", ""), site.threshold)
    context = {**_looked_at(site, minimum, user_of(request)), "sites": sites}
    if request.headers.get("HX-Request"):
        return render(request, "articles/_rule.html", context)
    context["past"] = ruling.past_runs(site)
    context["is_worker_here"] = site.is_measured or is_worker_here()
    return render(request, "articles/rules.html", context)


def _looked_at(site: Site, minimum: int, user: User) -> dict[str, Any]:
    spread, tally = spread_of(site), tally_of(site, minimum)
    end = _end_of(spread.levels)
    can_run = tally.has_all_flips and 0 < tally.flips <= MOST
    versions = flips_of(site, minimum).versions() if can_run else {}
    flips = flips_of(site, minimum).best(FLIPS_SHOWN) if tally.flips else ()
    held = held_of(site, minimum).best(APART_SHOWN).prefetch_related("overrides") if tally.held else ()
    return {
        "site": site,
        "minimum": minimum,
        "end": end,
        "bars": bars_of(spread, end),
        "mark": round(min(max(minimum, 0), end) / end * 100, 2),
        "ticks": [(tick, round(tick / end * 100, 2)) for tick in range(0, end + 1, TICK)],
        "spread": spread,
        "newest": NEWEST,
        "published": spread.published_with(minimum),
        "tally": tally,
        "said": _said(tally),
        "more": _more(tally),
        "most": MOST,
        "can_run": can_run,
        "flips": [Said(one, ruling.why_it_flips(one, minimum)) for one in flips],
        "held": [Said(one, why_held(one, user.get_username())) for one in held],
        "led": led_of(site, minimum).best(APART_SHOWN) if tally.led else (),
        "seal": Seen(versions, {"site": site.pk, "min": minimum, "batch": str(uuid.uuid4())}).seal(user, PURPOSE),
    }


def bars_of(spread: Spread, end: int) -> list[Bar]:
    """The histogram; the last bar has also what is beyond it, the first what is below 0."""
    number = end // STEP
    counts = [[0, 0] for _ in range(number)]
    for level in spread.levels:
        counts[min(max(level.quality, 0) // STEP, number - 1)][not level.published] += level.count
    highest = max((sum(pair) for pair in counts), default=0) or 1
    bars: list[Bar] = []
    for place, (published, unpublished) in enumerate(counts):
        at_least = spread.published_with(place * STEP)
        out, kept = (round(count / highest * 100, 2) for count in (published, unpublished))
        x, width = round(place * 100 / number, 3), round(100 / number, 3)
        first = place * STEP
        drawn = (x, width, 100 - out, out, 100 - out - kept, kept)
        bars.append(Bar(first, first + STEP - 1, published, unpublished, at_least, *drawn))
    return bars


def _said(tally: Tally) -> dict[str, str]:
    """The counts in words."""
    counts = {name: up_to(getattr(tally, name), COUNTED) for name in ("to_publish", "to_unpublish", "held", "led")}
    if tally.has_all_flips:
        return {**counts, "flips": f"{tally.flips:,}"}
    return {**counts, "flips": f"more than {COUNTED:,}", "held": f"at least {tally.held:,}"}


def _more(tally: Tally) -> dict[str, str]:
    """How many there are beyond those that are named."""
    shown = {"flips": FLIPS_SHOWN, "held": APART_SHOWN, "led": APART_SHOWN}
    left = {name: getattr(tally, name) - count for name, count in shown.items()}
    has_more = {name: getattr(tally, name) > COUNTED for name in shown}
    if not tally.has_all_flips:
        has_more |= {"flips": True, "held": True}
    return {name: "many" if has_more[name] else f"{count:,}" for name, count in left.items() if count > 0}


def _run(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    try:
        seen = Seen.unseal(request.POST.get("seal", ""), user, PURPOSE)
    except NotSealed as refusal:
        messages.error(request, str(refusal))
        return redirect("rules")
    site = Site.objects.filter(pk=seen.facts["site"]).first()
    if site is None:
        raise Http404("There is no such site any more.")
    minimum: int = seen.facts["min"]
    try:
        if len(seen.versions) > bulk_runs.IN_REQUEST:
            batch = uuid.UUID(seen.facts["batch"])
            return redirect(bulk_runs.start_rule(site, minimum, seen.versions, batch=batch, by=user, at=timezone.now()))
        ruled = ruling.run_rule(site, minimum, by=user, at=timezone.now(), seen_versions=seen.versions)
    except SetMoved as moved:
        now = flips_of(site, minimum).versions(MOST + 1)
        context = {"site": site, "minimum": minimum, "said": str(moved), "moved": named(seen.moved_to(now))}
        return render(request, "articles/rule_moved.html", context, status=HTTPStatus.CONFLICT)
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from refused
    return tell(request, ruled.batch, ruled.decided, f"Quality at least {minimum}: changed sides of")


def _measure(request: HttpRequest) -> HttpResponse:
    site = _posted_site(request)
    if not site.is_measured:
        jobs.measure(site)
    return redirect(f"{reverse('rules')}?{urlencode({'site': site.slug})}")


def _posted_site(request: HttpRequest) -> Site:
    site = Site.objects.filter(slug=text_of(request.POST, "site")).first()
    if site is None:
        raise Http404("There is no such site any more.")
    return site


def _set_threshold(request: HttpRequest) -> HttpResponse:
    site = _posted_site(request)
    before, text = site.threshold, request.POST["threshold"]
    try:
        jobs.set_threshold(site, _quality_of(text, -1), by=user_of(request))
    except EditRejected as refusal:
        messages.error(request, f"The threshold of {site} is {before} as before. {refusal}")
        return redirect(f"{reverse('rules')}?{urlencode({'site': site.slug})}")
    said = f"The threshold of {site} is {site.threshold} now; it was {before}. No article changed."
    if not site.is_measured:
        said += " The worker brings them into the order “nearest first” by it."
    messages.success(request, said)
    return redirect(f"{reverse('rules')}?{urlencode({'site': site.slug, 'min_quality': str(site.threshold)})}")


def _site_of(sites: Sequence[Site], slug: str) -> Site | None:
    """The one that is named; without a name the first."""
    named_so = [site for site in sites if site.slug == slug]
    return next(iter(named_so or sites), None)


def _quality_of(text: str, default: int) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) < 6
    return min(int(text), ruling.HIGHEST) if is_number else default


def _end_of(levels: Sequence[Level]) -> int:
    """Where the drawing ends: beyond what most have, at a number that stands below it."""
    highest = max((level.quality for level in levels), default=0)
    end = min(max(highest + 1, LEAST_END), MOST_END)
    return -(-end // TICK) * TICK
