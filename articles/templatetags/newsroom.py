"""What the templates of the desk need beyond Django's own: meters, words, previews."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.pictures import Preview, preview, web_link
from articles.wording import act_of, changes_of, in_words, moment

register = template.Library()

METER_PIXELS = 64
METER_END = 140
"""The score at which a meter is full: seen scores reach 189, most of them stay below."""

register.filter("act_of", act_of)
register.filter("changes_of", changes_of)
register.filter("web_link", web_link)


@register.filter
def words(value: Any, key: str = "") -> str:
    return in_words(value, key)


@register.filter
def utc(at: datetime | None) -> str:
    return moment(at) if at else ""


@register.filter
def utc_seconds(at: datetime | None) -> str:
    return moment(at, seconds=True) if at else ""


@register.simple_tag
def meter(score: Any, threshold: int) -> SafeString:
    """A score as a bar with a tick at the site's threshold. Decoration: the number stands beside it."""
    if not isinstance(score, int) or isinstance(score, bool):
        return _svg("meter none", SafeString(""))
    return _svg(
        "meter reached" if score >= threshold else "meter",
        format_html(
            '<rect class="fill" y="3" width="{}" height="6" rx="3"/><rect class="tick" x="{}" width="2" height="12"/>',
            _pixels(score),
            _pixels(threshold) - 1,
        ),
    )


@register.simple_tag
def picture_preview(site_slug: str, url: Any) -> Preview:
    return preview(site_slug, url if isinstance(url, str) else "")


def _svg(classes: str, inner: SafeString) -> SafeString:
    return format_html(
        '<svg class="{0}" width="{1}" height="12" viewBox="0 0 {1} 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" y="3" width="{1}" height="6" rx="3"/>{2}</svg>',
        classes,
        METER_PIXELS,
        inner,
    )


def _pixels(score: int) -> int:
    return round(METER_PIXELS * min(max(score, 0), METER_END) / METER_END)
