"""The fragments that are rendered most: rows of the queue, the pane of an article, the answer to a decision.

They are written for Jinja2, which renders them in a tenth of the time; all other templates are Django's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from jinja2 import Environment, StrictUndefined

from articles.wording import cut, moment

METER_PIXELS: Final = 64
METER_END: Final = 140
"""The score at which a meter is full: seen scores reach 189, most of them stay below."""
_NUMBER: Final = 2_013_011_017
"""What stands for the number while an address is made: it is in no other part of one."""


def environment(**options: Any) -> Environment:
    """What the fragments know; a name that they are not given is an error, never an empty text."""
    made = Environment(**{**options, "undefined": StrictUndefined, "keep_trailing_newline": True})  # noqa: S701 - Django sets autoescape
    made.filters |= {"capfirst": capfirst, "cut": cut, "naturaltime": naturaltime}
    made.filters |= {"moment": moment, "short_moment": short_moment}
    made.globals |= {"url": address, "meter": meter}
    return made


def filled(name: str, known: Mapping[str, Any]) -> str:
    """A fragment by itself, with what it is given and nothing beside: no request, no context processors."""
    return cast(Jinja2, engines["jinja2"]).env.get_template(name).render(known)


def short_moment(at: datetime) -> str:
    """29 Dec 2020, 20:23 UTC"""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def address(name: str, number: int | None = None) -> str:
    """The address of a route, which may have one number in it: worked out once for all numbers."""
    before, after = _address(name, number is None, get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF)
    return before if number is None else f"{before}{number}{after}"


@lru_cache(maxsize=4096, typed=True)
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


@lru_cache
def _address(name: str, is_whole: bool, prefix: str, urlconf: Any) -> tuple[str, str]:
    before, _, after = reverse(name, args=() if is_whole else (_NUMBER,)).partition(str(_NUMBER))
    return before, after


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
