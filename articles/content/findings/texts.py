"""Plain texts that readers see: mojibake, HTML, spaces, line breaks, and controls that turn text around."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from html.entities import html5
from typing import Any, Final

from articles.content.findings.finding import Finding, Found
from articles.content.values import ABSENT, UNSTORABLE

LOST: Final = "\ufffd"
"""Stands where a character could not be decoded; nobody can tell which it was."""
BIDI_CONTROLS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates; not the marks that Hebrew and Arabic need (U+200E, U+200F, U+061C)."""

MOST_NESTED: Final = 10
"""So often a tag within a tag, or an entity of an entity, is taken away at once; what is left is found again."""

_NAMES: Final = {"title": "title", "excerpt": "excerpt", "provider.name": "provider's name"}
_NOT_MOJIBAKE: Final = frozenset(map(chr, range(128))) | frozenset(
    "\xa0\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022\xae\xa9\u2122"
)
"""What stands in any English text; mojibake holds at least one letter or sign beyond these."""

_SMALL: Final = "\xdf-\xf6\xf8-\xff"
_MARKS: Final = "\xa0\xad\xb4\xb7\u2013\u2014\u2015\u2019\u2026"
_OPENING: Final = "\xa1\xa9\xab\xbf\u0384\u0385\u2018\u201c\u201e\u2022\u2039\uf8ff"
_CLOSING: Final = "\xae\xbb\u201d\u203a\u2122\u02dd"
_LETTERS: Final = "\u0386\u0388-\u03ce\u0401\u0403-\u0481"
_REST: Final = (
    "\x80-\x9f\xa2-\xa8\xaa\xac\xaf-\xb3\xb5\xb6\xb8-\xba\xbc-\xbe\xc0-\xde\xf7\u0100-\u02dc\u02de-\u0383\u0387\u0402"
    "\u0482-\u052f\u2010-\u2012\u2016\u2017\u201a\u201b\u201f-\u2021\u2023-\u2025\u2027-\u2038\u203b-\u2121\u2123-\u25ff"
    "\ufb01\ufb02\ufffd"
)
_SIGNS: Final = _MARKS + _OPENING + _CLOSING + _REST
_MAY_BE_MOJIBAKE: Final = (
    f"[{_SMALL}{_LETTERS}{_SIGNS}](?:"
    "(?<=[\x80-\x9f\xc2\xc3\u0152\u0153])"
    f"|(?<=[{_SMALL}])[{_OPENING}{_CLOSING}{_REST}]"
    f"|(?<=[{_LETTERS}])[{_REST}]|(?<=[\u0412\u0413\u0420\u0421\u0392\u0393\u039e\u039f])[{_SIGNS}]"
    f"|(?<=[{_MARKS}{_OPENING}])[{_SIGNS}]"
    f"|(?<=[{_CLOSING}{_REST}])[{_SMALL}{_LETTERS}{_SIGNS}])"
)
"""What ftfy takes for mojibake holds one of these: a sign that hardly any text has, or one of those that it knows
beside another, but not two small letters, two Greek or Cyrillic ones, nor a letter in or behind common marks.

So umlauts need no closer look, nor do French, Russian or Chinese: it takes five to twenty times as long."""

_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INLINE: Final = "a|abbr|b|bdi|bdo|big|cite|code|del|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|u|wbr"
_BLOCK: Final = (
    "article|aside|audio|blockquote|body|br|button|dd|div|dl|dt|embed|figcaption|figure|footer|form|h[1-6]|head|header"
    "|hr|html|iframe|img|input|li|link|main|meta|nav|noscript|object|ol|p|picture|pre|script|section|source|style|svg"
    "|table|tbody|td|tfoot|th|thead|tr|ul|video"
)
_TAG: Final = re.compile(rf"</?(?:(?P<inline>{_INLINE})|{_BLOCK})(?:[\s/][^<>]*)?>", re.IGNORECASE)
_UNSEEN: Final = re.compile(r"<!--.*?-->|<(script|style)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
"""The parts of a page that no reader sees."""

_BREAKS: Final = re.compile(r"[\r\n\v\f\u2028\u2029]+")
_SPACES: Final = re.compile(r"[ \t\xa0]{2,}|\t")


def judge_text(key: str, text: str) -> Found:
    """What is wrong with a plain text. For most of them a few quick looks tell that nothing can be."""
    if not may_be_wrong(text):
        return
    name = _NAMES.get(key, f"text at '{key}'")
    yield from _judge_encoding(key, name, text)
    if (decoded := without_entities(text)) != text:
        yield _found("html_entity", key, f"The {name} holds HTML entities. Take the characters themselves.", decoded)
    if (words := without_tags(text)) != text:
        yield _found("html_tag", key, f"The {name} holds HTML tags. Take the words without them.", words)
    if not text.isascii() and (straight := BIDI_CONTROLS.sub("", text)) != text:
        sentence = f"The {name} holds invisible controls that turn text around. Take them out."
        yield _found("bidi_control", key, sentence, straight)
    trimmed = text.strip()
    if not trimmed.isprintable() and (joined := in_one_line(trimmed)) != trimmed:
        yield _found("line_break", key, f"The {name} runs over several lines. Make them one.", joined)
    if ("  " in trimmed or not trimmed.isprintable()) and (single := _SPACES.sub(" ", trimmed)) != trimmed:
        yield _found("double_space", key, f"The {name} has double spaces. Take single ones.", single)
    if trimmed != text:
        yield _found("edge_space", key, f"The {name} begins or ends with a space. Trim it.", trimmed)


def may_be_wrong(text: str) -> bool:
    """Whether a closer look is worth its time."""
    return (
        not (text.isascii() and text.isprintable())
        or "&" in text
        or "<" in text
        or "  " in text
        or text[:1] == " "
        or text[-1:] == " "
    )


def mended_encoding(text: str) -> str:
    """The text as it was before it was decoded wrongly, once or several times; good text comes back as it is."""
    if text.isascii() or _NOT_MOJIBAKE.issuperset(text) or not _mojibake_pattern().search(text):
        return text
    from ftfy import fix_encoding  # loading it takes 0.1 s, and many runs meet no such text

    return fix_encoding(text)


@lru_cache(maxsize=1)
def _mojibake_pattern() -> re.Pattern[str]:
    """Made where it is needed: that takes a hundredth of the start of a program."""
    return re.compile(_MAY_BE_MOJIBAKE)


def without_entities(text: str) -> str:
    """Each entity as its character, also one that was written with an entity itself."""
    if "&" not in text:
        return text
    for _ in range(MOST_NESTED):
        decoded = _ENTITY.sub(_character, text)
        if decoded == text:
            break
        text = decoded
    return text


def without_tags(text: str) -> str:
    """The words that a browser would show; what only looks like a tag (`List<T>`, `a < b`) stays."""
    if "<" not in text:
        return text
    text = _UNSEEN.sub(" ", text)
    for _ in range(MOST_NESTED):
        fewer = _TAG.sub(lambda tag: "" if tag["inline"] else " ", text)
        if fewer == text:
            break
        text = fewer
    return text


def in_one_line(text: str) -> str:
    """The lines joined by spaces."""
    return " ".join(filter(None, (line.strip() for line in _BREAKS.split(text))))


def _judge_encoding(key: str, name: str, text: str) -> Found:
    mended = mended_encoding(text)
    if LOST in mended:
        yield Finding("mojibake", key, f"The {name} lost characters on its way here. Write it as the source has it.")
    elif mended != text:
        yield _found("mojibake", key, f"The {name} was decoded wrongly. Take the mended text.", mended)


def _found(code: str, key: str, sentence: str, fix: str) -> Finding:
    """With the fix, unless it would leave no title or what no file can hold."""
    is_good = not UNSTORABLE.search(fix) and (key != "title" or bool(fix.strip()))
    value: Any = fix if is_good else ABSENT
    return Finding(code, key, sentence, value)


def _character(entity: re.Match[str]) -> str:
    name = entity[0]
    if name[1] == "#":
        return html.unescape(name).replace(LOST, "")
    return html5.get(name[1:], name)
