"""The quick way to read: a front matter in the lines that the crawler writes, and no other, without libyaml.

Whatever is not certain here is left to libyaml, which then reads it as a whole; a test holds that both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

MAX_CHARS: Final = 40_000
"""No text of this length, read here, can pass the bounds of depth and number in `reading`."""
MAX_KNOWN: Final = 10_000
MAX_KNOWN_CHARS: Final = 40
TIME_CHARS: Final = 20

_SAFE: Final = r"\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
_QUOTED: Final = rf'"(?:[ !#-\[\]-~{_SAFE}]|\\["\\nrt])*+"'
# Of plain texts those that no mark can turn into anything else: no colon before a space, no number sign behind one.
_PLAIN: Final = rf"(?:-?[A-Za-z0-9]|[(./{_SAFE}])(?:[ !\"$-9;-~{_SAFE}]|(?<! )#|:(?=[!-~]))*+(?<! )"
_LINE: Final = re.compile(
    rf"( {{0,16}}+)(- )?(?:([A-Za-z_]\w{{0,59}}+):(?: (?:({_QUOTED})|({_PLAIN})))?|({_QUOTED})|({_PLAIN}))(?:\r?\n)++"
    r"|(?s:(.))",
    re.ASCII,
)
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_ESCAPE: Final = re.compile(r'\\(["\\nrt])')
_ESCAPED: Final = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}

Line = tuple[str, str, str, str, str, str, str, str]
Resolve = Callable[[str], Any]
"""What libyaml takes a plain text for; raises an error where no value can be made of it."""


class NotCrawled(Exception):
    """The text has another form; nothing is said about what it means."""


class Crawled:
    """Reads front matters, and remembers what plain texts stand for: names of keys and topics come again and again."""

    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.known: dict[str, Any] = {}

    def read(self, front: str) -> dict[str, Any]:
        """The fields; raises `NotCrawled`."""
        if len(front) > MAX_CHARS:
            raise NotCrawled
        lines: list[Line] = _LINE.findall(front)
        fields, end = self._map(lines, 0, "")
        if end < len(lines) or not lines:
            raise NotCrawled
        return fields

    def _map(self, lines: list[Line], at: int, indent: str, *, is_item: bool = False) -> tuple[dict[str, Any], int]:
        """The map whose keys stand in this column, from a line on; the first of an item stands behind its dash."""
        fields: dict[str, Any] = {}
        known = self.known
        end = len(lines)
        while at < end:
            column, dash, key, quoted, plain, _, _, _ = lines[at]
            if is_item:
                is_item = False
            elif column != indent or dash:
                break
            if not key or key in fields or not isinstance(known[key] if key in known else self._value(key), str):
                raise NotCrawled
            at += 1
            if quoted:
                fields[key] = quoted[1:-1] if "\\" not in quoted else _ESCAPE.sub(_unescaped, quoted[1:-1])
            elif plain:
                fields[key] = known[plain] if plain in known else self._value(plain)
            elif at < end and len(lines[at][0]) > len(indent):
                fields[key], at = (self._list if lines[at][1] else self._map)(lines, at, lines[at][0])
            else:
                raise NotCrawled
        return fields, at

    def _list(self, lines: list[Line], at: int, indent: str) -> tuple[list[Any], int]:
        items: list[Any] = []
        known = self.known
        end = len(lines)
        while at < end:
            column, dash, key, _, _, quoted, plain, _ = lines[at]
            if column != indent or not dash:
                break
            if key:
                item, at = self._map(lines, at, f"{indent}  ", is_item=True)
                items.append(item)
                continue
            at += 1
            if quoted:
                items.append(quoted[1:-1] if "\\" not in quoted else _ESCAPE.sub(_unescaped, quoted[1:-1]))
            else:
                items.append(known[plain] if plain in known else self._value(plain))
        return items, at

    def _value(self, plain: str) -> Any:
        if len(plain) == TIME_CHARS and _TIME.fullmatch(plain):
            try:
                return datetime.fromisoformat(plain)
            except ValueError as refusal:
                raise NotCrawled from refusal
        try:
            value = self.resolve(plain)
        except Exception as refusal:
            raise NotCrawled from refusal
        if len(plain) <= MAX_KNOWN_CHARS:
            if len(self.known) >= MAX_KNOWN:
                self.known = {}  # a new one: another thread may be in the midst of reading with the old
            self.known[plain] = value
        return value


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPED[escape[1]]
