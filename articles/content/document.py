"""One file in memory: bytes to fields and body, edits in place, and back to bytes.

    document = Document.read(data, "_news/2020-12-29-x.md")
    document.fields["title"]
    document.set("provider.name", "Example Times")
    document.to_bytes()

A document that nobody edits gives back the bytes it was read from. After each edit the text is read again and every
value compared with what was meant; an edit that would do anything else is refused, and the document stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from yaml.nodes import MappingNode, Node, SequenceNode

from articles.content import grammar, keypath, yamltext
from articles.content.fences import Format, Parts, cut
from articles.content.foreign import read_json, read_toml
from articles.content.keypath import KeyPath, NoSuchKey
from articles.content.lines import line_number
from articles.content.problems import Problem, ProblemError, error
from articles.content.quoting import MAX_KEY_CHARS
from articles.content.reading import MAX_DEPTH, MAX_FRONT_MATTER_CHARS, MAX_NUMBER_CHARS, Reading, read
from articles.content.values import UNSTORABLE, same

LEAST_TOO_LARGE: Final = 10 ** (MAX_NUMBER_CHARS - 1)


class EditRefused(ProblemError):
    """An edit that cannot be made, or that would not read back as it was meant. Nothing was changed."""


class Document:
    """A file: `fields` are its front matter's values, `body` the text below, `problems` what is wrong with it."""

    def __init__(self, data: bytes, path: str, parts: Parts | None, reading: Reading) -> None:
        self.path = path
        self._data = data
        self._parts = parts
        self._reading = reading

    @classmethod
    def read(cls, data: bytes, path: str = "") -> Document:
        """The document that a file's bytes are. Whatever is wrong with them becomes a problem, not an exception."""
        parts = cut(data)
        if isinstance(parts, Problem):
            return cls(data, path, None, Reading({}, (parts,), None))
        return cls(data, path, parts, _READERS[parts.format](parts.front, parts.first_line))

    @classmethod
    def new(cls, fields: Mapping[Any, Any], path: str = "", *, newline: str = "\n") -> Document:
        """A file that does not exist yet, written as the crawler would write it."""
        meant = grammar.ordered(storable(fields))
        try:
            document = cls.read(grammar.new_file(meant, newline).encode(), path)
        except ValueError as refusal:
            raise EditRefused(error("not_editable", f"{refusal}", path=path)) from refusal
        if not document.is_readable or not same(document.fields, meant):
            message = "These values cannot be written as a front matter that reads back as them."
            raise EditRefused(error("not_editable", message, path=path))
        return document

    def copy(self) -> Document:
        """One of its own to edit."""
        return Document(self._data, self.path, self._parts, self._reading)

    @property
    def fields(self) -> dict[Any, Any]:
        return self._reading.fields

    @property
    def body(self) -> str:
        return self._parts.body if self._parts else ""

    @property
    def format(self) -> Format:
        """`yaml`; `toml` and `json` are read and not written; `none`: no front matter was found."""
        return self._parts.format if self._parts else "none"

    @property
    def newline(self) -> str:
        """The line break of the first line."""
        return self._parts.newline if self._parts else "\n"

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem.at(self.path) for problem in self._reading.problems)

    @property
    def is_readable(self) -> bool:
        """No error: the fields are those of the file."""
        problems = self._reading.problems
        return not problems or not any(problem.is_error for problem in problems)

    def to_bytes(self) -> bytes:
        return self._data

    def get(self, key: str, default: Any = None) -> Any:
        """The value at a key such as `images[0].url`."""
        try:
            return keypath.value_at(self.fields, self._steps(key))
        except NoSuchKey:
            return default

    def line_of(self, key: str | KeyPath) -> int | None:
        """The line of the file, from 1 on, where a key or item stands; that of its nearest parent where it is none."""
        node = self._reading.root
        if node is None or self._parts is None:
            return None
        index = node.start_mark.index
        for step in self._steps(key):
            found = _child(node, step)
            if found is None:
                break
            index, node = found
        return self._parts.first_line + line_number(self._parts.front, index)

    def set(self, key: str | KeyPath, value: Any) -> None:
        """Give a key a value: text, number, bool, None, datetime, date, list or map. Raises `EditRefused`.

        Maps on the way are made; `images[2]` adds an item to a list of two.
        """
        self._edit(self._steps_to_edit(key), value)

    def remove(self, key: str | KeyPath) -> None:
        """Take a key or an item of a list away. Raises `EditRefused`, also where there is none."""
        path = self._steps_to_edit(key)
        self._try(
            path,
            lambda: keypath.without(self.fields, path),
            lambda parts: yamltext.remove_value(parts.front, self.fields, path, parts.newline),
        )

    def write_as(self, other: Document, name: Any) -> None:
        """Write a key of the root as another document writes the same value: its quotes, its comments, its indentation.

        Where the values differ, or the lines mean something else here, nothing is changed.
        """
        if self._parts is None or other._parts is None or name not in self.fields or name not in other.fields:
            return
        if same(self.fields[name], other.fields[name]):
            theirs = other._parts.front
            self._take(self._parts, lambda own: yamltext.take_entry(own.front, name, theirs, own.newline), self.fields)

    def _edit(self, path: KeyPath, value: Any) -> None:
        value = storable(value, path)
        if self._says(path, value):
            self._editable()
            return
        self._try(
            path,
            lambda: keypath.with_value(self.fields, path, value),
            lambda parts: yamltext.set_on_line(parts.front, self.fields, path, value),
            lambda parts: yamltext.set_value(parts.front, self.fields, path, value, parts.newline),
        )

    def _says(self, path: KeyPath, value: Any) -> bool:
        try:
            return same(keypath.value_at(self.fields, path), value)
        except NoSuchKey:
            return False

    def _try(self, path: KeyPath, mean: Callable[[], Any], *edits: Callable[[Parts], str]) -> None:
        """Make the edit by the first of the ways that reads back as meant; by none of them, write the root key anew."""
        parts = self._editable()
        try:
            meant = mean()
        except (NoSuchKey, TypeError) as missing:
            message = f"The file has no '{keypath.show(path)}' to change. Give a key that leads to a value."
            raise EditRefused(error("no_such_key", message, path=self.path, key=keypath.show(path))) from missing
        name = keypath.step_in(meant, path[0]) if path[0] not in self.fields else path[0]
        anew = lambda parts: yamltext.rewrite_entry(parts.front, self.fields, name, meant, parts.newline)  # noqa: E731
        for attempt in (*edits, anew):
            if self._take(parts, attempt, meant):
                return
        message = f"'{keypath.show(path)}' cannot be changed in place in this file. Change it there by hand."
        raise EditRefused(
            error("not_editable", message, path=self.path, line=self.line_of(path), key=keypath.show(path))
        )

    def _take(self, parts: Parts, attempt: Callable[[Parts], str], meant: dict[Any, Any]) -> bool:
        try:
            data = parts.joined(attempt(parts))
        except (yamltext.CannotEdit, ProblemError, NoSuchKey, ValueError):
            return False
        changed = Document.read(data, self.path)
        if not changed.is_readable or not same(changed.fields, meant) or changed.body != self.body:
            return False
        self._data, self._parts, self._reading = data, changed._parts, changed._reading
        return True

    def _editable(self) -> Parts:
        if self._parts is None or not self.is_readable:
            first = next(problem for problem in self.problems if problem.is_error)
            message = f"The file cannot be edited before this is mended: {first.message}"
            raise EditRefused(error("not_editable", message, path=self.path, line=first.line))
        if self._parts.format != "yaml":
            message = (
                f"{self._parts.format.upper()} front matter is read but not written. Turn it into YAML to edit it here."
            )
            raise EditRefused(error("not_editable", message, path=self.path, line=self._parts.first_line))
        return self._parts

    def _steps(self, key: str | KeyPath) -> KeyPath:
        """A key of the root is taken as it is, also with a point or a bracket in it."""
        if isinstance(key, tuple):
            return key
        return (key,) if key in self.fields else keypath.parse(key)

    def _steps_to_edit(self, key: str | KeyPath) -> KeyPath:
        try:
            return self._steps(key)
        except ProblemError as refusal:
            raise EditRefused(refusal.problem.at(self.path)) from refusal


def _child(node: Node, step: str | int) -> tuple[int, Node] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if getattr(key, "value", None) == str(step):
                return key.start_mark.index, value
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.index, item
    return None


def storable(value: Any, path: KeyPath = ()) -> Any:
    """The value as it will read back: times in UTC, tuples as lists; raises `EditRefused` for what no file can hold."""
    if len(path) > MAX_DEPTH:
        message = f"Lists and maps nest deeper than {MAX_DEPTH} levels. Flatten them."
        raise EditRefused(error("too_deep", message, key=keypath.show(path[:1])))
    match value:
        case str():
            return _storable_text(value, path)
        case datetime():
            return _in_utc(value, path)
        case int() if not -LEAST_TOO_LARGE < value < LEAST_TOO_LARGE:
            message = "The number has too many digits. Put it in quotes if it is text."
            raise EditRefused(error("number_too_large", message, key=keypath.show(path) or None))
        case None | bool() | int() | float() | date():
            return value
        case list() | tuple():
            return [storable(item, (*path, place)) for place, item in enumerate(value)]
        case Mapping():
            return {_storable_name(name, path): storable(item, (*path, str(name))) for name, item in value.items()}
    message = f"{type(value).__name__} is no value that a front matter can hold."
    raise EditRefused(error("wrong_type", message, key=keypath.show(path)))


def _storable_name(name: Any, path: KeyPath) -> Any:
    if isinstance(name, tuple | Mapping) or len(str(name)) > MAX_KEY_CHARS:
        message = f"A key is a text or a number, of at most {MAX_KEY_CHARS:,} characters. Shorten '{str(name)[:40]}'."
        raise EditRefused(error("bad_key", message, key=keypath.show(path) or None))
    return storable(name, (*path, str(name)))


def _storable_text(value: str, path: KeyPath) -> str:
    if UNSTORABLE.search(value):
        message = "The text holds a character (NUL or half of a pair) that no file can hold. Take it out."
        raise EditRefused(error("nul", message, key=keypath.show(path)))
    if len(value) > MAX_FRONT_MATTER_CHARS:
        message = f"The text has {len(value):,} characters; at most {MAX_FRONT_MATTER_CHARS:,} are read. Shorten it."
        raise EditRefused(error("too_large", message, key=keypath.show(path)))
    return str(value)


def _in_utc(value: datetime, path: KeyPath) -> datetime:
    try:
        return value if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError) as refusal:
        message = "The time lies outside the years 1 to 9999 in UTC. Give another."
        raise EditRefused(error("impossible_date", message, key=keypath.show(path))) from refusal


_READERS: Final[dict[Format, Callable[[str, int], Reading]]] = {
    "yaml": read,
    "toml": read_toml,
    "json": read_json,
}
