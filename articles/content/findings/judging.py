"""An article's findings: each of its fields looked at, once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from articles.content.findings.addresses import is_harmless, judge_address, judge_domain, judge_picture_address
from articles.content.findings.finding import KNOWS_NOTHING, Context, Finding, Found, Likeness, Organization, plain
from articles.content.findings.texts import judge_text, may_be_wrong, without_entities
from articles.content.limits import is_whole_secret
from articles.content.values import ABSENT

MAX_TITLE_CHARS: Final = 120
"""Phones show about so much of a title; of the real ones one in twenty is longer."""
LEAST_CHARS_OF_CUT: Final = 120
"""A shorter excerpt without an end is a caption; a longer one was cut: crawlers cut at about 300."""
LEAST_CAPITALS: Final = 12
SHARE_OF_CAPITALS: Final = 0.7

_CAPITALS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ADDRESS_KEYS: Final = ("originalUrl", "webUrl", "ampWebUrl", "cdnAmpWebUrl")
_ENDS_CUT: Final = re.compile(r"(?:\u2026|\.\.\.|,|\s[-\u2013\u2014&(])[\])]?$")
_WORD: Final = re.compile(r"[^\W_]+")

_FURNITURE: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (word, re.compile(pattern))
    for word, pattern in (
        (
            "cookie",
            r"\b(?:we|(?:this|our) (?:web)?site|by using (?:this|our))\b[^.]{0,60}?\buses? (?:\w+ ){0,2}cookies\b",
        ),
        ("cookie", r"\baccept (?:all )?cookies\b|\bcookie (?:settings|preferences|notice)\b"),
        ("privacy", r"\byour privacy choices\b"),
        ("continuing", r"\bby continuing to (?:use|browse)\b"),
        ("javascript", r"\b(?:enable|turn on|activate) javascript\b"),
        ("javascript", r"\bjavascript (?:is (?:disabled|required|not enabled)|must be enabled|to be enabled)\b"),
        ("browser", r"\byour browser (?:does not|doesn['\u2019]t) support\b"),
        ("subscribe", r"\bsubscribe (?:now|today|here|to|for)\b[^.]{0,40}\b(?:newsletters?|updates|mailing list)\b"),
        ("sign up", r"\bsign up (?:now|today|here|to|for)\b[^.]{0,40}\b(?:newsletters?|updates|mailing list)\b"),
        ("click", r"\bclick (?:here )?to (?:share|subscribe|print|tweet)\b"),
        ("share", r"\bshare (?:this (?:article|story|post)|(?:on|via) (?:facebook|twitter|linkedin|whatsapp|email))\b"),
        ("skip", r"\bskip to (?:main )?content\b"),
        ("rights", r"\ball rights reserved\b"),
        ("account", r"\bcreate a free account\b"),
        ("in to", r"\b(?:log|sign) in to (?:continue|read|view)\b"),
        ("robot", r"\b(?:are you|you are|you're) (?:not )?a robot\b"),
        ("access", r"^\s*access denied\b"),
        ("lorem", r"^\s*lorem ipsum\b"),
        ("", r"^\s*(?:advertisement|sponsored content|loading|share|subscribe|menu|home|placeholder)\W*$"),
    )
)
"""What pages say about themselves, in small letters; a pattern is tried where its word occurs."""


def findings_of(fields: Mapping[Any, Any], context: Context = KNOWS_NOTHING) -> tuple[Finding, ...]:
    """What an editor would mend in an article, in the order in which it is mended best."""
    return tuple(_findings(fields, context))


def _findings(fields: Mapping[Any, Any], context: Context) -> Found:
    for key, text in _texts(fields):
        if may_be_wrong(text):
            yield from judge_text(key, text)
    title = plain(fields.get("title"))
    yield from _judge_title(title)
    yield from _judge_excerpt(title, plain(fields.get("excerpt")))
    for key in _ADDRESS_KEYS:
        url = plain(fields.get(key))
        if url and not is_harmless(url):
            yield from judge_address(key, url)
    yield from _judge_pictures(fields.get("images"))
    yield from _judge_provider(fields.get("provider"), context.site.organizations)
    yield from _judge_topics(fields.get("topics"), context)
    yield from _judge_secured(fields.get("secured"))
    yield from _judge_published(fields, context)
    yield from judge_likeness(context)


def _texts(fields: Mapping[Any, Any]) -> list[tuple[str, str]]:
    found = [(key, plain(fields.get(key))) for key in ("title", "excerpt")]
    provider = fields.get("provider")
    if isinstance(provider, dict):
        found.append(("provider.name", plain(provider.get("name"))))
    for place, image in _items(fields.get("images")):
        found += [(f"images[{place}].{key}", plain(image[key])) for key in ("title", "attribution") if key in image]
    return found


def _judge_title(title: str) -> Found:
    if len(title) > MAX_TITLE_CHARS:
        sentence = f"The title has {len(title):,} characters; phones show about {MAX_TITLE_CHARS}. Shorten it."
        yield Finding("long_title", "title", sentence)
    if _is_in_capitals(title):
        yield Finding("capitals", "title", "The title is in capitals. Write it as a sentence.")


def _is_in_capitals(title: str) -> bool:
    if title.isascii():  # to leave letters out is faster than to look at each
        data = title.encode()
        if len(data) - len(data.translate(None, _CAPITALS)) < LEAST_CAPITALS:
            return False
    capitals = sum(map(str.isupper, title))
    return capitals >= LEAST_CAPITALS and capitals >= SHARE_OF_CAPITALS * sum(map(str.isalpha, title))


def _judge_excerpt(title: str, excerpt: str) -> Found:
    if not excerpt:
        return
    if len(excerpt) < 2 * len(title) + 20 and _have_the_same_words(title, excerpt):
        yield Finding(
            "excerpt_is_title", "excerpt", "The excerpt only says the title again. Write one, or take it out."
        )
        return
    if is_furniture(excerpt):
        sentence = "The excerpt is a notice of the page, not of the story. Write one from the source."
        yield Finding("page_furniture", "excerpt", sentence)
    if is_cut(excerpt):
        yield Finding("cut_excerpt", "excerpt", "The excerpt stops in the middle. End it, or cut it at a full stop.")


def is_furniture(excerpt: str) -> bool:
    """Whether it speaks of the page (cookies, newsletters, JavaScript) and not of the story."""
    lowered = excerpt.lower()
    for word, pattern in _FURNITURE:  # noqa: SIM110 - every excerpt comes here, and `any` takes twice as long
        if word in lowered and pattern.search(lowered):
            return True
    return False


def is_cut(excerpt: str) -> bool:
    """Whether it ends with dots or a comma, or is long and ends with a word."""
    end = excerpt[-12:].rstrip()
    return bool(_ENDS_CUT.search(end)) or (len(excerpt) >= LEAST_CHARS_OF_CUT and end[-1:].isalnum())


def _judge_pictures(images: Any) -> Found:
    shown = _picture_addresses(images)
    if not shown:
        yield Finding("no_picture", "images", "The article has no picture. Add one, or leave it to the site's own.")
    for place, url in shown:
        yield from judge_picture_address(f"images[{place}].url", url)


def _judge_provider(provider: Any, organizations: Mapping[str, Organization]) -> Found:
    if not isinstance(provider, dict):
        return
    domain = plain(provider.get("domain"))
    yield from judge_domain("provider.domain", domain)
    known = organizations.get(domain.strip().lower())
    pictures = _picture_addresses(provider.get("images"))
    for place, url in pictures:
        yield from judge_picture_address(f"provider.images[{place}].url", url)
    if known is not None:
        yield from _judge_against(known, provider, [url for _, url in pictures])
    elif not pictures:
        sentence = "The provider has no picture. Give it one in the organizations."
        yield Finding("provider_no_picture", "provider.images", sentence)


def _judge_against(known: Organization, provider: Mapping[Any, Any], pictures: Sequence[str]) -> Found:
    name = provider.get("name")
    if known.name and name != known.name:
        sentence = f"The provider is called '{plain(name)}' here and '{known.name}' in the organizations. Take that."
        yield Finding("provider_differs", "provider.name", sentence, known.name)
    fix: Any = [dict(known.picture)] if known.picture else ABSENT
    if not pictures:
        advice = "Take the one that it has in the organizations." if known.picture else "Give it one there."
        yield Finding("provider_no_picture", "provider.images", f"The provider has no picture. {advice}", fix)
    elif known.picture and not any(map(known.has_picture, pictures)):
        sentence = "The provider's picture is not the one in the organizations. Take that."
        yield Finding("provider_differs", "provider.images", sentence, fix)


def _judge_topics(topics: Any, context: Context) -> Found:
    known = context.site.topics
    if not known or not isinstance(topics, list):
        return
    unknown = [name for name in topics if isinstance(name, str) and name not in known]
    if not unknown:
        return
    spelled = {name.lower(): name for name in known}
    mended = [spelled.get(name.lower(), name) if isinstance(name, str) else name for name in topics]
    is_mended = all(name in known for name in mended)
    fix: Any = list(dict.fromkeys(mended)) if is_mended else ABSENT
    named = ", ".join(f"'{name}'" for name in unknown)
    advice = "Take the site's spelling." if is_mended else "Choose from the site's topics, or add it there."
    yield Finding("unknown_topic", "topics", f"The site has no topic {named}. {advice}", fix)


def _judge_secured(secured: Any) -> Found:
    """By its shape alone; what is in it is never shown."""
    if secured is None:
        return
    if not isinstance(secured, str) or not is_whole_secret(secured):
        sentence = "The crawler's secret was cut or changed. Restore the file from the history."
        yield Finding("bad_secured", "secured", sentence)


def published_by_rule(quality: Any, heat: Any, threshold: int) -> bool | None:
    """What the crawler would set: from the threshold on, but of a story only its lead; None: not scored."""
    if not isinstance(quality, int) or isinstance(quality, bool):
        return None
    return quality >= threshold and heat != -1


def _judge_published(fields: Mapping[Any, Any], context: Context) -> Found:
    published, threshold = fields.get("published"), context.site.threshold
    if threshold is None or not isinstance(published, bool) or context.has_decided_published:
        return
    by_rule = published_by_rule(fields.get("quality"), fields.get("heat"), threshold)
    if by_rule is None or by_rule == published:
        return
    if by_rule != (fields["quality"] >= threshold):
        reason = "another item leads its story"
    else:
        reason = f"its quality {fields['quality']} is {'at least' if by_rule else 'below'} {threshold}"
    sentence = f"It is {'' if published else 'not '}published although {reason}, and nobody decided so. Decide."
    yield Finding("against_rule", "published", sentence)


def judge_likeness(context: Context) -> Found:
    """What is found by looking at other articles and at the past alone."""
    if context.is_flapping:
        sentence = "The crawler went back to a source that the story had before. Choose one and hold it by an edit."
        yield Finding("flapping", "originalUrl", sentence)
    if context.same_source:
        sentence = f"{_called(context.same_source)} has the same source. Keep one of the two."
        yield Finding("duplicate_source", "originalUrl", sentence)
    if context.near_title:
        sentence = f"{_called(context.near_title)} has nearly the same title. Choose which leads the story."
        yield Finding("near_title", "title", sentence)


def _called(other: Likeness) -> str:
    title = f"'{other.title}'" if other.title else other.path
    return f"{title} by {other.provider}" if other.provider else title


def _picture_addresses(images: Any) -> list[tuple[int, str]]:
    return [(place, url) for place, image in _items(images) if (url := plain(image.get("url")))]


def _items(value: Any) -> list[tuple[int, dict[Any, Any]]]:
    """The maps of a list with their places."""
    if not isinstance(value, list):
        return []
    return [(place, item) for place, item in enumerate(value) if isinstance(item, dict)]


def _have_the_same_words(one: str, other: str) -> bool:
    """For most the first word tells."""
    one, other = without_entities(one).casefold(), without_entities(other).casefold()
    first, second = _WORD.search(one), _WORD.search(other)
    if first is None or second is None:
        return first is second
    return first[0] == second[0] and _WORD.findall(one) == _WORD.findall(other)
