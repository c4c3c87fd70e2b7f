"""Edits of a YAML text in place: only the lines of the key that changes differ.

Every function takes a text and gives a text. `set_value` and `remove_value` break an edit into the smallest steps there
are (a scalar's span, an entry's lines, the items of a list), each on a text composed anew. They do not promise that
the result means what was meant: `document.py` reads it again and compares.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from articles.content import grammar, quoting
from articles.content.keypath import KeyPath, NoSuchKey, step_in, value_at, with_value, without
from articles.content.quoting import Style
from articles.content.reading import compose, read
from articles.content.values import same

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_COMMA: Final = re.compile(r"\s*,\s*")


class CannotEdit(Exception):
    """The text is written in a way that this edit does not know; a coarser one is needed."""


def set_value(front: str, path: KeyPath, value: Any, newline: str) -> str:
    """The text in which the key at `path` has a value; raises `NoSuchKey` or `CannotEdit`."""
    fields = read(front).fields
    known, rest = _longest_known(fields, path)
    old = value_at(fields, known)
    return _change(front, known, old, with_value(old, rest, value), newline)


def remove_value(front: str, path: KeyPath, newline: str) -> str:
    """The text without the key or item at `path`; raises `NoSuchKey` or `CannotEdit`."""
    fields = read(front).fields
    parent = path[:-1]
    return _change(
        front, parent, value_at(fields, parent), without(value_at(fields, parent), path[-1:]), newline
    )


def rewrite_entry(front: str, name: Any, fields: dict[Any, Any], newline: str) -> str:
    """The coarse edit: the lines of one key of the root are written anew, in the grammar."""
    text = _Text(front, newline)
    old_names = read(front).fields
    if not isinstance(text.root, MappingNode) or text.root.flow_style:
        raise CannotEdit("The front matter is one flow map.")
    if name not in old_names:
        return _insert(front, (), name, fields[name], newline)
    entry = text.entry(text.root, step_in(old_names, name))
    start, end = text.line_start(entry.key.start_mark.index), text.line_end(text.content_end(entry.value))
    if name not in fields:
        return front[:start] + front[end:]
    lines = quoting.entry(name, fields[name], grammar.style_of, (name,))
    return front[:start] + "".join(line + newline for line in lines) + front[end:]


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
        return _replace_whole(front, path, new, newline)
    return _replace_scalar(front, path, new, newline)


def _change_root(front: str, new: dict[Any, Any], newline: str) -> str:
    """From nothing to something, or from something to nothing."""
    if new:
        front = _without_empty_map(front)
        for name, value in new.items():
            front = _insert(front, (), name, value, newline)
        return front
    for name in list(read(front).fields):
        front = _remove(front, (), name, newline)
    return front


def _without_empty_map(front: str) -> str:
    """A front matter that is `{}` makes room for keys on lines of their own."""
    root = compose(front)
    if root is None or not isinstance(root, MappingNode):
        return front
    return _splice(front, root.start_mark.index, root.end_mark.index, "").lstrip(" \r\n")


def _change_map(front: str, path: KeyPath, old: dict[Any, Any], new: dict[Any, Any], newline: str) -> str:
    for name, value in new.items():
        if name in old:
            front = _change(front, (*path, name), old[name], value, newline)
        else:
            front = _insert(front, path, name, value, newline)
    for name in old:
        if name not in new:
            front = _remove(front, path, name, newline)
    return front


def _change_list(front: str, path: KeyPath, old: list[Any], new: list[Any], newline: str) -> str:
    origin = _match(old, new)
    if origin != list(range(len(old))):
        front = _rearrange(front, path, origin, new, newline)
    for place, source in enumerate(origin):
        if source is not None:
            front = _change(front, (*path, place), old[source], new[place], newline)
    return front


def _match(old: list[Any], new: list[Any]) -> list[int | None]:
    """For each new item the old one that it is or comes from, None for one without a forerunner."""
    origin: list[int | None] = [None] * len(new)
    free = list(range(len(old)))
    for alike in (same, _is_kin):
        for place, item in enumerate(new):
            if origin[place] is None:
                nearest = sorted(free, key=lambda source: abs(source - place))
                origin[place] = next((source for source in nearest if alike(old[source], item)), None)
                if origin[place] is not None:
                    free.remove(origin[place])
    for place, item in enumerate(new):
        if origin[place] is None and place in free and _is_text(old[place]) and _is_text(item):
            origin[place] = place
            free.remove(place)
    return origin


def _is_kin(one: Any, other: Any) -> bool:
    """Two maps that share an address or most of what they say are versions of one thing."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return False
    if "url" in one and "url" in other and one["url"] == other["url"]:
        return True
    shared = sum(1 for key, value in one.items() if key in other and same(value, other[key]))
    return shared > 0 and 2 * shared >= min(len(one), len(other))


def _is_text(value: Any) -> bool:
    return not isinstance(value, list | dict)


def _longest_known(fields: dict[Any, Any], path: KeyPath) -> tuple[KeyPath, KeyPath]:
    for length in range(len(path), -1, -1):
        try:
            value_at(fields, path[:length])
        except NoSuchKey:
            continue
        return path[:length], path[length:]
    raise NoSuchKey(path)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key of a map with its value, or an item of a list (then `key` is the item itself)."""

    key: Node
    value: Node


class _Text:
    """A text with its nodes, and where lines and values begin and end in it."""

    def __init__(self, front: str, newline: str) -> None:
        self.front = front
        self.newline = newline
        self.root = compose(front)

    def node(self, path: KeyPath) -> Node:
        node = self.root
        for step in path:
            if isinstance(node, MappingNode):
                node = self.entry(node, step).value
            elif isinstance(node, SequenceNode) and isinstance(step, int):
                node = node.value[step]
            else:
                raise CannotEdit(f"{step} leads to nothing.")
        if node is None:
            raise CannotEdit("The front matter is empty.")
        return node

    def entry(self, node: MappingNode, name: Any) -> _Entry:
        for key_node, value_node in node.value:
            if key_node.value == name or _key_value(key_node) == name or _key_value(key_node) == str(name):
                return _Entry(key_node, value_node)
        raise CannotEdit(f"{name} is not in the map.")

    def line_start(self, index: int) -> int:
        while index > 0 and self.front[index - 1] not in "\r\n":
            index -= 1
        return index

    def line_end(self, index: int) -> int:
        """Where the next line begins."""
        match = _BREAK.search(self.front, index)
        return len(self.front) if match is None else match.end()

    def break_at(self, index: int) -> str:
        """The line break that ends the line of a character; the file's own where the line has none."""
        match = _BREAK.search(self.front, index)
        return self.newline if match is None else match[0]

    def content_end(self, node: Node) -> int:
        """Where the last character of a value ends; libyaml's own mark of a block runs on over blank lines."""
        if isinstance(node, ScalarNode):
            return self._block_scalar_end(node) if node.style in ("|", ">") else int(node.end_mark.index)
        if node.flow_style:
            return int(node.end_mark.index)
        last = node.value[-1]
        return self.content_end(last[1] if isinstance(node, MappingNode) else last)

    def _block_scalar_end(self, node: ScalarNode) -> int:
        start, end = node.start_mark.index, node.end_mark.index
        header = self.front[start : self.line_end(start)]
        text = self.front[start:end]
        if "+" in header:
            return int(start + len(text) - len(_last_break(text)))
        return int(start + len(text.rstrip(" \r\n")))

    def starts_line(self, index: int) -> bool:
        return not self.front[self.line_start(index) : index].strip(" ")

    def colon(self, key: Node) -> int:
        """The index after the colon of a simple key."""
        match = re.compile(r"[ \t]*:").match(self.front, key.end_mark.index)
        if match is None or self.front[self.line_start(key.start_mark.index) :].lstrip(" -").startswith("?"):
            raise CannotEdit("The key is written with a question mark.")
        return match.end()

    def is_blank_line(self, start: int) -> bool:
        return start < len(self.front) and not self.front[start : self.line_end(start)].strip()

    def column(self, index: int) -> int:
        return index - self.line_start(index)


def _key_value(node: Node) -> Any:
    return node.value if isinstance(node, ScalarNode) else None


def _last_break(text: str) -> str:
    return "\r\n" if text.endswith("\r\n") else text[-1:] if text[-1:] in ("\n", "\r") else ""


def _splice(front: str, start: int, end: int, text: str) -> str:
    return front[:start] + text + front[end:]


def _in_flow(text: _Text, path: KeyPath) -> bool:
    """Whether a value stands inside brackets."""
    return any(getattr(text.node(path[:length]), "flow_style", False) for length in range(len(path)))


def _replace_scalar(front: str, path: KeyPath, value: Any, newline: str) -> str:
    text = _Text(front, newline)
    node = text.node(path)
    start, end = node.start_mark.index, text.content_end(node)
    style = _style_for(node, path)
    if style in ("|", ">") and isinstance(value, str):
        indent = _block_indent(text, node)
        block = quoting.block_text(value, style, indent, text.break_at(start))
        if block is not None:
            return _splice(front, start, end, block)
    written = quoting.scalar(value, style, in_flow=_in_flow(text, path))
    if start == end and front[start - 1 : start] not in (" ", "\t"):
        written = " " + written
    return _splice(front, start, end, written)


def _style_for(node: Node, path: KeyPath) -> Style:
    """The style a text keeps: its own; what the grammar says where a number or nothing stood before."""
    if isinstance(node, ScalarNode) and (node.style or node.tag.endswith(":str")):
        return node.style or ""
    return grammar.style_of(path)


def _block_indent(text: _Text, node: Node) -> int:
    first = text.line_end(node.start_mark.index)
    while text.is_blank_line(first):
        first = text.line_end(first)
    line = text.front[first : text.line_end(first)]
    return len(line) - len(line.lstrip(" ")) or 2


def _replace_whole(front: str, path: KeyPath, value: Any, newline: str) -> str:
    """A value of another shape takes the place of the old one; comments on the key's line stay."""
    text = _Text(front, newline)
    node = text.node(path)
    start, end = node.start_mark.index, text.content_end(node)
    if _in_flow(text, path) or (
        getattr(node, "flow_style", False) and not (isinstance(value, list | dict) and value)
    ):
        return _splice(
            front, start, end, _spaced(front, start, end, quoting.flow(value, grammar.style_of(path)))
        )
    parent = text.node(path[:-1])
    if isinstance(parent, SequenceNode):
        items = value_at(read(front).fields, path[:-1])
        place = path[-1]
        assert isinstance(place, int)
        origin: list[int | None] = [None if other == place else other for other in range(len(items))]
        return _rearrange(front, path[:-1], origin, [*items[:place], value, *items[place + 1 :]], newline)
    assert isinstance(parent, MappingNode)
    key = text.entry(parent, path[-1]).key
    after_colon = text.colon(key)
    on_key_line = text.line_start(start) == text.line_start(key.start_mark.index)
    if on_key_line:
        head = front[:after_colon] + _tail_of_line(text, end)
        rest = front[text.line_end(end) :]
    else:
        head = front[: text.line_end(after_colon)]
        rest = front[text.line_end(end) :]
    return _with_value_after(head, after_colon, value, path, text, key) + rest


def _with_value_after(head: str, after_colon: int, value: Any, path: KeyPath, text: _Text, key: Node) -> str:
    newline = text.break_at(after_colon)
    if not (isinstance(value, list | dict) and value):
        written = (
            quoting.flow(value)
            if isinstance(value, list | dict)
            else quoting.scalar(value, grammar.style_of(path))
        )
        return head[:after_colon] + " " + written + head[after_colon:]
    indent = text.column(key.start_mark.index) + 2
    lines = quoting.block(value, indent, grammar.style_of, path)
    return head + "".join(line + newline for line in lines)


def _tail_of_line(text: _Text, end: int) -> str:
    """What follows a value on its line: white space goes, a comment stays, the line break stays."""
    tail = text.front[end : text.line_end(end)]
    return " " + tail.lstrip(" \t") if tail.strip() else tail.lstrip(" \t") or text.newline


def _spaced(front: str, start: int, end: int, written: str) -> str:
    return (
        " " + written if start == end and front[start - 1 : start] not in (" ", "\t", "[", "{") else written
    )


def _insert(front: str, path: KeyPath, name: Any, value: Any, newline: str) -> str:
    """A new key goes behind the nearest key that the grammar has before it; one it does not know goes last."""
    text = _Text(front, newline)
    if text.root is None or not read(front).fields:
        return front + "".join(
            line + newline for line in quoting.entry(name, value, grammar.style_of, (*path, name))
        )
    parent = text.node(path)
    if not isinstance(parent, MappingNode):
        raise CannotEdit("A key can only go into a map.")
    place = _place_of(parent, path, name)
    if parent.flow_style:
        return _insert_in_flow(text, parent, place, name, value)
    if place == 0:
        return _insert_first(text, parent, path, name, value)
    previous = _Entry(*parent.value[place - 1])
    at = text.line_end(text.content_end(previous.value))
    pad = " " * text.column(parent.value[0][0].start_mark.index)
    line_break = text.break_at(previous.key.start_mark.index)
    lines = [pad + line for line in quoting.entry(name, value, grammar.style_of, (*path, name))]
    if not path and name in grammar.BLANK_LINE_BEFORE and _separates_by_blank_lines(text, parent):
        lines.insert(0, "")
    before = "" if at == 0 or front[at - 1] in "\r\n" else line_break
    return _splice(front, at, at, before + "".join(line + line_break for line in lines))


def _insert_first(text: _Text, parent: MappingNode, path: KeyPath, name: Any, value: Any) -> str:
    start = parent.value[0][0].start_mark.index
    line_break = text.break_at(start)
    pad = " " * text.column(start)
    lines = quoting.entry(name, value, grammar.style_of, (*path, name))
    return _splice(text.front, start, start, (line_break + pad).join([*lines, ""]))


def _place_of(parent: MappingNode, path: KeyPath, name: Any) -> int:
    """Behind which entry a new key goes, as the number of entries before it."""
    order = grammar.keys_of(path)
    present = [_key_value(key) for key, _ in parent.value]
    if name not in order:
        return len(present)
    before = order[: order.index(name)]
    places = [place for place, known in enumerate(present) if known in before]
    if places:
        # Behind the nearest in the grammar, wherever the file has it.
        nearest = max((order.index(present[place]), place) for place in places)[1]
        return nearest + 1
    return 0


def _separates_by_blank_lines(text: _Text, root: MappingNode) -> bool:
    """Whether this file has the grammar's blank lines; a file with none of those keys is taken to have them."""
    starts = [key.start_mark.index for key, _ in root.value if _key_value(key) in grammar.BLANK_LINE_BEFORE]
    starts = [text.line_start(start) for start in starts if text.line_start(start) > 0]
    return not starts or any(_line_before_is_blank(text, start) for start in starts)


def _line_before_is_blank(text: _Text, start: int) -> bool:
    return start > 0 and text.is_blank_line(text.line_start(_before_break(text.front, start)))


def _before_break(front: str, start: int) -> int:
    """The index at which the line break before a line begins."""
    return start - 2 if front[:start].endswith("\r\n") else start - 1


def _remove(front: str, path: KeyPath, name: Any, newline: str) -> str:
    text = _Text(front, newline)
    parent = text.node(path)
    assert isinstance(parent, MappingNode)
    entry = text.entry(parent, name)
    if parent.flow_style:
        return _remove_in_flow(text, parent, entry)
    key_start = entry.key.start_mark.index
    end = text.line_end(text.content_end(entry.value))
    start = text.line_start(key_start)
    if not text.starts_line(key_start):
        if front[start:key_start].lstrip(" ").startswith("?"):
            return _splice(front, start, end, "")
        return _remove_first_on_dash_line(text, parent, key_start)
    if not path and _line_before_is_blank(text, start) and (end >= len(front) or text.is_blank_line(end)):
        start = text.line_start(_before_break(front, start))
    return _splice(front, start, end, "")


def _remove_first_on_dash_line(text: _Text, parent: MappingNode, key_start: int) -> str:
    """`- url: x` loses its first key: the next one moves up to the dash."""
    if len(parent.value) < 2:
        raise CannotEdit("The map would be empty.")
    following = parent.value[1][0].start_mark.index
    return _splice(text.front, key_start, following, "")


def _rearrange(front: str, path: KeyPath, origin: list[int | None], new: list[Any], newline: str) -> str:
    """A list in a new order: kept items go along with their own lines, new ones are written in the grammar."""
    text = _Text(front, newline)
    node = text.node(path)
    if not isinstance(node, SequenceNode):
        raise CannotEdit("Not a list.")
    if node.flow_style:
        return _rearrange_in_flow(text, node, origin, new)
    items = _items(text, node)
    column = text.column(items[0].dash)
    pad = " " * column
    line_break = text.break_at(items[0].dash)
    written = []
    for place, source in enumerate(origin):
        if source is None:
            lines = quoting.list_item(new[place], _style_like(node, path), (*path, place))
            written.append("".join(pad + line + line_break for line in lines))
        else:
            written.append(items[source].lead + _ended(items[source].text, line_break))
    kept = {source for source in origin if source is not None}
    comments = "".join(
        item.lead for place, item in enumerate(items) if place not in kept and item.lead.strip()
    )
    start = text.line_start(items[0].dash)
    return _splice(front, start, items[-1].end, "".join(written) + comments)


def _ended(lines: str, line_break: str) -> str:
    return lines if lines.endswith(("\n", "\r")) else lines + line_break


@dataclass(frozen=True, slots=True)
class _Item:
    """The lines of one item: `lead` (blank and comment lines above it), `text` from the line of its dash to `end`."""

    dash: int
    lead: str
    text: str
    end: int


def _items(text: _Text, node: SequenceNode) -> list[_Item]:
    first = node.start_mark.index
    if text.front[first : first + 1] != "-" or not text.starts_line(first):
        raise CannotEdit("The list begins behind something else on its line.")
    column = text.column(first)
    dash_line = re.compile(rf" {{{column}}}-(?=\s|$)")
    items: list[_Item] = []
    at = text.line_start(first)
    for item in node.value:
        start = at
        while not dash_line.match(text.front, start):
            start = text.line_end(start)
            if start >= len(text.front):
                raise CannotEdit("An item without its dash.")
        end = text.line_end(max(text.content_end(item), start))
        items.append(_Item(start + column, text.front[at:start], text.front[start:end], end))
        at = end
    return items


def _style_like(node: SequenceNode, path: KeyPath) -> Any:
    """New texts of a list look like the ones it has; what stands in maps follows the grammar."""
    styles = [
        item.style or "" for item in node.value if isinstance(item, ScalarNode) and item.tag.endswith(":str")
    ]

    def style_of(item_path: tuple[Any, ...]) -> Style:
        if len(item_path) == len(path) + 1 and styles and styles[0] in ("'", '"', ""):
            return styles[0]
        return grammar.style_of(item_path)

    return style_of


def _rearrange_in_flow(text: _Text, node: SequenceNode, origin: list[int | None], new: list[Any]) -> str:
    spans = [(item.start_mark.index, text.content_end(item)) for item in node.value]
    style = _style_like(node, ())((0,))
    written = [
        quoting.flow(new[place], style) if source is None else text.front[slice(*spans[source])]
        for place, source in enumerate(origin)
    ]
    comma = text.front[spans[0][1] : spans[1][0]] if len(spans) > 1 else ", "
    comma = comma if _COMMA.fullmatch(comma) else ", "
    return _splice(text.front, spans[0][0], spans[-1][1], comma.join(written))


def _insert_in_flow(text: _Text, parent: MappingNode, place: int, name: Any, value: Any) -> str:
    quoted_keys = parent.value and parent.value[0][0].style == '"'
    written_key = quoting.text(name, '"', in_flow=True) if quoted_keys else quoting.key(name, in_flow=True)
    written = f"{written_key}: {quoting.flow(value)}"
    if place == 0:
        at = parent.value[0][0].start_mark.index
        return _splice(text.front, at, at, written + ", ")
    at = text.content_end(parent.value[place - 1][1])
    return _splice(text.front, at, at, ", " + written)


def _remove_in_flow(text: _Text, parent: MappingNode, entry: _Entry) -> str:
    keys = [key for key, _ in parent.value]
    place = keys.index(entry.key)
    if place + 1 < len(keys):
        return _splice(text.front, entry.key.start_mark.index, keys[place + 1].start_mark.index, "")
    if place == 0:
        raise CannotEdit("The map would be empty.")
    previous = text.content_end(parent.value[place - 1][1])
    return _splice(text.front, previous, text.content_end(entry.value), "")
