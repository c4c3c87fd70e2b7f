"""Edits of a YAML text in place: only the lines of the key that changes differ.

Every function takes a text and gives a text. `set_value` and `remove_value` break an edit into the smallest steps there
are (a scalar's span, an entry's lines, the items of a list), each on a text composed anew. They do not promise that
the result means what was meant: `document.py` reads it again and compares.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from articles.content import flowtext, grammar, quoting
from articles.content.keypath import KeyPath, NoSuchKey, step_in, value_at, with_value, without
from articles.content.matching import match
from articles.content.quoting import Style
from articles.content.reading import UNREADABLE, compose, read, scalar_value
from articles.content.values import ABSENT, same

_BREAK: Final = re.compile(r"\r\n|\n|\r")
MAX_CHARS_COMPOSED: Final = 4 * 1024 * 1024
"""How much is read again and again for one edit; a front matter of the usual length allows a thousand steps."""

_BLANK_LINES: Final = re.compile(r"(?: *(?:\r\n|\n|\r))*+")
_BLANK_REST: Final = re.compile(r"(?: +(?=[\r\n]))?")
_INDENT: Final = re.compile(r" *(?:[-?] +)*")
_QUESTION_MARK: Final = re.compile(r"\?[ \t]+$")


class CannotEdit(Exception):
    """The text is written in a way that this edit does not know; a coarser one is needed."""


def set_value(front: str, fields: dict[Any, Any], path: KeyPath, value: Any, newline: str) -> str:
    """The text, which says `fields`, with a value for the key at `path`; raises `NoSuchKey` or `CannotEdit`."""
    known, rest = _longest_known(fields, path)
    old = value_at(fields, known)
    new = with_value(old, rest, value)
    if _count_steps(old, new) * len(front) > MAX_CHARS_COMPOSED:
        raise CannotEdit("So many steps would take long.")
    return _change(front, known, old, new, newline)


def remove_value(front: str, fields: dict[Any, Any], path: KeyPath, newline: str) -> str:
    """The text, which says `fields`, without the key or item at `path`; raises `NoSuchKey` or `CannotEdit`."""
    old = value_at(fields, path[:-1])
    return _change(front, path[:-1], old, without(old, path[-1:]), newline)


def rewrite_entry(front: str, old: dict[Any, Any], name: Any, new: dict[Any, Any], newline: str) -> str:
    """The coarse edit: the lines of one key of the root are written anew, in the grammar."""
    text = _Text(front, newline)
    if not isinstance(text.root, MappingNode) or text.root.flow_style:
        raise CannotEdit("The front matter is one flow map.")
    if name not in old:
        return _insert(front, (), name, new[name], newline)
    entry = text.entry(text.root, step_in(old, name))
    start, end = text.line_start(entry.key.start_mark.index), text.line_end(text.content_end(entry.value))
    if name not in new:
        return front[:start] + front[end:]
    pad = " " * text.column(text.key_start(entry.key))
    lines = [pad + line for line in quoting.entry(name, new[name], grammar.style_of, (name,))]
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
    origin = match(old, new)
    if origin != list(range(len(old))):
        front = _rearrange(front, path, origin, new, newline)
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
        keys = {_key_value(key): _Entry(key, value) for key, value in node.value}
        known = name if name in keys else next((key for key in keys if str(key) == str(name)), ABSENT)
        if known is ABSENT:
            raise CannotEdit(f"{name} is not in the map.")
        return keys[known]

    def line_start(self, index: int) -> int:
        return max(self.front.rfind("\n", 0, index), self.front.rfind("\r", 0, index)) + 1

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
        if not isinstance(node, MappingNode | SequenceNode) or node.flow_style:
            return int(node.end_mark.index)
        last = node.value[-1]
        return self.content_end(last[1] if isinstance(node, MappingNode) else last)

    def _block_scalar_end(self, node: ScalarNode) -> int:
        """Before the break of its last line: of any at all with `+`, else of the last that is not blank."""
        start, end = int(node.start_mark.index), int(node.end_mark.index)
        if self.keeps_blank_lines(node):
            return self.before_break(end)
        last = self.before_break(self.line_end(start + len(self.front[start:end].rstrip(" \r\n"))))
        # Spaces beyond the indentation of the text are text.
        spaces = re.compile(rf"[\r\n] {{{self.block_indent(node) + 1},}}(?=[\r\n])")
        return max((line.end() for line in spaces.finditer(self.front, last, end)), default=last)

    def keeps_blank_lines(self, node: Node) -> bool:
        """Whether the blank lines that follow a value are part of it, as behind `|+`."""
        while isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
            node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
        start = node.start_mark.index
        return (
            getattr(node, "style", None) in ("|", ">")
            and "+" in self.front[start : self.line_end(start)].partition("#")[0]
        )

    def block_indent(self, node: Node) -> int:
        """How far the text of a literal or folded scalar is indented."""
        line = _BLANK_LINES.match(self.front, self.line_end(node.start_mark.index)).end()  # type: ignore[union-attr]
        return self.indent(line) if line < node.end_mark.index else self.indent(node.start_mark.index) + 2

    def indent(self, index: int) -> int:
        """How far the first text of a line stands from its beginning, dashes left aside."""
        start = self.line_start(index)
        return len(_INDENT.match(self.front, start)[0])  # type: ignore[index]

    def before_break(self, index: int) -> int:
        """Where the line break before an index begins; the index itself if there is none."""
        return (
            index - 2 if self.front.endswith("\r\n", 0, index) else index - self.front.endswith(("\n", "\r"), 0, index)
        )

    def starts_line(self, index: int) -> bool:
        return not self.front[self.line_start(index) : index].strip(" ")

    def colon(self, key: Node) -> int:
        """The index after the colon of a simple key."""
        match = re.compile(r"[ \t]*:").match(self.front, key.end_mark.index)
        if match is None or self.key_start(key) < key.start_mark.index:
            raise CannotEdit("The key is written with a question mark.")
        return match.end()

    def key_start(self, key: Node) -> int:
        """Where an entry begins: at its key, or at the question mark before it."""
        start = int(key.start_mark.index)
        mark = _QUESTION_MARK.search(self.front, self.line_start(start), start)
        return start if mark is None else mark.start()

    def is_blank_line(self, start: int) -> bool:
        return start < len(self.front) and not self.front[start : self.line_end(start)].strip()

    def column(self, index: int) -> int:
        return index - self.line_start(index)


def _key_value(node: Node) -> Any:
    try:
        return scalar_value(node) if isinstance(node, ScalarNode) else None
    except UNREADABLE:
        return node.value


def _as_map(node: Node) -> MappingNode:
    if not isinstance(node, MappingNode):
        raise CannotEdit("Only a map has keys.")
    return node


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
    if style in ("|", ">"):
        return _splice(front, start, end, _in_place_of_block(text, node, value, style))
    written = quoting.scalar(value, style, in_flow=_in_flow(text, path))
    if start == end and front[start - 1 : start] not in (" ", "\t"):
        written = " " + written
        end += len(_BLANK_REST.match(front, end)[0])  # type: ignore[index]
    return _splice(front, start, end, written)


def _in_place_of_block(text: _Text, node: Node, value: Any, style: Style) -> str:
    """A literal or folded text anew, if it can be one; the comment behind its `|` stays."""
    start = node.start_mark.index
    line_break = text.break_at(start)
    block = quoting.block_text(value, style, text.block_indent(node), line_break) if isinstance(value, str) else None
    first, *rest = (block or quoting.scalar(value)).split(line_break)
    comment = text.front[start : text.before_break(text.line_end(start))].lstrip("|>+-0123456789").rstrip()
    return line_break.join([first + comment, *rest])


def _style_for(node: Node, path: KeyPath) -> Style:
    """The style a text keeps: its own; what the grammar says where a number or nothing stood before."""
    if isinstance(node, ScalarNode) and (node.style or node.tag.endswith(":str")):
        return _own_style(node)
    return grammar.style_of(path)


def _replace_whole(front: str, path: KeyPath, value: Any, newline: str) -> str:
    """A value of another shape takes the place of the old one; comments on the key's line stay."""
    text = _Text(front, newline)
    node = text.node(path)
    start, end = node.start_mark.index, text.content_end(node)
    if _in_flow(text, path) or (getattr(node, "flow_style", False) and not (isinstance(value, list | dict) and value)):
        return _splice(front, start, end, _spaced(front, start, end, quoting.flow(value, grammar.style_of(path))))
    parent = text.node(path[:-1])
    in_its_place = isinstance(parent, SequenceNode) or isinstance(node, ScalarNode)
    if in_its_place and not (isinstance(value, list | dict) and value):
        return _splice(front, start, end, _spaced(front, start, end, _on_one_line(value, path)))
    if isinstance(parent, SequenceNode):
        origin = [None if item is node else place for place, item in enumerate(parent.value)]
        return _rearrange(front, path[:-1], origin, [value] * len(origin), newline)
    if not isinstance(parent, MappingNode):
        raise CannotEdit("Neither a map nor a list.")
    key = text.entry(_as_map(parent), path[-1]).key
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
        return head[:after_colon] + " " + _on_one_line(value, path) + head[after_colon:]
    indent = text.column(key.start_mark.index) + 2
    lines = quoting.block(value, indent, grammar.style_of, path)
    return head + "".join(line + newline for line in lines)


def _on_one_line(value: Any, path: KeyPath) -> str:
    return quoting.flow(value) if isinstance(value, list | dict) else quoting.scalar(value, grammar.style_of(path))


def _tail_of_line(text: _Text, end: int) -> str:
    """What follows a value on its line: white space goes, a comment stays, the line break stays."""
    tail = text.front[end : text.line_end(end)]
    return " " + tail.lstrip(" \t") if tail.strip() else tail.lstrip(" \t") or text.newline


def _spaced(front: str, start: int, end: int, written: str) -> str:
    return " " + written if start == end and front[start - 1 : start] not in (" ", "\t", "[", "{") else written


def _insert(front: str, path: KeyPath, name: Any, value: Any, newline: str) -> str:
    """A new key goes behind the nearest key that the grammar has before it; one it does not know goes last."""
    text = _Text(front, newline)
    if not (text.root and text.root.value):
        return front + "".join(line + newline for line in quoting.entry(name, value, grammar.style_of, (*path, name)))
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
    pad = " " * text.column(text.key_start(parent.value[0][0]))
    line_break = text.break_at(previous.key.start_mark.index)
    lines = [pad + line for line in quoting.entry(name, value, grammar.style_of, (*path, name))]
    separated = not path and name in grammar.BLANK_LINE_BEFORE and _separates_by_blank_lines(text, parent)
    if separated and not text.keeps_blank_lines(previous.value):
        lines.insert(0, "")
    before = "" if at == 0 or front[at - 1] in "\r\n" else line_break
    return _splice(front, at, at, before + "".join(line + line_break for line in lines))


def _insert_first(text: _Text, parent: MappingNode, path: KeyPath, name: Any, value: Any) -> str:
    start = text.key_start(parent.value[0][0])
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
    return start > 0 and text.is_blank_line(text.line_start(text.before_break(start)))


def _remove(front: str, path: KeyPath, name: Any, newline: str) -> str:
    text = _Text(front, newline)
    parent = text.node(path)
    if not isinstance(parent, MappingNode):
        raise CannotEdit("A key can only go out of a map.")
    entry = text.entry(parent, name)
    if parent.flow_style:
        return _remove_in_flow(text, parent, entry)
    key_start = text.key_start(entry.key)
    end = text.line_end(text.content_end(entry.value))
    start = text.line_start(key_start)
    if not text.starts_line(key_start):
        return _remove_first_on_dash_line(text, parent, key_start, end)
    if not path and _line_before_is_blank(text, start) and (end >= len(front) or text.is_blank_line(end)):
        start = text.line_start(text.before_break(start))
    return _splice(front, start, end, "")


def _remove_first_on_dash_line(text: _Text, parent: MappingNode, key_start: int, end: int) -> str:
    """`- url: x` loses its first key: the next one moves up to the dash, unless a comment stands between them."""
    if len(parent.value) < 2:
        raise CannotEdit("The map would be empty.")
    following = text.key_start(parent.value[1][0])
    if text.front[end:following].strip():
        dash_end = len(text.front[:key_start].rstrip(" "))
        return _splice(text.front, dash_end, end, text.break_at(key_start))
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
    leads = _leads(items, origin)
    first = node.start_mark.index
    pad = " " * text.column(first)
    line_break = text.break_at(first)
    written = ""
    for place, source in enumerate(origin):
        if source is None:
            lines = quoting.list_item(new[place], _style_like(node, path), (*path, place))
            written += "".join(pad + line + line_break for line in lines)
        elif place == 0 and not text.starts_line(first):
            # Behind another dash: no comment can go above it.
            written += items[source].text + leads[source]
        else:
            written += leads[source] + items[source].text
    written += leads[-1]
    if text.starts_line(first):
        return _splice(front, text.line_start(first), items[-1].end, written)
    return _splice(front, first, items[-1].end, written[len(pad) :])


@dataclass(frozen=True, slots=True)
class _Item:
    """The lines of one item: `lead` (blank and comment lines above it), `text` from the line of its dash to `end`."""

    lead: str
    text: str
    end: int


def _leads(items: list[_Item], origin: list[int | None]) -> list[str]:
    """What stands above each item, and below the last; the comments above an item that goes stay where they are."""
    kept = set(origin)
    leads = [*(item.lead for item in items), ""]
    for place in range(len(items)):
        if place not in kept and leads[place].strip():
            leads[place + 1] = leads[place] + leads[place + 1]
    return leads


def _items(text: _Text, node: SequenceNode) -> list[_Item]:
    first = node.start_mark.index
    if text.front[first : first + 1] != "-":
        raise CannotEdit("The list begins behind something else.")
    pad = " " * text.column(first)
    dash_line = re.compile(rf"{pad}-(?=\s|$)")
    items: list[_Item] = []
    at = text.line_start(first) if text.starts_line(first) else first
    for item in node.value:
        start = at
        while start != first and not dash_line.match(text.front, start):
            start = text.line_end(start)
            if start >= len(text.front):
                raise CannotEdit("An item without its dash.")
        end = text.line_end(max(text.content_end(item), start))
        lines = text.front[start:end]
        items.append(
            _Item(
                text.front[at:start],
                (pad if start == first else "") + lines + ("" if lines.endswith(("\n", "\r")) else text.newline),
                end,
            )
        )
        at = end
    return items


def _own_style(node: ScalarNode) -> Style:
    style: Style = node.style or ""  # type: ignore[assignment]
    return style


def _style_like(node: SequenceNode, path: KeyPath) -> Any:
    """New texts of a list look like the ones it has; what stands in maps follows the grammar."""
    styles = [_own_style(item) for item in node.value if isinstance(item, ScalarNode) and item.tag.endswith(":str")]

    def style_of(item_path: tuple[Any, ...]) -> Style:
        if len(item_path) == len(path) + 1 and styles and styles[0] in ("'", '"', ""):
            return styles[0]
        return grammar.style_of(item_path)

    return style_of


def _rearrange_in_flow(text: _Text, node: SequenceNode, origin: list[int | None], new: list[Any]) -> str:
    spans = [(item.start_mark.index, text.content_end(item)) for item in node.value]
    style = _style_like(node, ())((0,))
    return _rearranged(text, node, spans, origin, [quoting.flow(item, style) for item in new])


def _insert_in_flow(text: _Text, parent: MappingNode, place: int, name: Any, value: Any) -> str:
    quoted_keys = isinstance(name, str) and parent.value[0][0].style == '"'
    written_key = quoting.text(name, '"', in_flow=True) if quoted_keys else quoting.key(name, in_flow=True)
    origin: list[int | None] = list(range(len(parent.value)))
    origin.insert(place, None)
    return _rearranged(
        text, parent, _spans(text, parent), origin, [f"{written_key}: {quoting.flow(value)}"] * len(origin)
    )


def _remove_in_flow(text: _Text, parent: MappingNode, entry: _Entry) -> str:
    origin = [place for place, (key, _) in enumerate(parent.value) if key is not entry.key]
    return _rearranged(text, parent, _spans(text, parent), origin, [""] * len(origin))


def _spans(text: _Text, node: MappingNode) -> list[tuple[int, int]]:
    return [(key.start_mark.index, max(key.end_mark.index, text.content_end(value))) for key, value in node.value]


def _rearranged(
    text: _Text, node: Node, spans: list[tuple[int, int]], origin: Sequence[int | None], written: Sequence[str]
) -> str:
    changed = flowtext.rearrange(text.front, node.start_mark.index, spans, origin, written)
    if changed is None:
        raise CannotEdit("The map or list has no brackets of its own.")
    return changed
