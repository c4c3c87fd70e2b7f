"""The quick way to read: a front matter of lines as the crawler and most others write them, without libyaml.

That is a key or an item a line; texts bare or in either quotes, in one line or as a block below; comments. Whatever is
not certain here is left to libyaml, which then reads it as a whole; a test holds that both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

MAX_CHARS: Final = 40_000
"""No text of this length, read here, can pass the bounds of depth and number in `reading`."""
MAX_KNOWN: Final = 10_000
MAX_KNOWN_CHARS: Final = 60
MAX_KNOWN_CHARS_BELOW: Final = 120
"""Of lines that are indented, as those of a provider and of pictures: these come again more often."""
MAX_LINES: Final = 40
"""Of a text that goes on from line to line: each looks at all of it again."""
TIME_CHARS: Final = 20

_SAFE: Final = r"\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
# Runs within the repetition: character by character it takes twice as long.
_QUOTED: Final = rf'"(?:[ !#-\[\]-~{_SAFE}]++|\\["\\nrt])*+"'
# Of plain texts those that no mark can turn into anything else: no colon before a space, no number sign behind one.
_PLAIN: Final = rf"(?:-?[A-Za-z0-9]|[(./{_SAFE}])(?:[ !\"$-9;-~{_SAFE}]++|(?<! )#|:(?=[!-~]))*+(?<! )"
_KEY: Final = r"([A-Za-z_]\w{0,59}+):"
_SINGLE: Final = rf"'(?:[ -&(-~{_SAFE}]++|'')*+'"
_TEXT: Final = rf"[ -~{_SAFE}]*+"
_COMMENT: Final = rf"(?: ++#{_TEXT})?+"
_VALUE: Final = rf"(?:({_QUOTED}){_COMMENT}|({_SINGLE}){_COMMENT}|({_PLAIN}))"
_BLOCK: Final = rf"{_KEY} ([|>]-?){_COMMENT}"
_LINE: Final = rf"( {{0,16}}+)(- )?(?:{_KEY}{_COMMENT}|(?:{_KEY} )?+{_VALUE}|{_BLOCK})\r?"
_COMMENTED: Final = rf"(?:([^#]*[^# ]) +| *)#{_TEXT}\r?"
_OPEN: Final = rf"( *+)(- )?(?:{_KEY} )?+(?:('(?:[ -&(-~{_SAFE}]++|'')*+)|{_PLAIN} *)"
"""A line whose text may go on in the one below it."""
_BLOCK_LINE: Final = rf"(?! )[ -~{_SAFE}]++"
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_ESCAPE: Final = re.compile(r'\\(["\\nrt])')
_ESCAPED: Final = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}

Line = tuple[int, bool, str | None, bool, Any]
"""Its column, whether it is an item, its key, whether a value stands in it, and that."""
_BLANK: Final[Line] = (-1, False, None, False, None)
_KNOWN: Final[dict[str, Line]] = {"": _BLANK, "\r": _BLANK}


class _Block(NamedTuple):
    """What stands in place of a text that follows in the lines below."""

    is_folded: bool
    is_stripped: bool


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
        texts = front[:-1].split("\n")
        if ": |" in front or ": >" in front:
            return _fields([*self._lines_with_blocks(texts)])
        try:
            return _fields(self._lines(texts))
        except NotCrawled:
            joined = _joined(texts)
            if len(joined) == len(texts):
                raise
            return _fields(self._lines(joined))

    def _lines(self, texts: list[str]) -> list[Line]:
        known, usual_line, other_line = self.known.get, self._usual_line, self._line
        every = [known(text) or usual_line(text) or other_line(text) for text in texts]
        return [line for line in every if line is not _BLANK]

    def _lines_with_blocks(self, texts: list[str]) -> Iterator[Line]:
        at = 0
        while at < len(texts):
            text = texts[at]
            line = self.known.get(text) or self._usual_line(text) or self._line(text)
            at += 1
            if isinstance(line[4], _Block):
                value, at = _block(texts, at, line[0] + (2 if line[1] else 0), line[4])
                yield (*line[:4], value)
            elif line is not _BLANK:
                yield line

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
        if len(value) > 1 and value[0] == value[-1] == "'":
            inside = value[1:-1]
            return (0, False, key, True, inside) if inside.isprintable() and "'" not in inside else None
        return (0, False, key, True, self._value(value)) if _is_time(value) else None

    def _line(self, text: str) -> Line:
        """What a line says; raises `NotCrawled`."""
        line = self._meant(found) if (found := _line_pattern().fullmatch(text)) else self._commented(text)
        longest = MAX_KNOWN_CHARS_BELOW if line[0] else MAX_KNOWN_CHARS
        if len(text) <= longest and type(line[4]) is not datetime:
            if len(self.known) >= MAX_KNOWN:
                self.known = dict(_KNOWN)  # a new one: another thread may be in the midst of reading with the old
            self.known[text] = line
        return line

    def _commented(self, text: str) -> Line:
        """The same of a line with a comment behind a bare text, or with nothing else."""
        commented = _commented_pattern().fullmatch(text)
        if commented is None:
            raise NotCrawled
        return self._line(commented[1]) if commented[1] else _BLANK

    def _meant(self, found: re.Match[str]) -> Line:
        column, dash, bare, key, quoted, single, plain, above, block = found.groups()
        key = key or bare or above
        if key and key not in self.names:
            self._learn(key)
        value: Any = None
        if quoted:
            value = quoted[1:-1] if "\\" not in quoted else _ESCAPE.sub(_unescaped, quoted[1:-1])
        elif single:
            value = single[1:-1].replace("''", "'")
        elif block:
            value = _Block(is_folded=block[0] == ">", is_stripped=block[-1] == "-")
        elif plain:
            value = self._value(plain)
        return (len(column), bool(dash), key, bool(quoted or single or block or plain), value)

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


def _fields(lines: list[Line]) -> dict[str, Any]:
    fields, end = _map(lines, 0, 0)
    if end < len(lines):
        raise NotCrawled
    return fields


def _joined(texts: list[str]) -> list[str]:
    """The lines, with those of a text that goes on below, bare or in single quotes, as one: each break is a space.

    Only where there are no blocks, whose lines look like others. Raises `NotCrawled`.
    """
    joined: list[str] = []
    indent: int | None = None
    is_quoted = False
    count = 0
    for text in texts:
        text = text.removesuffix("\r")
        more = text.lstrip(" ")
        is_open = indent is not None and more != "" and len(text) - len(more) > indent
        if is_open and (is_quoted or _more_pattern().fullmatch(more)):
            joined[-1] = f"{joined[-1].rstrip(' ')} {more}"
            count += 1
            if count > MAX_LINES:
                raise NotCrawled
        else:
            joined.append(text)
            count = 1
        found = _open_pattern().fullmatch(joined[-1])
        is_quoted = bool(found and found[4])
        indent = len(found[1]) + (2 if found[2] and found[3] else 0) if found else None
    return joined


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
        elif at < end and ((below := lines[at])[0] > indent or (below[0] == indent and below[1])):
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


def _block(texts: list[str], at: int, above: int, block: _Block) -> tuple[str, int]:
    """The text that stands indented below a key in this column, and the line behind it; raises `NotCrawled`."""
    first = texts[at] if at < len(texts) else ""
    indent = first[: len(first) - len(first.lstrip(" "))]
    if len(indent) <= above:
        raise NotCrawled
    found: list[str] = []
    for text in texts[at:]:
        text = text.removesuffix("\r")
        if text and not text.startswith(indent):
            break
        found.append(text[len(indent) :])
        if text and not _block_line_pattern().fullmatch(found[-1]):
            raise NotCrawled
    at += len(found)
    while not found[-1]:
        found.pop()
    end = "" if block.is_stripped else "\n"
    return (_folded(found) if block.is_folded else "\n".join(found)) + end, at


def _folded(texts: list[str]) -> str:
    """Lines joined by spaces; each empty one is a line break."""
    parts: list[str] = []
    for text, before in zip(texts, ["", *texts], strict=False):
        if text:
            parts += (" ", text) if before else (text,)
        else:
            parts.append("\n")
    return "".join(parts)


@lru_cache(maxsize=1)
def _line_pattern() -> re.Pattern[str]:
    """Made when the first line is read: that takes a fiftieth of the start of a program."""
    return re.compile(_LINE, re.ASCII)


@lru_cache(maxsize=1)
def _commented_pattern() -> re.Pattern[str]:
    return re.compile(_COMMENTED)


@lru_cache(maxsize=1)
def _open_pattern() -> re.Pattern[str]:
    return re.compile(_OPEN, re.ASCII)


@lru_cache(maxsize=1)
def _more_pattern() -> re.Pattern[str]:
    return re.compile(rf"{_PLAIN} *")


@lru_cache(maxsize=1)
def _block_line_pattern() -> re.Pattern[str]:
    """Of one that is not indented further, and not empty."""
    return re.compile(_BLOCK_LINE)


def _is_time(plain: str) -> bool:
    return len(plain) == TIME_CHARS and _TIME.fullmatch(plain) is not None


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPED[escape[1]]
