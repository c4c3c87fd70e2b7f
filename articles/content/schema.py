"""What an article's fields should be: the type and the range of every key in the record.

A value that is not what it should be is a warning. The record enters without it, and the file keeps it as it stands.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from articles.content.glance import are_right
from articles.content.grammar import PROVIDER_KEYS
from articles.content.keypath import KeyPath, show
from articles.content.limits import (
    DOMAIN,
    HEAT_SEEN,
    MAX_CATEGORY_CHARS,
    MAX_DOMAIN_CHARS,
    MAX_NAME_CHARS,
    MAX_TYPE_CHARS,
    QUALITY_SEEN,
    SITE_PATH,
    STORABLE_INTS,
    URL,
    YEARS,
    is_whole_secret,
)
from articles.content.problems import Problem, warning
from articles.content.values import Unread

ADVICE_ONLY: Final = frozenset({"out_of_range", "duplicate_topic", "anchor"})
"""What a file may hold and an editor may write all the same."""

INVALID: Final = object()

Check = Callable[["_Checking", Any, KeyPath], Any]


class Checked(NamedTuple):
    """An article's fields, sorted by what can be made of them.

    `values`: by key, what is of the right type (times in UTC). `as_written`: known keys that stand in the file with a
    value that is null, empty, or not of the right type. `extra`: keys beyond the record; `provider.x` for those of the
    provider.
    """

    values: dict[str, Any]
    as_written: dict[str, Any]
    extra: dict[Any, Any]
    problems: tuple[Problem, ...]


def check_article(fields: Mapping[Any, Any], line_of: Callable[[KeyPath], int | None] = lambda path: None) -> Checked:
    """The fields of an article, checked key by key; `line_of` is asked only where something is wrong."""
    return Checked(dict(fields), {}, {}, ()) if are_right(fields) else _check_article(fields, line_of)


def _check_article(fields: Mapping[Any, Any], line_of: Callable[[KeyPath], int | None]) -> Checked:
    checking = _Checking(line_of)
    values: dict[str, Any] = {}
    as_written: dict[str, Any] = {}
    extra = {key: value for key, value in fields.items() if key not in _CHECKS}
    for key, check in _CHECKS.items():
        if key not in fields:
            continue
        raw = fields[key]
        checking.has_lost = False
        value = INVALID if raw is None else check(checking, raw, (key,))
        if value is not INVALID:
            values[key] = value
        if value is INVALID or value in ([], {}) or checking.has_lost:
            as_written[key] = raw
    if not str(values.get("title", "")).strip():
        checking.add("no_title", "The article has no title. Give it one.", ("title",))
    provider = fields.get("provider")
    if isinstance(provider, dict):
        extra |= {f"provider.{key}": value for key, value in provider.items() if key not in PROVIDER_KEYS}
    return Checked(values, as_written, extra, tuple(checking.problems))


class _Checking:
    """Collects problems, each with its line; `has_lost` tells whether a value was left out for one of them."""

    def __init__(self, line_of: Callable[[KeyPath], int | None]) -> None:
        self.line_of = line_of
        self.problems: list[Problem] = []
        self.has_lost = False

    def add(self, code: str, message: str, path: KeyPath) -> None:
        self.problems.append(warning(code, message, line=self.line_of(path), key=show(path)))

    def lose(self, code: str, message: str, path: KeyPath) -> Any:
        """A problem for which the value is left out."""
        self.add(code, message, path)
        self.has_lost = True
        return INVALID

    def wrong_type(self, wanted: str, value: Any, path: KeyPath) -> Any:
        if isinstance(value, Unread):  # a problem already
            self.has_lost = True
            return INVALID
        message = f"'{show(path)}' should be {wanted}, and is {_kind(value)}. Write {wanted}."
        return self.lose("wrong_type", message, path)


def _text(checking: _Checking, value: Any, path: KeyPath, *, longest: int | None = None) -> Any:
    if not isinstance(value, str) or isinstance(value, Unread):
        return checking.wrong_type("text", value, path)
    if longest is not None and len(value) > longest:
        message = f"'{show(path)}' has {len(value):,} characters; at most {longest} are kept. Shorten it."
        return checking.lose("too_long", message, path)
    return value


def _text_up_to(longest: int) -> Check:
    return lambda checking, value, path: _text(checking, value, path, longest=longest)


def _url(checking: _Checking, value: Any, path: KeyPath) -> Any:
    if _text(checking, value, path) is INVALID:
        return INVALID
    if value and not URL.fullmatch(value):
        checking.add("bad_url", f"'{show(path)}' is no web address. It should begin with https:// and a host.", path)
    return value


def _picture_url(checking: _Checking, value: Any, path: KeyPath) -> Any:
    """Pictures may lie on the site itself: `/assets/images/x.png`."""
    if isinstance(value, str) and SITE_PATH.fullmatch(value):
        return value
    return _url(checking, value, path)


def _time(checking: _Checking, value: Any, path: KeyPath) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        return checking.wrong_type("a time such as 2020-12-29T20:23:00Z", value, path)
    if value.year not in YEARS:
        message = f"'{show(path)}' lies in the year {value.year}. Is that meant?"
        return checking.lose("impossible_date", message, path)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _int(checking: _Checking, value: Any, path: KeyPath, *, seen: range | None = None) -> Any:
    if not isinstance(value, int) or isinstance(value, bool):
        return checking.wrong_type("a whole number", value, path)
    if value not in STORABLE_INTS:
        return checking.lose("number_too_large", f"'{show(path)}' is beyond what can be stored. Correct it.", path)
    if seen is not None and value not in seen:
        message = f"'{show(path)}' is {value}; the crawler's run from {seen.start} to {seen.stop - 1}. Is that meant?"
        checking.add("out_of_range", message, path)
    return value


def _int_in(seen: range) -> Check:
    return lambda checking, value, path: _int(checking, value, path, seen=seen)


def _flag(checking: _Checking, value: Any, path: KeyPath) -> Any:
    return value if isinstance(value, bool) else checking.wrong_type("true or false", value, path)


def _secured(checking: _Checking, value: Any, path: KeyPath) -> Any:
    """Two base64 texts around a semicolon: a ciphertext of whole AES blocks, and an IV of one."""
    if _text(checking, value, path) is INVALID:
        return INVALID
    if not is_whole_secret(value):
        message = (
            "'secured' is not the crawler's ciphertext and IV; it was cut or changed. Restore it from the history."
        )
        checking.add("bad_secured", message, path)
    return value


def _domain(checking: _Checking, value: Any, path: KeyPath) -> Any:
    if _text(checking, value, path, longest=MAX_DOMAIN_CHARS) is INVALID:
        return INVALID
    if not DOMAIN.fullmatch(value):
        checking.add("bad_domain", f"'{show(path)}' is no domain such as example.com. Correct it.", path)
    return value


def _map_of(checks: Mapping[str, Check]) -> Check:
    """A map whose known keys are checked; those with a wrong value are left out, unknown keys are kept."""

    def check(checking: _Checking, value: Any, path: KeyPath) -> Any:
        if not isinstance(value, dict):
            return checking.wrong_type("a map", value, path)
        result = {}
        for key, item in value.items():
            known = checks.get(key) if isinstance(key, str) else None
            checked = item if known is None or item is None else known(checking, item, (*path, str(key)))
            if checked is not INVALID:
                result[key] = checked
        return result

    return check


def _list_of(check_item: Check) -> Check:
    """A list; items of the wrong type are left out."""

    def check(checking: _Checking, value: Any, path: KeyPath) -> Any:
        if not isinstance(value, list):
            return checking.wrong_type("a list", value, path)
        checked = [check_item(checking, item, (*path, place)) for place, item in enumerate(value)]
        return [item for item in checked if item is not INVALID]

    return check


def _topic(checking: _Checking, value: Any, path: KeyPath) -> Any:
    name = _text(checking, value, path, longest=MAX_NAME_CHARS)
    return name if name is INVALID or name else checking.wrong_type("the name of a topic", value, path)


def _topics(checking: _Checking, value: Any, path: KeyPath) -> Any:
    names = _list_of(_topic)(checking, value, path)
    if names is not INVALID and len(set(names)) < len(names):
        twice: str = Counter(names).most_common(1)[0][0]
        checking.add("duplicate_topic", f"The topic '{twice}' stands here twice. Take one out.", path)
    return names


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case "":
            return "empty"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a map"
    return "a time"


_IMAGE: Final = _map_of(
    {
        "url": _picture_url,
        "width": _int_in(range(1, 20_001)),
        "height": _int_in(range(1, 20_001)),
        "isCached": _flag,
        "title": _text,
        "attribution": _text,
    }
)
_PROVIDER: Final = _map_of(
    {"name": _text_up_to(MAX_NAME_CHARS), "domain": _domain, "images": _list_of(_IMAGE)},
)
_RELATED: Final = _map_of(
    {
        "title": _text,
        "excerpt": _text,
        "publishedDateTime": _time,
        "originalUrl": _url,
        "webUrl": _url,
        "ampWebUrl": _url,
        "cdnAmpWebUrl": _url,
        "type": _text,
        "provider": _PROVIDER,
        "quality": _int_in(QUALITY_SEEN),
        "images": _list_of(_IMAGE),
    }
)
_CHECKS: Final[dict[str, Check]] = {
    "category": _text_up_to(MAX_CATEGORY_CHARS),
    "title": _text,
    "excerpt": _text,
    "publishedDateTime": _time,
    "originalUrl": _url,
    "webUrl": _url,
    "ampWebUrl": _url,
    "cdnAmpWebUrl": _url,
    "type": _text_up_to(MAX_TYPE_CHARS),
    "quality": _int_in(QUALITY_SEEN),
    "heat": _int_in(HEAT_SEEN),
    "published": _flag,
    "featuredContent": _text,
    "provider": _PROVIDER,
    "topics": _topics,
    "images": _list_of(_IMAGE),
    "related": _list_of(_RELATED),
    "secured": _secured,
}
