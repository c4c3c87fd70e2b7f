"""The quick way to read: a front matter in the lines that the crawler writes, and no other, without libyaml.

Whatever is not certain here is left to libyaml, which then reads it as a whole; a test holds that both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

MAX_CHARS: Final = 40_000
"""No text of this length, read here, can pass the bounds of depth and number in `reading`."""
MAX_KNOWN: Final = 10_000
MAX_KNOWN_CHARS: Final = 60
MAX_KNOWN_CHARS_BELOW: Final = 120
"""Of lines that are indented, as those of a provider and of pictures: these come again more often."""
TIME_CHARS: Final = 20

_SAFE: Final = r"\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
# Runs within the repetition: character by character it takes twice as long.
_QUOTED: Final = rf'"(?:[ !#-\[\]-~{_SAFE}]++|\\["\\nrt])*+"'
# Of plain texts those that no mark can turn into anything else: no colon before a space, no number sign behind one.
_PLAIN: Final = rf"(?:-?[A-Za-z0-9]|[(./{_SAFE}])(?:[ !\"$-9;-~{_SAFE}]++|(?<! )#|:(?=[!-~]))*+(?<! )"
_KEY: Final = r"([A-Za-z_]\w{0,59}+):"
_LINE: Final = rf"( {{0,16}}+)(- )?(?:{_KEY}|(?:{_KEY} )?+(?:({_QUOTED})|({_PLAIN})))\r?"
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_ESCAPE: Final = re.compile(r'\\(["\\nrt])')
_ESCAPED: Final = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}

Line = tuple[int, bool, str | None, bool, Any]
"""Its column, whether it is an item, its key, whether a value stands in it, and that."""
_BLANK: Final[Line] = (-1, False, None, False, None)
_KNOWN: Final[dict[str, Line]] = {"": _BLANK, "\r": _BLANK}
Resolve = Callable[[str], Any]
"""What libyaml takes a plain text for; raises an error where no value can be made of it."""


class NotCrawled(Exception):
    """The text has another form; nothing is said about what it means."""


class Crawled:
    """Reads front matters, and remembers what short lines say: most of an article's come again and again."""

    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.known = dict(_KNOWN)
        self.names: set[str] = set()

    def read(self, front: str) -> dict[str, Any]:
        """The fields; raises `NotCrawled`."""
        if len(front) > MAX_CHARS or front[-1:] != "\n" or front[0] in "\r\n":
            raise NotCrawled
        lines: list[Line] = []
        known = self.known
        for text in front[:-1].split("\n"):
            line = known.get(text) or self._usual_line(text) or self._line(text)
            if line is not _BLANK:
                lines.append(line)
        fields, end = _map(lines, 0, 0)
        if end < len(lines):
            raise NotCrawled
        return fields

    def _usual_line(self, text: str) -> Line | None:
        """What a line of a known key with a text in quotes or a time says, told by a few looks; None for any other."""
        key, _, value = text.partition(": ")
        if key not in self.names:
            return None
        if value[-1:] == "\r":
            value = value[:-1]
        if len(value) > 1 and value[0] == value[-1] == '"':
            inside = value[1:-1]
            is_usual = inside.isprintable() and '"' not in inside and "\\" not in inside
            return (0, False, key, True, inside) if is_usual else None
        return (0, False, key, True, self._value(value)) if _is_time(value) else None

    def _line(self, text: str) -> Line:
        """What a line says; raises `NotCrawled`."""
        found = _line_pattern().fullmatch(text)
        if found is None:
            raise NotCrawled
        column, dash, bare, key, quoted, plain = found.groups()
        key = key or bare
        if key and key not in self.names:
            self._learn(key)
        if quoted:
            value: Any = quoted[1:-1] if "\\" not in quoted else _ESCAPE.sub(_unescaped, quoted[1:-1])
        else:
            value = self._value(plain) if plain else None
        line = (len(column), bool(dash), key, bool(quoted or plain), value)
        if len(text) <= (MAX_KNOWN_CHARS_BELOW if column else MAX_KNOWN_CHARS) and type(value) is not datetime:
            if len(self.known) >= MAX_KNOWN:
                self.known = dict(_KNOWN)  # a new one: another thread may be in the midst of reading with the old
            self.known[text] = line
        return line

    def _learn(self, key: str) -> None:
        """Note that it is a key as it stands, and no number or truth; raises `NotCrawled`."""
        if not isinstance(self._value(key), str):
            raise NotCrawled
        if len(self.names) < MAX_KNOWN:
            self.names.add(key)

    def _value(self, plain: str) -> Any:
        try:
            if _is_time(plain):
                return datetime.fromisoformat(plain)
            return self.resolve(plain)
        except Exception as refusal:
            raise NotCrawled from refusal


def _map(lines: list[Line], at: int, indent: int, *, is_item: bool = False) -> tuple[dict[str, Any], int]:
    """The map whose keys stand in this column, from a line on; the first of an item stands behind its dash."""
    fields: dict[str, Any] = {}
    end = len(lines)
    while at < end:
        column, dash, key, has_value, value = lines[at]
        if is_item:
            is_item = False
        elif column != indent or dash:
            break
        if key is None or key in fields:
            raise NotCrawled
        at += 1
        if has_value:
            fields[key] = value
        elif at < end and lines[at][0] > indent:
            below = lines[at]
            fields[key], at = (_list if below[1] else _map)(lines, at, below[0])
        else:
            raise NotCrawled
    return fields, at


def _list(lines: list[Line], at: int, indent: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    end = len(lines)
    while at < end:
        column, dash, key, _, value = lines[at]
        if column != indent or not dash:
            break
        if key is None:
            at += 1
            items.append(value)
        else:
            item, at = _map(lines, at, indent + 2, is_item=True)
            items.append(item)
    return items, at


@lru_cache(maxsize=1)
def _line_pattern() -> re.Pattern[str]:
    """Made when the first line is read: that takes a fiftieth of the start of a program."""
    return re.compile(_LINE, re.ASCII)


def _is_time(plain: str) -> bool:
    return len(plain) == TIME_CHARS and _TIME.fullmatch(plain) is not None


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPED[escape[1]]
