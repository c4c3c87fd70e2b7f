"""What the templates of the desk need beyond Django's own: fragments, meters, words, previews."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from articles.fragments import meter
from articles.pictures import Preview, preview, web_link
from articles.wording import act_of, changes_of, in_words, moment

register = template.Library()

register.filter("act_of", act_of)
register.filter("changes_of", changes_of)
register.filter("web_link", web_link)
register.simple_tag(meter)


@register.filter
def words(value: Any, key: str = "") -> str:
    return in_words(value, key)


@register.filter
def utc(at: datetime | None) -> str:
    return moment(at) if at else ""


@register.filter
def utc_seconds(at: datetime | None) -> str:
    return moment(at, seconds=True) if at else ""


@register.simple_tag(takes_context=True)
def fragment(context: Context, name: str) -> SafeString:
    """A fragment for Jinja2, with all that the page knows."""
    known: dict[str, Any] = {str(name): value for name, value in context.flatten().items()}
    return SafeString(get_template(name, using="jinja2").render(known))


@register.simple_tag
def picture_preview(site_slug: str, url: Any) -> Preview:
    return preview(site_slug, url if isinstance(url, str) else "")
