"""What set_fields is asked to do: KEY=VALUE arguments, or a batch of JSON objects, one a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from articles.content.reading import read
from articles.content.values import ABSENT, from_json
from articles.management.decisions import Refusal

MEMBERS: Final = frozenset({"path", "set", "remove", "version"})
TIME_KEYS: Final = frozenset({"publishedDateTime"})
"""The keys of the record that hold times; JSON has text for them."""

# Whatever YAML takes for a line break.
_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z?", re.ASCII)


class BadEdit(Exception):
    """What was asked for cannot be understood; nothing was done."""

    def __init__(self, message: str, *, code: str = "bad_line", path: str = "", key: str = "") -> None:
        super().__init__(message)
        self.code, self.path, self.key = code, path, key


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes to one article, by key; `ABSENT` takes a key away. `line` is that of the batch."""

    path: str
    changes: dict[str, Any]
    version: int | None = None
    line: int | None = None


def changes_of_arguments(pairs: Sequence[str], removals: Sequence[str]) -> dict[str, Any]:
    """The changes that KEY=VALUE and `--remove KEY` ask for; raises `BadEdit`."""
    changes: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not key or not equals:
            raise BadEdit(f"'{pair}' is no KEY=VALUE. Write it as title='A new title'.")
        _add(changes, key, value_of_yaml(key, text))
    for key in removals:
        _add(changes, key, ABSENT)
    return changes


def value_of_yaml(key: str, text: str) -> Any:
    """The value that a YAML text says, within the bounds of a file; no text at all is the empty text."""
    if not text:
        return ""
    # Indented below a key, it cannot be anything but one value.
    reading = read("value:\n  " + _BREAK.sub(lambda found: f"{found[0]}  ", text) + "\n")
    if reading.problems:
        raise BadEdit(f"{key}: {reading.problems[0].message}", key=key)
    if reading.fields.keys() != {"value"}:
        raise BadEdit(f"{key}: '{text}' is not one YAML value. Put it in quotes.", key=key)
    return reading.fields["value"]


def read_batch(lines: Iterable[bytes]) -> Iterator[Edit | Refusal]:
    """The edits of a batch. A line that is none becomes a refusal; empty lines are passed over."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _edit_of(line, number)
        except BadEdit as bad:
            yield Refusal(bad.path, bad.code, str(bad), bad.key, number)


def _edit_of(line: bytes, number: int) -> Edit:
    members = _object_of(line)
    path = members.get("path")
    if not isinstance(path, str) or not _is_storable(path):
        raise BadEdit('The line names no article. Write "path": "_news/...".')
    if unknown := sorted(members.keys() - MEMBERS):
        raise BadEdit(f"'{unknown[0]}' is not known here; path, set, remove and version are.", path=path)
    version = members.get("version")
    if version is not None and type(version) is not int:
        raise BadEdit("'version' should be a whole number.", path=path)
    return Edit(path, _changes_of_members(members, path), version, number)


def _object_of(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as refusal:
        raise BadEdit(f"The line is no JSON object: {refusal}.") from refusal
    if not isinstance(found, dict):
        raise BadEdit('The line is no JSON object. Write {"path": ..., "set": {...}}.')
    return found


def _changes_of_members(members: dict[str, Any], path: str) -> dict[str, Any]:
    settings, removals = members.get("set", {}), members.get("remove", [])
    if not isinstance(settings, dict):
        raise BadEdit("'set' should be an object of keys and values.", path=path)
    if not isinstance(removals, list) or not all(isinstance(key, str) for key in removals):
        raise BadEdit("'remove' should be a list of keys.", path=path)
    changes: dict[str, Any] = {}
    for key, value in settings.items():
        _add(changes, key, _value_of_json(key, value, path), path=path)
    for key in removals:
        _add(changes, key, ABSENT, path=path)
    if not changes:
        raise BadEdit("The line changes nothing. Give 'set' or 'remove'.", path=path)
    return changes


def _value_of_json(key: str, value: Any, path: str) -> Any:
    """The value as the record has it: what reports print as `{"$time": ...}` and the like is taken back."""
    try:
        value = from_json(value)
    except (ValueError, TypeError, AttributeError) as refusal:
        raise BadEdit(f"The value cannot be read: {refusal}.", path=path, key=key) from refusal
    return _with_times(re.split(r"[.\]]", key)[-1], value)


def _with_times(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_times(str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_times("", item) for item in value]
    if name in TIME_KEYS and isinstance(value, str) and _TIME.fullmatch(value):
        return _time_of(value)
    return value


def _time_of(text: str) -> Any:
    """A moment that does not exist stays text, which the record then refuses with its own words."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _add(changes: dict[str, Any], key: str, value: Any, *, path: str = "") -> None:
    if key in changes:
        raise BadEdit(f"'{key}' is given twice. Give it once.", path=path, key=key)
    changes[key] = value


def _is_storable(path: str) -> bool:
    return bool(path) and "\0" not in path and not any("\ud800" <= letter <= "\udfff" for letter in path)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
