"""Stories that several articles tell: who leads, and choosing another; looked at first, then done as one batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from articles.content.findings import source_key
from articles.desk.answers import number
from articles.desk.batches import tell
from articles.desk.bulk import Line, line_of
from articles.desk.doors import door, require_rights, user_of
from articles.desk.selecting import NotSealed, Seen, named, versions_of
from articles.forms.kinds import as_text, is_list_of_maps
from articles.models import Article, Site
from articles.ordering import by_column
from articles.pictures import web_link
from articles.review import EditRejected, NotAllowed
from articles.review.leading import leader_of, make_lead

PURPOSE: Final = "story"
A_PAGE: Final = 20
LAST_PAGE: Final = 100
MEMBERS_EXPECTED: Final = 4
MEMBERS_SHOWN: Final = 30
RELATED_SHOWN: Final = 10
_COLUMNS: Final = (
    *("title", "path", "quality", "heat", "published", "provider_name", "published_at", "version", "story", "site"),
    *("source_key", "related", "site__threshold", "site__slug", "site__title"),
)


@dataclass(frozen=True, slots=True)
class Related:
    """Another item of the story that only the files name."""

    title: str
    provider: str
    quality: str
    url: str


@dataclass(frozen=True, slots=True)
class Story:
    """One story; `members` best first, of very many the first."""

    number: int
    count: int
    members: Sequence[Article]
    leader: Article | None
    related: Sequence[Related]

    @property
    def more(self) -> int:
        return self.count - len(self.members)

    @property
    def leaders(self) -> int:
        """How many are led by nobody: more than one is what an editor would mend."""
        return sum(one.heat is not None and not one.is_led_by_another for one in self.members)


@door("view_article")
@require_http_methods(["GET", "HEAD", "POST"])
def stories(request: HttpRequest) -> HttpResponse:
    """All of them, newest first; or one (`story`), with what another `lead` would mean. POST does that."""
    if request.method == "POST":
        require_rights(user_of(request), "change_article", "publish_article")
        return _run(request)
    wanted = number(request.GET.get("story"))
    if wanted is not None:
        return _one(request, wanted, number(request.GET.get("lead")))
    sites = list(Site.objects.only("slug", "title"))
    site = next((one for one in sites if one.slug == request.GET.get("site")), None)
    page = min(number(request.GET.get("page")) or 1, LAST_PAGE)
    counts = _newest(site, page * A_PAGE + 1)[(page - 1) * A_PAGE :]
    shown = _stories(dict(counts[:A_PAGE]))
    context = {
        "stories": shown,
        "page": page,
        "has_more": len(counts) > A_PAGE and page < LAST_PAGE,
        "sites": sites,
        "site": site,
    }
    return render(request, "articles/stories.html", context)


def _newest(site: Site | None, number: int) -> list[tuple[int, int]]:
    """So many stories that several articles tell, by the newest of these, with how many there are of them.

    Read along the articles by date, as far as needed.
    """
    rows = Article.objects.filter(story__isnull=False, is_missing=False)
    rows = rows.filter(site=site) if site else rows
    by_date = rows.order_by(by_column("-published_at"), by_column("-pk")).values_list("story", flat=True)
    found: dict[int, int] = {}
    known, start, size, has_more = set[int | None](), 0, number * MEMBERS_EXPECTED, True
    while len(found) < number and has_more:
        some = list(by_date[start : start + size])
        fresh = [key for key in dict.fromkeys(some) if key not in known]
        known.update(fresh)
        counts = dict(rows.filter(story__in=fresh).order_by().values_list("story").annotate(count=Count("pk")))
        found |= {key: counts[key] for key in fresh if key is not None and counts[key] > 1}
        start, size, has_more = start + size, size * 2, len(some) == size
    return list(found.items())[:number]


def _stories(counts: Mapping[int, int]) -> list[Story]:
    """These stories in their order, by one query."""
    rows = Article.objects.filter(story__in=list(counts), is_missing=False).select_related("site").only(*_COLUMNS)
    members: defaultdict[int, list[Article]] = defaultdict(list)
    for article in rows.order_by("-quality", "pk"):
        if article.story is not None:
            members[article.story].append(article)
    return [_story(key, members[key]) for key in counts if members[key]]


def _story(key: int, members: Sequence[Article]) -> Story:
    leader = leader_of(members)
    shown = [*members[:MEMBERS_SHOWN]]
    if leader is not None and leader not in shown:
        shown.append(leader)
    return Story(key, len(members), shown, leader, _related(members))


def _related(members: Sequence[Article]) -> list[Related]:
    """What the files name as related and the desk has not, each once."""
    known, found = {article.source_key for article in members} - {None}, list[Related]()
    for article in members:
        for item in article.related if is_list_of_maps(article.related) else ():
            key = source_key(item)
            if key is not None and key not in known:
                known.add(key)
                found.append(_as_related(item))
    return found[:RELATED_SHOWN]


def _as_related(item: Mapping[str, Any]) -> Related:
    provider = item.get("provider")
    names = provider if isinstance(provider, dict) else {"name": provider}
    return Related(
        as_text(item.get("title"))[:300],
        as_text(names.get("name") or names.get("domain"))[:100],
        as_text(item.get("quality"))[:12],
        web_link(as_text(item.get("webUrl") or item.get("originalUrl"))),
    )


# --- One story, and who shall lead it ---------------------------------------------------------------------------------


def _one(request: HttpRequest, wanted: int, lead: int | None) -> HttpResponse:
    count = Article.objects.filter(story=wanted, is_missing=False).count()
    found = _stories({wanted: count}) if count > 1 else []
    if not found:
        context: dict[str, Any] = {"stories": [], "is_gone": True, "page": 1}
        return render(request, "articles/stories.html", context, status=HTTPStatus.NOT_FOUND)
    user = user_of(request)
    context = {"story": found[0], "stories": found}
    if lead is not None and user.has_perms(("articles.change_article", "articles.publish_article")):
        context |= _looked_at(request, wanted, lead, found[0])
    return render(request, "articles/stories.html", context)


def _looked_at(request: HttpRequest, wanted: int, lead: int, story: Story) -> dict[str, Any]:
    """What it does to each. Unless it is said, the lead is published where readers get any of them now."""
    user = user_of(request)
    asked = request.GET.get("publish")
    publish = any(one.published for one in story.members) if asked is None else asked == "yes"
    versions = _versions(wanted)
    try:
        done = make_lead(lead, versions, publish=publish, by=user, at=timezone.now(), dry_run=True)
    except EditRejected as refusal:
        return {"refusal": str(refusal)}
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from refused
    lines: list[Line] = [line_of(one) for one in done]
    return {
        "lead": lead,
        "publish": publish,
        "lines": lines,
        "doing": sum(not line.refusal for line in lines),
        "seal": Seen(versions, {"lead": lead, "publish": publish, "story": wanted}).seal(user, PURPOSE),
    }


def _run(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    try:
        seen = Seen.unseal(request.POST.get("seal", ""), user, PURPOSE)
    except NotSealed as refusal:
        messages.error(request, str(refusal))
        return redirect("stories")
    facts = seen.facts
    if moved := seen.moved_to(_versions(facts["story"])):
        context = {"moved": named(moved), "number": facts["story"], "lead": facts["lead"]}
        return render(request, "articles/story_moved.html", context, status=HTTPStatus.CONFLICT)
    try:
        done = make_lead(facts["lead"], seen.versions, publish=facts["publish"], by=user, at=timezone.now())
    except EditRejected as refusal:
        messages.error(request, str(refusal))
        return redirect("stories")
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from refused
    batch = next((one.outcome.event.batch for one in done if one.outcome and one.outcome.event), None)
    if batch is None:
        messages.info(request, "The story was that way already. Nothing was done.")
        return redirect("stories")
    return tell(request, batch, done, "Chose who leads: decided on")


def _versions(story: int) -> dict[int, int]:
    members = Article.objects.filter(story=story, is_missing=False).order_by("pk")
    return versions_of(members.values_list("pk", flat=True))
