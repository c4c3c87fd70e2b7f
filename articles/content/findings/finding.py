"""What a finding is, what each code means, and what has to be known beside the article to find it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from articles.content.values import ABSENT, Absent

MAX_JUDGED_CHARS: Final = 5_000
"""Texts beyond this are no titles or excerpts; nobody waits for them to be looked through."""


class Severity(StrEnum):
    """Readers or the site come to harm; an editor should mend it; an editor may want to know."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a code stands for: its severity, and the word that a list shows."""

    severity: Severity
    word: str


KINDS: Final[Mapping[str, Kind]] = {
    "breaks_json": Kind(Severity.ERROR, "breaks the site's JSON"),
    "look_alike_domain": Kind(Severity.ERROR, "look-alike domain"),
    "bidi_control": Kind(Severity.ERROR, "turned text"),
    "bad_secured": Kind(Severity.ERROR, "damaged secret"),
    "mojibake": Kind(Severity.ERROR, "mojibake"),
    "html_tag": Kind(Severity.WARNING, "HTML tag"),
    "html_entity": Kind(Severity.WARNING, "HTML entity"),
    "page_furniture": Kind(Severity.WARNING, "page furniture"),
    "unknown_topic": Kind(Severity.WARNING, "unknown topic"),
    "against_rule": Kind(Severity.WARNING, "against the rule"),
    "duplicate_source": Kind(Severity.WARNING, "same source twice"),
    "near_title": Kind(Severity.WARNING, "near-duplicate"),
    "flapping": Kind(Severity.WARNING, "flapping source"),
    "http_picture": Kind(Severity.WARNING, "picture without https"),
    "no_picture": Kind(Severity.ADVICE, "no picture"),
    "excerpt_is_title": Kind(Severity.ADVICE, "excerpt is the title"),
    "capitals": Kind(Severity.ADVICE, "capitals"),
    "long_title": Kind(Severity.ADVICE, "long title"),
    "cut_excerpt": Kind(Severity.ADVICE, "cut excerpt"),
    "tracking": Kind(Severity.ADVICE, "tracking"),
    "line_break": Kind(Severity.ADVICE, "line break"),
    "double_space": Kind(Severity.ADVICE, "double space"),
    "edge_space": Kind(Severity.ADVICE, "space at the edge"),
    "provider_no_picture": Kind(Severity.ADVICE, "provider without picture"),
    "provider_differs": Kind(Severity.ADVICE, "provider's name differs"),
}
"""Every code, gravest first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an editor would mend: one sentence about the value at `key`, and a new value that is safe, or `ABSENT`.

    `fix` is only there where it takes nothing from the reader and no judgement is needed.
    """

    code: str
    key: str
    sentence: str
    fix: Any = ABSENT

    @property
    def severity(self) -> Severity:
        return KINDS[self.code].severity

    @property
    def word(self) -> str:
        return KINDS[self.code].word

    @property
    def has_fix(self) -> bool:
        return not isinstance(self.fix, Absent)


@dataclass(frozen=True, slots=True)
class Organization:
    """A provider as the site's own files have it.

    `pictures` are their addresses there; `picture` is the one that articles embed, with its whole address.
    """

    name: str = ""
    pictures: tuple[str, ...] = ()
    picture: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, name: str, images: Iterable[Mapping[str, Any]], site_url: str) -> Organization:
        """From the name and the pictures of its file; articles embed the smallest, by its address on the site."""
        shown = [image for image in images if plain(image.get("url"))]
        if not shown:
            return cls(name)
        smallest = min(shown, key=lambda image: image.get("width") or 0)
        url = smallest["url"]
        whole = f"{site_url.rstrip('/')}{url}" if url.startswith("/") else url
        sizes = {key: smallest[key] for key in ("width", "height") if smallest.get(key) is not None}
        return cls(name, tuple(image["url"] for image in shown), {"url": whole, **sizes})

    def has_picture(self, url: str) -> bool:
        """Whether an article's address leads to one of its pictures, on whatever host the site lies."""
        return url.endswith(self.pictures)


@dataclass(frozen=True, slots=True)
class SiteContext:
    """What a site says: topics that have a file (none: no topic is judged), organizations by domain, the threshold."""

    topics: frozenset[str] = frozenset()
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    threshold: int | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another article that tells the same: its path, and what to call it."""

    path: str
    title: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What has to be known beside an article's own fields. The default knows nothing, and finds nothing by it."""

    site: SiteContext = SiteContext()
    is_flapping: bool = False
    has_decided_published: bool = False
    same_source: Likeness | None = None
    near_title: Likeness | None = None


KNOWS_NOTHING: Final = Context()

Found = Iterator[Finding]


def plain(value: Any) -> str:
    """The value where it is a text that can be judged, else nothing."""
    return value if type(value) is str and len(value) <= MAX_JUDGED_CHARS else ""
