"""YAML text to values: one parse by libyaml to nodes with marks, from which come both the values and the spans.

YAML 1.1, as PyYAML and Jekyll's libyaml read it. What could grow while it is loaded, or hide in a file unseen, is
refused before any value is made: aliases, merge keys, duplicate keys, foreign tags, depth and number beyond bounds.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.resolver import Resolver

from articles.content.crawled import Crawled, NotCrawled
from articles.content.explaining import explain
from articles.content.keypath import KeyPath, show
from articles.content.lines import line_number
from articles.content.problems import Problem, ProblemError, error, warning
from articles.content.values import Unread

MAX_FRONT_MATTER_CHARS: Final = 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000
MAX_NUMBER_CHARS: Final = 40
MAX_KNOWN_SCALARS: Final = 10_000
UNREADABLE: Final = (ValueError, OverflowError, KeyError, IndexError, ConstructorError)
"""What `scalar_value` raises where no value can be made."""

_TAG: Final = "tag:yaml.org,2002:"
_STR, _INT, _MERGE = _TAG + "str", _TAG + "int", _TAG + "merge"
_MAPS: Final = frozenset({_TAG + "map", "!"})
_LISTS: Final = frozenset({_TAG + "seq", "!"})

_BLOCK_PREFIX: Final = re.compile(r"(?:\A|[\n\r\x85\u2028\u2029])[ \t\-?:]*")
_ANCHOR: Final = re.compile(r"(?:!\S*\s+)?&")


class Reading(NamedTuple):
    """What a front matter says. `front` is its text where it was read without libyaml, which then makes the nodes."""

    fields: dict[Any, Any]
    problems: tuple[Problem, ...]
    nodes: Node | None
    front: str | None = None

    @property
    def root(self) -> Node | None:
        """None when nothing stands in it, or when it cannot be read."""
        return self.nodes if self.front is None else _root_of(self.front)


def read(front: str, first_line: int = 1) -> Reading:
    """The values of a front matter and what is wrong with it; lines are counted from `first_line` on."""
    try:
        return Reading(_CRAWLED.read(front), (), None, front)
    except NotCrawled:
        return read_by_libyaml(front, first_line)


def read_by_libyaml(front: str, first_line: int = 1) -> Reading:
    """The same, of whatever form."""
    try:
        root = compose(front)
    except ProblemError as refusal:
        return Reading({}, (refusal.problem.below(first_line),), None)
    reader = _Reader(front, first_line)
    if root is None or _is_blank(root):
        return Reading({}, (), None)
    if not isinstance(root, MappingNode):
        problem = error(
            "not_a_map", "The front matter is not a map. Write it as lines of 'key: value'.", line=first_line
        )
        return Reading({}, (problem,), None)
    fields = reader.value(root, ())
    if reader.has_errors:
        return Reading({}, tuple(reader.problems), None)
    return Reading(fields, tuple(reader.problems), root)


def compose(front: str) -> Node | None:
    """The nodes of a YAML text, None for an empty one; raises `ProblemError`, its line counted from 0 on."""
    _check_bounds(front)
    loader = _Loader(front)
    try:
        node: Node | None = loader.get_single_node()
    except yaml.YAMLError as refusal:
        raise ProblemError(explain(front, refusal)) from refusal
    finally:
        loader.dispose()
    return node


@lru_cache(maxsize=1)
def _root_of(front: str) -> Node | None:
    """Kept for one text, of which many lines may be asked for."""
    return compose(front)


def scalar_value(node: ScalarNode) -> Any:
    """The value of one scalar; raises one of `UNREADABLE` where none can be made."""
    if node.tag == _STR:
        return node.value
    if len(node.value) > MAX_NUMBER_CHARS and node.tag != _TAG + "null":
        raise OverflowError
    return _SCALARS[node.tag](node)


class _Loader(yaml.CSafeLoader):
    """libyaml's loader, which remembers what the plain scalars it met were taken for: keys come again and again."""

    _known: ClassVar[dict[str, str]] = {}

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:
        if kind is not ScalarNode:
            return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]
        if not implicit[0]:
            return _STR
        tag = self._known.get(value)
        if tag is None:
            tag = str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]
            if len(self._known) >= MAX_KNOWN_SCALARS:
                self._known.clear()
            if len(value) <= MAX_NUMBER_CHARS:
                self._known[value] = tag
        return tag


class _Aliases:
    """Which nodes come a second time, and where: libyaml gives for an alias the node, and the marks, of its anchor."""

    def __init__(self, front: str) -> None:
        self._seen: set[int] = set()
        self._looked_until = 0
        self._places = _places_of_aliases(front)

    def place_of(self, node: Node) -> int | None:
        """Where the alias stands that led here, None where none did. Asked of each node in the order of the text."""
        if id(node) not in self._seen:
            self._seen.add(id(node))
            self._looked_until = node.start_mark.index
            return None
        place = next(place for place in self._places if place >= self._looked_until)
        self._looked_until = place + 1
        return place

    def pass_over(self, node: Node) -> None:
        self._looked_until = max(self._looked_until, node.end_mark.index)


def _places_of_aliases(front: str) -> Iterator[int]:
    for event in yaml.parse(front, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent) and event.start_mark:
            yield event.start_mark.index


class _Reader:
    """Makes values of nodes and collects problems on the way."""

    def __init__(self, front: str, first_line: int) -> None:
        self.front = front
        self.first_line = first_line
        self.problems: list[Problem] = []
        self.aliases = _Aliases(front) if "*" in front else None

    @property
    def has_errors(self) -> bool:
        return any(problem.is_error for problem in self.problems)

    def value(self, node: Node, path: KeyPath) -> Any:
        if self.aliases is not None and self._is_alias(self.aliases, node, path):
            return None
        start = node.start_mark.index
        mark = self.front[start : start + 1]
        if mark == "&" or mark == "!":
            self._look_at_properties(node, path)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, MappingNode):
            return self._map(node, path)
        if node.tag not in _LISTS:
            self._refuse_tag(node, path)
        return [self.value(item, (*path, place)) for place, item in enumerate(node.value)]

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Any:
        if node.style == '"' and "\0" in node.value:
            self._add(error, "nul", "The text holds a NUL character (\\0). Take it out.", node, path)
        if node.tag == _STR:
            return node.value
        if node.tag not in _SCALARS:
            self._refuse_tag(node, path)
            return None
        try:
            return scalar_value(node)
        except UNREADABLE:
            return self._unread(node, path)

    def _unread(self, node: ScalarNode, path: KeyPath) -> Unread:
        if node.tag == _TAG + "timestamp":
            code, what = "impossible_date", "no such date exists. Write it as 2020-12-29T20:23:00Z"
        else:
            code, what = "bad_number", "no number can be made of it. Put it in quotes if it is text"
        self._add(warning, code, f"'{_shortened(node.value)}': {what}.", node, path)
        return Unread(node.value)

    def _map(self, node: MappingNode, path: KeyPath) -> dict[Any, Any]:
        if node.tag not in _MAPS:
            self._refuse_tag(node, path)
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            inner = (*path, key if isinstance(key, str) else str(key))
            if key in result:
                message = f"The key '{_shortened(key_node.value)}' stands here a second time. Keep one of the two."
                self._add(error, "duplicate_key", message, key_node, inner)
            result[key] = self.value(value_node, inner)
        return result

    def _key(self, node: Node, path: KeyPath) -> Any:
        if not isinstance(node, ScalarNode):
            if self.aliases is not None and self._is_alias(self.aliases, node, path):
                return None
            self._add(error, "bad_key", "A key is a list or a map. Write it as plain text.", node, path)
            if self.aliases is not None:
                self.aliases.pass_over(node)
            return None
        if node.tag == _MERGE:
            self._add(error, "merge_key", "A merge key '<<' is not read. Write the merged keys out.", node, path)
            return "<<"
        return self.value(node, path)

    def _look_at_properties(self, node: Node, path: KeyPath) -> None:
        if _ANCHOR.match(self.front, node.start_mark.index):
            message = "An anchor (&) serves no purpose here, as aliases are not read. Take it out."
            self._add(warning, "anchor", message, node, path)

    def _is_alias(self, aliases: _Aliases, node: Node, path: KeyPath) -> bool:
        place = aliases.place_of(node)
        if place is None:
            return False
        message = "An alias (*) repeats a value from elsewhere in the file. Write the value out in both places."
        self._add_at(error, "alias", message, place, path)
        return True

    def _refuse_tag(self, node: Node, path: KeyPath) -> None:
        message = f"The tag '{_shortened(str(node.tag))}' is not read. Take it out, or put the value in quotes."
        self._add(error, "unknown_tag", message, node, path)

    def _add(self, make: Callable[..., Problem], code: str, message: str, node: Node, path: KeyPath) -> None:
        self._add_at(make, code, message, node.start_mark.index, path)

    def _add_at(self, make: Callable[..., Problem], code: str, message: str, place: int, path: KeyPath) -> None:
        line = self.first_line + line_number(self.front, place)
        self.problems.append(make(code, message, line=line, key=show(path) or None))


def _int(node: ScalarNode) -> int:
    text = node.value
    if text.isdecimal() and text.isascii() and (text[0] != "0" or len(text) == 1):
        return int(text)
    return int(_CONSTRUCTOR.construct_yaml_int(node))


def _time(node: ScalarNode) -> Any:
    text = node.value
    if len(text) == 20 and text[10] == "T" and text[19] == "Z":
        return datetime.fromisoformat(text)
    if not SafeConstructor.timestamp_regexp.match(text):
        raise ValueError  # something else under the tag !!timestamp
    return _CONSTRUCTOR.construct_yaml_timestamp(node)


_CONSTRUCTOR: Final = SafeConstructor()
_SCALARS: Final[dict[str, Callable[[ScalarNode], Any]]] = {
    _STR: lambda node: node.value,
    "!": lambda node: node.value,
    _MERGE: lambda node: node.value,
    _TAG + "value": lambda node: node.value,
    _TAG + "null": lambda node: None,
    _TAG + "bool": _CONSTRUCTOR.construct_yaml_bool,
    _INT: _int,
    _TAG + "float": _CONSTRUCTOR.construct_yaml_float,
    _TAG + "timestamp": _time,
}


def _plain_value(text: str) -> Any:
    """What libyaml makes of a plain text; raises where it makes nothing of it."""
    return scalar_value(ScalarNode(_RESOLVER.resolve(ScalarNode, text, (True, False)), text))  # type: ignore[no-untyped-call]


_RESOLVER: Final = Resolver()
_CRAWLED: Final = Crawled(_plain_value)


def _is_blank(root: Node) -> bool:
    return isinstance(root, ScalarNode) and root.tag == _TAG + "null" and not root.value


def _check_bounds(front: str) -> None:
    """Raises `ProblemError` for what would take long or much to read, before libyaml makes anything of it."""
    check_size(front)
    if _depth_at_most(front) > MAX_DEPTH or _nodes_at_most(front) > MAX_NODES:
        _count_exactly(front)


def check_size(front: str, max_chars: int = MAX_FRONT_MATTER_CHARS) -> None:
    """Raises `ProblemError` for a front matter that is too long."""
    if len(front) > max_chars:
        message = f"The front matter has {len(front):,} characters; at most {max_chars:,} are read. Shorten it."
        raise ProblemError(error("too_large", message, line=0))


def _depth_at_most(front: str) -> int:
    """An upper bound that costs a glance: every flow bracket, and two for every column of block indentation.

    A map and the list that is its value may begin in the same column.
    """
    flow = front.count("[") + front.count("{")
    if flow > MAX_DEPTH:
        return flow
    return flow + 2 + 2 * max(map(len, _BLOCK_PREFIX.findall(front)))


def _nodes_at_most(front: str) -> int:
    return 3 * sum(map(front.count, ("\n", "\r", "\x85", "\u2028", "\u2029", ",", ": ", "- ", "[", "{", "?")))


def _count_exactly(front: str) -> None:
    """Walks the parser's events, which nest nothing and keep nothing, and stops at the first bound that is passed."""
    depth = nodes = 0
    try:
        for event in _events(front):
            if isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
                continue
            nodes += isinstance(event, yaml.NodeEvent)
            depth += isinstance(event, yaml.CollectionStartEvent)
            if depth > MAX_DEPTH:
                _refuse(front, event, "too_deep", f"Lists and maps nest deeper than {MAX_DEPTH} levels. Flatten them.")
            if nodes > MAX_NODES:
                _refuse(front, event, "too_many", f"The front matter holds more than {MAX_NODES:,} values. Shorten it.")
    except yaml.YAMLError as refusal:
        raise ProblemError(explain(front, refusal)) from refusal


def _events(front: str) -> Iterator[Any]:
    return iter(yaml.parse(front, Loader=yaml.CSafeLoader))


def _refuse(front: str, event: Any, code: str, message: str) -> None:
    raise ProblemError(error(code, message, line=line_number(front, event.start_mark.index)))


def _shortened(text: str) -> str:
    text = text.replace("\0", "\\0")  # no database holds it, and the report goes into one
    return text if len(text) <= 60 else text[:57] + "..."
