"""How a value of a file becomes text in a control, and how what an editor typed becomes a value again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

import yaml
from django.core.exceptions import ValidationError

from articles.content.values import ABSENT, Absent, Unread, to_json

_BREAK: Final = re.compile(r"\r\n?|\n")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,9}")
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ]+(\d\d:\d\d)(:\d\d)? ?(Z|UTC)?", re.ASCII)
TRUE, FALSE = "true", "false"
LINE_CHARS: Final = 100


class Kind:
    """Text over any number of lines; the parent of the other kinds."""

    def __init__(self, *, blank: Any = ABSENT, missing: str = "") -> None:
        """`blank` is what an emptied control means; `missing` is the complaint where it may not be empty."""
        self.blank = blank
        self.missing = missing

    def show(self, value: Any) -> str:
        """The text that stands in the control; a value of another kind shows as it stands in the file."""
        return as_text(value)

    def settled(self, text: str) -> str:
        """The text after a browser had it in this control: textareas have line breaks of their own."""
        return _BREAK.sub("\n", text)

    def is_untouched(self, typed: str, before: Any) -> bool:
        return self.settled(typed) == self.settled(self.show(before))

    def read(self, typed: str, before: Any) -> Any:
        """The value that was typed; ABSENT takes the key away. Raises ValidationError."""
        if not typed.strip():
            if self.missing:
                raise ValidationError(self.missing)
            return self.blank
        return self.value_of(typed, before)

    def value_of(self, typed: str, before: Any) -> Any:
        text = self.settled(typed)
        return text.replace("\n", "\r\n") if _breaks_with_crlf(before) else text


class Line(Kind):
    """Text in one line: browsers drop line breaks from it."""

    def settled(self, text: str) -> str:
        return _BREAK.sub("", text)


class Number(Line):
    def settled(self, text: str) -> str:
        return super().settled(text).strip()

    def value_of(self, typed: str, before: Any) -> int:
        text = self.settled(typed).replace("\N{MINUS SIGN}", "-")
        if not _NUMBER.fullmatch(text):
            raise ValidationError("Enter a whole number.")
        return int(text)


class Flag(Line):
    def value_of(self, typed: str, before: Any) -> bool:
        if typed not in (TRUE, FALSE):
            raise ValidationError("Choose yes or no.")
        return typed == TRUE


class Time(Line):
    """A moment in UTC, to the second: 2020-12-29 20:23:00."""

    def show(self, value: Any) -> str:
        return show_time(value) if isinstance(value, datetime) else as_text(value)

    def value_of(self, typed: str, before: Any) -> datetime:
        found = _TIME.fullmatch(typed.strip())
        if found is None:
            raise ValidationError("Enter date and time in UTC, such as 2020-12-29 20:23:00.")
        day, minute, second, _ = found.groups()
        try:
            return datetime.fromisoformat(f"{day} {minute}{second or ':00'}").replace(tzinfo=UTC)
        except ValueError as wrong:
            raise ValidationError("There is no such date or time. Correct it.") from wrong


class Names(Kind):
    """A list of names, one a line; their order counts."""

    def show(self, value: Any) -> str:
        if is_list_of_text(value) and not any(_BREAK.search(name) for name in value):
            return "\n".join(value)
        return as_text(value)

    def value_of(self, typed: str, before: Any) -> list[str]:
        """Names that were there stay as they were, inner spaces and all."""
        known = {name.strip(): name for name in before} if is_list_of_text(before) else {}
        names = [line.strip() for line in self.settled(typed).split("\n") if line.strip()]
        twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if twice is not None:
            raise ValidationError(f"{twice} stands here twice. Take one out.")
        return [known.get(name, name) for name in names]


def as_text(value: Any) -> str:
    """Any value of a file as a person reads it: text as it is, the rest as YAML."""
    if value is None or isinstance(value, Absent):
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, datetime):
        return show_time(value)
    if isinstance(value, int | float):
        return str(value)
    return as_yaml(value)


def as_yaml(value: Any) -> str:
    """Lists and maps, a line an entry, as front matter has them."""
    text: str = yaml.dump(_plain(value), Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=LINE_CHARS)
    return text.rstrip("\n")


def show_time(moment: datetime) -> str:
    """2020-12-29 20:23:00 in UTC; a moment without a zone as it stands."""
    utc = moment if moment.tzinfo is None else moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%d %H:%M:%S")


def is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and not isinstance(item, Unread) for item in value)


def is_list_of_maps(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _plain(value: Any) -> Any:
    """What the YAML writer knows how to write."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | datetime) else to_json(value)


def _breaks_with_crlf(before: Any) -> bool:
    return isinstance(before, str) and "\r\n" in before and not re.search(r"(?<!\r)\n|\r(?!\n)", before)
