"""The story that an article tells with others: who else tells it, with what score, and who leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from articles.content.findings import source_key
from articles.forms.kinds import as_text, is_list_of_maps
from articles.models import Article
from articles.pictures import web_link

ITEMS_SHOWN: Final = 6
MAX_RELATED: Final = 100
_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """Another item of the story. `url` leads to it on the desk (`is_here`) or at its source; empty: nowhere."""

    title: str
    quality: str
    provider: str
    when: str
    url: str
    is_here: bool = False
    leads: bool = False
    published: bool | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """`why` says who leads, and what heat -1 means where it stands."""

    items: list[Item]
    count: int
    why: str
    can_choose: bool

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.items)


def story_of(article: Article, told: Iterable[Article], related: Any, url_of: Callable[[int], str]) -> Story | None:
    """The other items, those on the desk (`told`) first, best first; None for a story of its own."""
    others = sorted(told, key=_rank, reverse=True)
    elsewhere = _elsewhere(article, related, {other.source_key for other in others} | {article.source_key})
    if not others and not elsewhere:
        return _lonely(article)
    lead = _lead([article, *others])
    here = [_here(article, other, lead, url_of) for other in others]
    items = [*here, *elsewhere]
    return Story(items[:ITEMS_SHOWN], len(items), _why(article, lead), bool(others))


def _rank(other: Article) -> tuple[int, datetime, int]:
    return other.quality or 0, other.published_at or _LONG_AGO, other.pk


def _elsewhere(article: Article, related: Any, known: set[int | None]) -> list[Item]:
    """What the file names as related and the desk does not have."""
    if not is_list_of_maps(related):
        return []
    return [_named(article, item) for item in related[:MAX_RELATED] if source_key(item) not in known - {None}]


def _lonely(article: Article) -> Story | None:
    if not article.is_led_by_another:
        return None
    return Story([], 0, "Heat -1: the crawler says that another item leads the story, and does not say which.", False)


def _lead(members: Iterable[Article]) -> Article | None:
    """The one with the greatest heat; none where all are led by another."""
    leads = [one for one in members if one.heat is not None and not one.is_led_by_another]
    return max(leads, key=lambda one: one.heat or 0, default=None)


def _why(article: Article, lead: Article | None) -> str:
    if lead is None:
        return "Heat -1: another item leads it." if article.is_led_by_another else "Nobody leads it yet."
    if lead.pk == article.pk:
        return "This item leads it."
    led = "Heat -1: " if article.is_led_by_another else ""
    return f"{led}\N{LEFT DOUBLE QUOTATION MARK}{_short(lead)}\N{RIGHT DOUBLE QUOTATION MARK} leads it."


def _short(article: Article) -> str:
    title = str(article)
    return title if len(title) <= 90 else f"{title[:89]}\N{HORIZONTAL ELLIPSIS}"


def _here(article: Article, other: Article, lead: Article | None, url_of: Callable[[int], str]) -> Item:
    return Item(
        title=str(other)[:300],
        quality="" if other.quality is None else str(other.quality),
        provider=other.provider_name or "",
        when=apart(article.published_at, other.published_at),
        url=url_of(other.pk),
        is_here=True,
        leads=other is lead,
        published=other.published,
    )


def _named(article: Article, item: Mapping[str, Any]) -> Item:
    provider = item.get("provider")
    names = provider if isinstance(provider, dict) else {"name": provider}
    at = item.get("publishedDateTime")
    return Item(
        title=as_text(item.get("title"))[:300],
        quality=as_text(item.get("quality"))[:12],
        provider=as_text(names.get("name") or names.get("domain"))[:100],
        when=apart(article.published_at, at) if isinstance(at, datetime) and at.tzinfo else "",
        url=web_link(item.get("webUrl") or item.get("originalUrl")),
    )


def apart(one: datetime | None, other: datetime | None) -> str:
    """How much later or earlier the other is, as one says it: 2 h later, the day before, 5 days later."""
    if one is None or other is None:
        return ""
    gap, word = abs(other - one), "later" if other >= one else "earlier"
    if gap < timedelta(hours=1):
        return "same hour"
    if gap < timedelta(days=1):
        return f"{gap.seconds // 3600} h {word}"
    return f"{gap.days} day{'' if gap.days == 1 else 's'} {word}"
