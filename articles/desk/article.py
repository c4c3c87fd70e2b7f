"""The pane of one article: all that an editor needs to decide on it, section by section. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import Truncator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from articles.content.findings import Finding, findings_of
from articles.content.merge import in_force, value_of
from articles.content.suggesting import Keywords, Suggestion
from articles.desk.asking import Asked, asked_by
from articles.desk.difference import Piece, pending_changes, shortened, words_between
from articles.desk.doors import door, user_of
from articles.desk.embeds import Video, video_of
from articles.desk.facts import Bar, Sides, Told, bars_of, conflicts_in_words, history_of, is_switch
from articles.desk.reading import KnownTopic, Whole, with_all_that_is_shown
from articles.desk.storyline import Story, story_of
from articles.forms.kinds import is_list_of_maps, is_list_of_text
from articles.mapping import crawler_document, decisions
from articles.pictures import Preview, preview, web_link
from articles.wording import in_words, join_words, why_published

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TITLE_CHARS: Final = 240
LONG_TITLE_CHARS: Final = 120
EXCERPT_CHARS: Final = 2000
TOPICS_SHOWN: Final = 300
SUGGESTIONS_SHOWN: Final = 5
PICTURES_COUNTED: Final = 99
SITES_AT_HAND: Final = 16


@dataclass(frozen=True, slots=True)
class Mend:
    """A finding with what its fix would make of the value, word by word; without pieces: there is no safe fix."""

    finding: Finding
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Picture:
    """The first picture of the article, and how many more there are."""

    preview: Preview
    more: int


class Pane:
    """An article with all that belongs to it, as one user sees it at a moment."""

    def __init__(self, whole: Whole, reader: User, queue: Asked, now: datetime) -> None:
        self.whole, self.queue, self.now = whole, queue, now
        self.article = article = whole.article
        self.reader, self.name = reader, reader.get_username()
        self.may_change = reader.has_perm("articles.change_article")
        self.may_publish = reader.has_perm("articles.publish_article")
        self.crawler = crawler_document(article).fields
        self.overrides = {override.key: override for override in article.overrides.all()}
        self.fields = in_force(self.crawler, decisions(self.overrides.values()))

    # --- The head -----------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        return Truncator(str(self.article)).chars(TITLE_CHARS)

    @property
    def has_long_title(self) -> bool:
        return len(self.title) > LONG_TITLE_CHARS

    @property
    def title_chars(self) -> int:
        """How long it is, where it had to be cut."""
        length = len(self.article.title or "")
        return length if length > TITLE_CHARS else 0

    @cached_property
    def title_pieces(self) -> Sequence[Piece]:
        """The title with what an editor changed in it, as long as the file does not have it yet."""
        old, new = value_of(self.crawler, "title"), self.article.title
        is_pending = self.article.is_dirty and "title" in self.overrides and isinstance(old, str) and new
        if not is_pending or self.title_chars or len(old) > TITLE_CHARS:
            return ()
        pieces = words_between(old, new or "")
        return pieces if any(not piece.kind for piece in pieces) else ()

    @cached_property
    def link(self) -> str:
        return web_link(self.article.link)

    @property
    def here(self) -> str:
        """Where this is shown beside the queue."""
        return self.queue.url(self.article.pk)

    @property
    def host(self) -> str:
        return (urlsplit(self.link).hostname or "").removeprefix("www.")

    @property
    def provider(self) -> str:
        return self.article.provider_name or self._text("provider.domain")

    @property
    def logo(self) -> str:
        images = value_of(self.fields, "provider.images")
        return self._preview_of(images).src if is_list_of_maps(images) else ""

    @cached_property
    def why(self) -> str:
        """Why readers get it, or why not."""
        decided = self.overrides.get("published")
        said = why_published(self.article, decided, self.name)
        if decided is not None or self.article.published is None:
            return said
        return f"{'Published' if self.article.published else 'Not published'}: {said[:1].lower()}{said[1:]}"

    # --- The story ----------------------------------------------------------------------------------------------------

    @cached_property
    def picture(self) -> Picture | None:
        images = value_of(self.fields, "images")
        if not is_list_of_maps(images) or not images:
            return None
        return Picture(self._preview_of(images), min(len(images) - 1, PICTURES_COUNTED))

    @cached_property
    def video(self) -> Video | None:
        return video_of(self.article.featured_content)

    @property
    def excerpt(self) -> str:
        return Truncator(self.article.excerpt or "").chars(EXCERPT_CHARS)

    @property
    def excerpt_is_cut(self) -> bool:
        return len(self.article.excerpt or "") > EXCERPT_CHARS

    @cached_property
    def topics(self) -> list[str]:
        names = value_of(self.fields, "topics")
        return list(dict.fromkeys(names)) if is_list_of_text(names) else []

    @cached_property
    def known_topics(self) -> list[KnownTopic]:
        """The site's own, those that have a file."""
        return self.whole.topics[:TOPICS_SHOWN]

    # --- What to mend -------------------------------------------------------------------------------------------------

    @cached_property
    def mends(self) -> list[Mend]:
        return [Mend(one, self._pieces(one)) for one in findings_of(self.fields, self.whole.context)]

    @cached_property
    def suggestions(self) -> list[Suggestion]:
        """Topics that a keyword in title or excerpt points to."""
        title, excerpt = self.article.title or "", self.article.excerpt or ""
        return _keywords(tuple(self.known_topics)).suggest(title, excerpt, self.topics)[:SUGGESTIONS_SHOWN]

    @property
    def safe_fixes(self) -> int:
        return sum(mend.finding.has_fix for mend in self.mends)

    @property
    def problems(self) -> list[dict[str, Any]]:
        """What is wrong with the file itself."""
        return [problem for problem in self.article.problems if isinstance(problem, dict)]

    @cached_property
    def conflicts(self) -> list[Sides]:
        return conflicts_in_words(self.article, self.name)

    @property
    def contradicted(self) -> str:
        """Whom the crawler contradicts, after that word."""
        names = [*dict.fromkeys(one.who for one in self.conflicts)]
        if names == ["you"]:
            return "you"
        return f"{names[0]}'s decision" if len(names) == 1 else f"decisions by {join_words(names)}"

    @property
    def is_switch(self) -> bool:
        return is_switch(self.overrides.values())

    @cached_property
    def diff(self) -> list[Piece]:
        return pending_changes(self.article)

    # --- What stands beside -------------------------------------------------------------------------------------------

    @property
    def bars(self) -> list[Bar]:
        return bars_of(self.article, self.crawler, self.overrides, self.name, self.now)

    @cached_property
    def story(self) -> Story | None:
        return story_of(self.article, self.whole.story, value_of(self.fields, "related"), self.queue.url)

    @cached_property
    def history(self) -> list[Told]:
        """The last events, and one more where there are more."""
        return history_of(self.whole.events, self.name, self.now)

    def _text(self, key: str) -> str:
        value = value_of(self.fields, key)
        return value if isinstance(value, str) else ""

    def _preview_of(self, images: Sequence[Mapping[str, Any]]) -> Preview:
        url = images[0].get("url") if images else ""
        return preview(self.article.site.slug, url if isinstance(url, str) else "")

    def _pieces(self, found: Finding) -> Sequence[Piece]:
        if not found.has_fix:
            return ()
        old, new = value_of(self.fields, found.key), found.fix
        if isinstance(old, str) and isinstance(new, str):
            return shortened(words_between(old, new))
        return [Piece("del", in_words(old, found.key)), Piece("ins", in_words(new, found.key))]


@door("view_article")
@require_safe
@never_cache
@vary_on_headers("HX-Request")
def article_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The pane by itself for a script; a reader without one gets it beside the queue."""
    queue = asked_by(request.GET.urlencode())
    if not request.headers.get("HX-Request"):
        return redirect(queue.url(pk))
    return render(request, "article.jinja", pane_context(request, with_all_that_is_shown(pk), queue), using="jinja2")


@lru_cache(maxsize=SITES_AT_HAND)
def _keywords(topics: tuple[KnownTopic, ...]) -> Keywords:
    """Made ready once for all articles of a site, as long as its topics stay as they are."""
    return Keywords({topic.name: topic.keywords for topic in topics})


def pane_context(request: HttpRequest, whole: Whole, queue: Asked, then: int | None = None) -> dict[str, Any]:
    """What `article.jinja` needs; `then` is the article to go on with after a decision."""
    pane = Pane(whole, user_of(request), queue, timezone.now())
    return {"article": whole.article, "pane": pane, "queue": queue, "then": then}
