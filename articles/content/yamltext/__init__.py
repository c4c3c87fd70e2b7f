"""Edits of a YAML text in place: only the lines of the key that changes differ.

Every function takes a text and gives a text. `set_value` and `remove_value` break an edit into the smallest steps there
are (a scalar's span, an entry's lines, the items of a list), each on a text composed anew. They do not promise that
the result means what was meant: `document.py` reads it again and compares.
"""

import re
from typing import Any, Final

from yaml.nodes import MappingNode

from articles.content import grammar, quoting
from articles.content.keypath import KeyPath, NoSuchKey, step_in, value_at, with_value, without
from articles.content.matching import match
from articles.content.reading import compose, read
from articles.content.values import ABSENT, Absent, same
from articles.content.yamltext.lists import rearrange
from articles.content.yamltext.maps import insert, remove
from articles.content.yamltext.replacing import replace_on_line, replace_scalar, replace_whole
from articles.content.yamltext.spans import CannotEdit, Text, splice

__all__ = ["CannotEdit", "remove_value", "rewrite_entry", "set_on_line", "set_value", "take_entry"]

MAX_CHARS_COMPOSED: Final = 4 * 1024 * 1024
"""How much is read again and again for one edit; a front matter of the usual length allows a thousand steps."""


def set_value(front: str, fields: dict[Any, Any], path: KeyPath, value: Any, newline: str) -> str:
    """The text, which says `fields`, with a value for the key at `path`; raises `NoSuchKey` or `CannotEdit`."""
    known, rest = _longest_known(fields, path)
    old = value_at(fields, known)
    new = with_value(old, rest, value)
    if _count_steps(old, new) * len(front) > MAX_CHARS_COMPOSED:
        raise CannotEdit("So many steps would take long.")
    return _change(front, known, old, new, newline)


def set_on_line(front: str, fields: dict[Any, Any], path: KeyPath, value: Any) -> str:
    """The same, of a plain value that takes the place of another on a line of its own; raises `CannotEdit`."""
    old = fields.get(path[0], ABSENT) if len(path) == 1 else ABSENT
    if not isinstance(path[0], str) or any(isinstance(one, list | dict | Absent) for one in (old, value)):
        raise CannotEdit("No plain value of the root.")
    return replace_on_line(front, path[0], old, value)


def remove_value(front: str, fields: dict[Any, Any], path: KeyPath, newline: str) -> str:
    """The text, which says `fields`, without the key or item at `path`; raises `NoSuchKey` or `CannotEdit`."""
    old = value_at(fields, path[:-1])
    return _change(front, path[:-1], old, without(old, path[-1:]), newline)


def rewrite_entry(front: str, old: dict[Any, Any], name: Any, new: dict[Any, Any], newline: str) -> str:
    """The coarse edit: the lines of one key of the root are written anew, in the grammar."""
    text = Text(front, newline)
    if not isinstance(text.root, MappingNode) or text.root.flow_style:
        raise CannotEdit("The front matter is one flow map.")
    if name not in old:
        return insert(front, (), name, new[name], newline)
    entry = text.entry(text.root, step_in(old, name))
    start, end = text.line_start(entry.key.start_mark.index), text.line_end(text.content_end(entry.value))
    if name not in new:
        return front[:start] + front[end:]
    pad = " " * text.column(text.key_start(entry.key))
    lines = [pad + line for line in quoting.entry(name, new[name], grammar.style_of, (name,))]
    return front[:start] + "".join(line + newline for line in lines) + front[end:]


def take_entry(front: str, name: Any, other: str, newline: str) -> str:
    """The text with the lines of one key of the root as another text has them; raises `CannotEdit`."""
    own, wanted = _entry_lines(Text(front, newline), name), _entry_lines(Text(other, newline), name)
    lines = newline.join(re.split(r"\r\n|\n|\r", other[wanted[0] : wanted[1]]))
    return splice(front, *own, lines)


def _entry_lines(text: Text, name: Any) -> tuple[int, int]:
    """Where the lines of a key of the root begin, and where its value's last line ends but for the break."""
    if not isinstance(text.root, MappingNode) or text.root.flow_style:
        raise CannotEdit("The front matter is one flow map.")
    entry = text.entry(text.root, name)
    end = text.line_end(text.content_end(entry.value))
    return text.line_start(entry.key.start_mark.index), text.before_break(end)


def _change(front: str, path: KeyPath, old: Any, new: Any, newline: str) -> str:
    """One value becomes another, by the smallest steps that lead there."""
    if same(old, new):
        return front
    if isinstance(old, dict) and isinstance(new, dict) and old and new:
        return _change_map(front, path, old, new, newline)
    if isinstance(old, list) and isinstance(new, list) and old and new:
        return _change_list(front, path, old, new, newline)
    if not path:
        return _change_root(front, new, newline)
    if isinstance(old, list | dict) or isinstance(new, list | dict):
        return replace_whole(front, path, new, newline)
    return replace_scalar(front, path, new, newline)


def _count_steps(old: Any, new: Any) -> int:
    """How many times `_change` composes the text anew, at least."""
    if same(old, new):
        return 0
    if isinstance(old, dict) and isinstance(new, dict):
        return sum(_count_steps(old.get(name, ABSENT), new.get(name, ABSENT)) for name in {**old, **new})
    if isinstance(old, list) and isinstance(new, list):
        pairs = enumerate(match(old, new))
        return 1 + sum(_count_steps(old[source], new[place]) for place, source in pairs if source is not None)
    return 1


def _change_root(front: str, new: dict[Any, Any], newline: str) -> str:
    """From nothing to something, or from something to nothing."""
    if new:
        front = _without_empty_map(front)
        for name, value in new.items():
            front = insert(front, (), name, value, newline)
        return front
    for name in list(read(front).fields):
        front = remove(front, (), name, newline)
    return front


def _without_empty_map(front: str) -> str:
    """A front matter that is `{}` makes room for keys on lines of their own."""
    root = compose(front)
    if root is None or not isinstance(root, MappingNode):
        return front
    return splice(front, root.start_mark.index, root.end_mark.index, "").lstrip(" \r\n")


def _change_map(front: str, path: KeyPath, old: dict[Any, Any], new: dict[Any, Any], newline: str) -> str:
    for name, value in new.items():
        if name in old:
            front = _change(front, (*path, name), old[name], value, newline)
        else:
            front = insert(front, path, name, value, newline)
    for name in old:
        if name not in new:
            front = remove(front, path, name, newline)
    return front


def _change_list(front: str, path: KeyPath, old: list[Any], new: list[Any], newline: str) -> str:
    origin = match(old, new)
    if origin != list(range(len(old))):
        front = rearrange(front, path, origin, new, newline)
    for place, source in enumerate(origin):
        if source is not None:
            front = _change(front, (*path, place), old[source], new[place], newline)
    return front


def _longest_known(fields: dict[Any, Any], path: KeyPath) -> tuple[KeyPath, KeyPath]:
    for length in range(len(path), -1, -1):
        try:
            value_at(fields, path[:length])
        except NoSuchKey:
            continue
        return path[:length], path[length:]
    raise NoSuchKey(path)
