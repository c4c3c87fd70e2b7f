"""Front matter in TOML or JSON to values: read, never written, and held to the same bounds as YAML."""

import json
import re
from collections.abc import Callable
from datetime import time
from typing import Any, Final

from articles.content.keypath import KeyPath, show
from articles.content.lines import line_number
from articles.content.problems import Problem, ProblemError, error
from articles.content.reading import MAX_DEPTH, MAX_NODES, Reading, check_size
from articles.content.values import UNSTORABLE

MAX_CHARS: Final = 256 * 1024
"""tomllib takes up to three microseconds a character."""

_TOML_TEXT: Final = re.compile(
    r""""{3}(?:[^\\]|\\.)*?(?:"{3}|\Z)|'{3}.*?(?:'{3}|\Z)|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*""", re.DOTALL
)
_LONG_TOML_KEY: Final = re.compile(rf"(?<![\w'-])(?:[\w'-]++[ \t]*+\.[ \t]*+){{{MAX_DEPTH}}}")
_TOO_MANY_DIGITS: Final = "A number has thousands of digits. Put it in quotes if it is text."
_TOML_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_toml(front: str, first_line: int) -> Reading:
    """The values of a TOML text and what is wrong with it."""
    return _read(_parse_toml, front.replace("\r\n", "\n"), first_line)


def read_json(front: str, first_line: int) -> Reading:
    """The values of a JSON text and what is wrong with it."""
    return _read(_parse_json, front, first_line)


def _read(parse: Callable[[str], Any], front: str, first_line: int) -> Reading:
    try:
        check_size(front, MAX_CHARS)
        fields = _Checker().value(parse(front), ())
    except ProblemError as refusal:
        return Reading({}, (refusal.problem.below(first_line),), None)
    except RecursionError:
        return Reading({}, (_too_deep().below(first_line),), None)
    return Reading(fields, (), None)


def _parse_toml(front: str) -> Any:
    # tomllib takes n^2 steps and bytes for a key of n parts.
    if _LONG_TOML_KEY.search(_TOML_TEXT.sub("''", front)):
        raise ProblemError(_too_deep())
    import tomllib  # most runs meet no such file

    try:
        return tomllib.loads(front)
    except tomllib.TOMLDecodeError as refusal:
        said = str(refusal)
        place = _TOML_PLACE.search(said)
        line = int(place[1]) - 1 if place and place[1] else line_number(front, len(front.rstrip()))
        message = f"TOML cannot read this: {_TOML_PLACE.sub('', said)}. Mend this line."
        raise ProblemError(error("bad_toml", message, line=line)) from refusal
    except ValueError as refusal:
        raise ProblemError(error("bad_toml", _TOO_MANY_DIGITS, line=0)) from refusal


def _parse_json(front: str) -> Any:
    try:
        return json.loads(front, object_pairs_hook=_map_of)
    except json.JSONDecodeError as refusal:
        message = f"JSON cannot read this: {refusal.msg}. Mend this line."
        raise ProblemError(error("bad_json", message, line=refusal.lineno - 1)) from refusal
    except ValueError as refusal:
        raise ProblemError(error("bad_json", _TOO_MANY_DIGITS, line=0)) from refusal


def _map_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            message = f"The key '{key}' stands in one map a second time. Keep one of the two."
            raise ProblemError(error("duplicate_key", message, line=0, key=key))
        result[key] = value
    return result


def _too_deep() -> Problem:
    return error("too_deep", f"Lists and maps nest deeper than {MAX_DEPTH} levels. Flatten them.", line=0)


class _Checker:
    """Walks what a parser made, counts it, and makes text of a time of day, which YAML has no kind for."""

    def __init__(self) -> None:
        self.nodes = 0

    def value(self, value: Any, path: KeyPath) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            message = f"The front matter holds more than {MAX_NODES:,} values. Shorten it."
            raise ProblemError(error("too_many", message, line=0))
        if len(path) > MAX_DEPTH:
            raise ProblemError(_too_deep())
        if isinstance(value, dict):
            return {self.value(key, path): self.value(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, (*path, place)) for place, item in enumerate(value)]
        if isinstance(value, str) and UNSTORABLE.search(value):
            message = "A text holds a character (NUL or half of a pair) that cannot be stored. Take it out."
            raise ProblemError(error("nul", message, line=0, key=show(path) or None))
        return value.isoformat() if isinstance(value, time) else value
