"""How a value is written as YAML text, so that it reads back as itself: any string, number, date, list or map."""

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, Literal

from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from articles.content.values import format_time

Style = Literal["", "'", '"', "|", ">"]

MAX_KEY_CHARS: Final = 1000
"""libyaml reads no implicit key beyond 1,024 characters."""

_TO_ESCAPE: Final = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_PLAIN_START: Final = re.compile(r"[A-Za-z0-9/($_]|[^\x00-\x7f\s]")
_NOT_PLAIN: Final = re.compile(r":\s|\s#|:$|[\t\n]|\s$")
_NOT_PLAIN_IN_FLOW: Final = re.compile(r"[,\[\]{}?:]")
_LINE_BREAKS: Final = re.compile(r"\n+")
_LIKE_A_NUMBER: Final = re.compile(r"[0-9][0-9a-fox_.,:tz+\- ]*", re.IGNORECASE)
_WORDS: Final = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"])
_RESOLVER: Final = Resolver()


def scalar(value: Any, style: Style = "", *, in_flow: bool = False) -> str:
    """One value on one line. Text keeps the style where it can, and is double-quoted where it cannot.

    Raises `TypeError` for what no scalar can hold.
    """
    if isinstance(value, str):
        return text(value, style, in_flow=in_flow)
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise TypeError(f"{type(value).__name__} is no value of a front matter")


def text(value: str, style: Style = "", *, in_flow: bool = False) -> str:
    """A string on one line in the style asked for, if it reads back as itself that way; else double-quoted."""
    if style == "" and can_be_plain(value, in_flow=in_flow):
        return value
    if style == "'" and not _UNPRINTABLE.search(value) and "\n" not in value and "\t" not in value:
        return "'" + value.replace("'", "''") + "'"
    return '"' + _TO_ESCAPE.sub(_escape, value) + '"'


def can_be_plain(value: str, *, in_flow: bool = False) -> bool:
    """Whether a string reads back as itself without quotes, here and in every other reader of YAML 1.1 or 1.2."""
    return (
        _PLAIN_START.match(value) is not None
        and not _NOT_PLAIN.search(value)
        and not _UNPRINTABLE.search(value)
        and not (in_flow and _NOT_PLAIN_IN_FLOW.search(value))
        and not _LIKE_A_NUMBER.fullmatch(value)
        and value.lower() not in _WORDS
        and _RESOLVER.resolve(ScalarNode, value, (True, False)) == "tag:yaml.org,2002:str"  # type: ignore[no-untyped-call]
    )


def block_text(value: str, style: Style, indent: int, newline: str) -> str | None:
    """A string as a literal or folded block, its header first; None where it cannot be one.

    The text ends without a line break. It holds the value if read back; callers verify that.
    """
    body = value.rstrip("\n")
    trailing = len(value) - len(body)
    if not body or body[0] in " \n" or _UNPRINTABLE.search(value) or "\t" in value:
        return None
    lines = body.split("\n")
    if style == ">":
        if any(line[:1] == " " for line in lines):
            return None
        lines = _LINE_BREAKS.sub(r"\g<0>\n", body).split("\n")
    chomping = "-" if trailing == 0 else "" if trailing == 1 else "+"
    pad = " " * indent
    written = [pad + line if line else "" for line in lines] + [""] * (trailing - 1)
    return newline.join([style + chomping, *written])


def key(value: Any, *, in_flow: bool = False) -> str:
    """The text of a key; raises `ValueError` for one that YAML cannot read back."""
    written = scalar(value, in_flow=in_flow)
    if len(written) > MAX_KEY_CHARS:
        raise ValueError(f"A key has {len(written):,} characters; at most {MAX_KEY_CHARS:,} can be read back.")
    return written


def flow(value: Any, style: Style = '"') -> str:
    """Any value on one line: lists in `[]`, maps in `{}`, text in quotes."""
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, style) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key(name, in_flow=True)}: {flow(item, style)}" for name, item in value.items()) + "}"
    return scalar(value, style, in_flow=True)


def block(value: Any, indent: int, style_of: Callable[[tuple[Any, ...]], Style], path: tuple[Any, ...]) -> list[str]:
    """The lines of a list or map that is not empty, each indented by at least `indent` spaces.

    `style_of` tells the style of a text by its key path.
    """
    pad = " " * indent
    lines: list[str] = []
    if isinstance(value, dict):
        for name, item in value.items():
            lines += [pad + line for line in entry(name, item, style_of, (*path, name))]
        return lines
    for place, item in enumerate(value):
        lines += [pad + line for line in list_item(item, style_of, (*path, place))]
    return lines


def entry(name: Any, value: Any, style_of: Callable[[tuple[Any, ...]], Style], path: tuple[Any, ...]) -> list[str]:
    """The lines of one key and its value, not indented."""
    if isinstance(value, list | dict) and value:
        return [f"{key(name)}:", *block(value, 2, style_of, path)]
    return [f"{key(name)}: {_short(value, style_of(path))}"]


def list_item(value: Any, style_of: Callable[[tuple[Any, ...]], Style], path: tuple[Any, ...]) -> list[str]:
    """The lines of one item of a list, not indented; the first begins with the dash."""
    if not (isinstance(value, list | dict) and value):
        return [f"- {_short(value, style_of(path))}"]
    first, *rest = block(value, 2, style_of, path)
    return [f"- {first[2:]}", *rest]


def _short(value: Any, style: Style) -> str:
    return flow(value) if isinstance(value, list | dict) else scalar(value, style)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"


def _float(value: float) -> str:
    """As YAML 1.1 reads it: a point before the exponent, `.inf`, `.nan`."""
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    written = repr(value)
    return written.replace("e", ".0e", 1) if "e" in written and "." not in written else written


_WRITERS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (type(None), lambda value: "null"),
    (bool, lambda value: "true" if value else "false"),
    (int, str),
    (float, _float),
    (datetime, format_time),
    (date, date.isoformat),
)
