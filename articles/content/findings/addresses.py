"""Web addresses and domains: tracking, what breaks the site's JSON, and hosts that look like others."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final
from urllib.parse import quote

from articles.content.findings.finding import Finding, Found
from articles.content.values import ABSENT

TRACKING: Final = frozenset(
    """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ymclid twclid ttclid igshid igsh li_fat_id epik srsltid
    mc_cid mc_eid _hsenc _hsmi __hssc __hstc __hsfp hsctatracking mkt_tok vero_id vero_conv oly_anon_id oly_enc_id
    _ga _gl ml_subscriber ml_subscriber_hash rb_clickid s_cid s_kwcid wt_mc wt.mc_id soc_src soc_trk
    guccounter guce_referrer guce_referrer_sig at_medium at_campaign at_custom1 at_custom2 at_custom3 at_custom4
    """.split()  # noqa: SIM905
)
"""Parameters that tell who came from where; no server shows another story for them. So are all that begin `utm_`."""

MAX_HOST_CHARS: Final = 260
"""A longer one, with its port, is none."""

_AMPERSAND: Final = re.compile(r"&(?:amp|#0*38|#[xX]0*26);")
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BREAKS_JSON: Final = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029]')
_TURNS_TEXT: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HEAD: Final = re.compile(r"(https?://(?:[^/?#\\]*@)?)?([^/?#\\]*)(.*)", re.IGNORECASE | re.DOTALL)
_DOMAIN: Final = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")

_HARMLESS: Final = re.compile(r"[ !#-%'->@-\[\]-~]*")
"""Characters that can be printed, without quotes, backslashes and what a query begins with."""

_SCRIPTS_USED_TOGETHER: Final = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
)
_LIKE_LATIN: Final = frozenset("асԁеһіјӏоорԛѕԝхуүґьѵαινορτυχω")
"""Letters of other scripts that nobody tells from Latin ones in an address bar."""


def is_harmless(url: str) -> bool:
    """Whether a closer look could find nothing wrong with an address, as with most."""
    return _HARMLESS.fullmatch(url) is not None and "xn--" not in url


def judge_address(key: str, url: str) -> Found:
    """What is wrong with a web address."""
    is_odd = not (url.isascii() and url.isprintable())
    if is_odd or '"' in url or "\\" in url:
        yield from _judge_characters(key, url)
    if is_odd or "xn--" in url:
        yield from judge_host(key, host_of(url))
    if "?" not in url and "&" not in url:
        return
    if (decoded := _AMPERSAND.sub("&", url)) != url:
        sentence = f"The address in '{key}' holds '&amp;' where '&' is meant. Take the plain character."
        yield Finding("html_entity", key, sentence, decoded)
    if (clean := without_tracking(url)) != url:
        yield Finding("tracking", key, f"The address in '{key}' tells where a reader came from. Cut that off.", clean)


def judge_picture_address(key: str, url: str) -> Found:
    """As any address; and pages with https do not show pictures without."""
    if not is_harmless(url):
        yield from judge_address(key, url)
    if url[:7].lower() == "http://":
        has_port = ":" in host_of(url)
        fix: Any = ABSENT if has_port else f"https://{url[7:]}"
        yield Finding("http_picture", key, "The picture comes without https; many readers do not see it.", fix)


def judge_domain(key: str, domain: str) -> Found:
    """What is wrong with a provider's domain."""
    if is_harmless(domain):
        return
    if _BREAKS_JSON.search(domain):
        bare = _CONTROLS.sub("", domain).strip("\"'\\ ")
        fix: Any = bare if _DOMAIN.fullmatch(bare) else ABSENT
        yield Finding("breaks_json", key, f"'{key}' holds a quote or control that breaks the site's JSON.", fix)
    if _TURNS_TEXT.search(domain):
        sentence = f"'{key}' holds invisible controls that turn text around. Take them out."
        yield Finding("bidi_control", key, sentence, _TURNS_TEXT.sub("", domain))
    yield from judge_host(key, domain)


def judge_host(key: str, host: str) -> Found:
    """Whether a host could be taken for another."""
    shown = ".".join(map(_decoded, host.lower().split("."))) if len(host) <= MAX_HOST_CHARS else ""
    if not shown.isascii() and any(map(_looks_like_another, shown.split("."))):
        sentence = (
            f"The host in '{key}' reads '{shown}' and mixes or imitates alphabets. Make sure that it is the real one."
        )
        yield Finding("look_alike_domain", key, sentence)


def without_tracking(url: str) -> str:
    """The address without parameters that track, else character for character as it was."""
    before, mark, fragment = url.partition("#")
    page, question, query = before.partition("?")
    if not question:
        return url
    parts = query.split("&")
    kept = [part for part in parts if not is_tracking(part)]
    if len(kept) == len(parts):
        return url
    return f"{page}{question if kept else ''}{'&'.join(kept)}{mark}{fragment}"


def is_tracking(parameter: str) -> bool:
    """Whether `name=value` of a query is there to track."""
    name = parameter.partition("=")[0].lower()
    return name.startswith("utm_") or name in TRACKING


def host_of(url: str) -> str:
    """The host with its port, without user and scheme, as it is written."""
    found = _HEAD.match(url)
    return found[2] if found else ""


def _judge_characters(key: str, url: str) -> Found:
    if _BREAKS_JSON.search(url):
        sentence = f"The address in '{key}' holds a quote, backslash or control that breaks the site's JSON."
        yield Finding("breaks_json", key, sentence, _harmless(url))
    if _TURNS_TEXT.search(url):
        sentence = f"The address in '{key}' holds invisible controls that turn text around. Write them in percent form."
        fix: Any = ABSENT if _TURNS_TEXT.search(host_of(url)) else _TURNS_TEXT.sub(_percent, url)
        yield Finding("bidi_control", key, sentence, fix)


def _harmless(url: str) -> Any:
    """The same address as a browser would ask for; none where the host itself is broken."""
    url = _CONTROLS.sub("", url)
    page, query = re.match(r"([^?#]*)(.*)", url, re.DOTALL).groups()  # type: ignore[union-attr]
    url = page.replace("\\", "/") + query.replace("\\", "%5C")
    return ABSENT if '"' in host_of(url) else url.replace('"', "%22")


def _percent(character: re.Match[str]) -> str:
    return quote(character[0])


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, OverflowError, ValueError):
        return label


def _looks_like_another(label: str) -> bool:
    letters = [letter for letter in label if letter.isalpha()]
    scripts = set(map(_script, letters))
    if len(scripts) > 1:
        return not any(scripts <= together for together in _SCRIPTS_USED_TOGETHER)
    return bool(letters) and (scripts == {"FULLWIDTH"} or _LIKE_LATIN.issuperset(letters))


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").partition(" ")[0]
