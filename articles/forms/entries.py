"""The controls over an article: which key of the file each stands for, how it reads, what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms

from articles.forms.kinds import FALSE, TRUE, Flag, Kind, Line, Names, Number, Time

YES_NO = ((TRUE, "yes"), (FALSE, "no"))
TYPES = (("article", "article"), ("video", "video"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A control of the form: its name, the file's key that it stands for, and how it reads."""

    name: str
    key: str
    kind: Kind
    label: str
    help_text: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    attrs: Mapping[str, str] = field(default_factory=dict)

    def form_field(self, value: Any) -> forms.Field:
        return forms.CharField(
            label=self.label,
            help_text=self.help_text,
            required=False,
            strip=False,
            initial=self.kind.show(value),
            widget=self._widget(value),
        )

    def _widget(self, value: Any) -> forms.Widget:
        if self.choices:
            return forms.Select(choices=self._choices_with(value), attrs=dict(self.attrs))
        if self.rows:
            return forms.Textarea(attrs={"rows": self.rows, "cols": 60, **self.attrs})
        return forms.TextInput(attrs=dict(self.attrs))

    def _choices_with(self, value: Any) -> list[tuple[str, str]]:
        """The choices, with what stands in the file where it is none of them."""
        known = [("", "–"), *self.choices]  # noqa: RUF001 - a dash for people
        shown = self.kind.show(value)
        return known if shown in dict(known) else [*known, (shown, f"{shown} (as in the file)")]


_URL = {"inputmode": "url", "spellcheck": "false", "dir": "ltr", "autocomplete": "off"}
SCORE_ATTRS = {"inputmode": "numeric", "autocomplete": "off", "size": "6"}
_PLAIN = {"spellcheck": "false", "autocomplete": "off"}
_PROSE = {"dir": "auto"}

ENTRIES: Final = (
    Entry("title", "title", Kind(missing="Enter a title."), "Title", rows=2, attrs=_PROSE),
    Entry("excerpt", "excerpt", Kind(blank=""), "Excerpt", rows=5, attrs=_PROSE),
    Entry("type", "type", Line(missing="Choose article or video."), "Type", choices=TYPES),
    Entry("topics", "topics", Names(), "Topics", "One a line; the order counts.", rows=4, attrs=_PLAIN),
    Entry(
        "featured_content",
        "featuredContent",
        Kind(),
        "Featured content",
        "A video's embed code, as text. It is never run here.",
        rows=3,
        attrs=_PLAIN,
    ),
    Entry("quality", "quality", Number(), "Quality", attrs=SCORE_ATTRS),
    Entry("heat", "heat", Number(), "Heat", attrs=SCORE_ATTRS),
    Entry("published", "published", Flag(), "Published", choices=YES_NO),
    Entry("provider_name", "provider.name", Line(), "Provider", attrs=_PROSE),
    Entry("provider_domain", "provider.domain", Line(), "Provider's domain", attrs=_URL),
    Entry(
        "published_at",
        "publishedDateTime",
        Time(missing="Enter date and time in UTC, such as 2020-12-29 20:23:00."),
        "Published at the source",
        "Date and time in UTC.",
        attrs=_PLAIN,
    ),
    Entry("original_url", "originalUrl", Line(), "Original URL", attrs=_URL),
    Entry("web_url", "webUrl", Line(), "Web URL", attrs=_URL),
    Entry("amp_url", "ampWebUrl", Line(), "AMP URL", attrs=_URL),
    Entry("cdn_amp_url", "cdnAmpWebUrl", Line(), "AMP URL at the cache", attrs=_URL),
)
ENTRY_OF_NAME: Final = {entry.name: entry for entry in ENTRIES}
ENTRY_OF_KEY: Final = {entry.key: entry for entry in ENTRIES}
DECISION: Final = "published"
"""The control that only those may turn who may publish."""

PICTURE_ENTRIES: Final = (
    Entry("url", "url", Line(missing="Enter the picture's address, or tick Remove."), "Address", attrs=_URL),
    Entry("width", "width", Number(), "Width", attrs=SCORE_ATTRS),
    Entry("height", "height", Number(), "Height", attrs=SCORE_ATTRS),
    Entry("isCached", "isCached", Flag(), "Cached", choices=YES_NO),
    Entry("title", "title", Line(), "Title", attrs=_PROSE),
    Entry("attribution", "attribution", Line(), "Attribution", attrs=_PROSE),
)
