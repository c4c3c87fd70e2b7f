"""Keys come into a map and go from it, with their lines."""

from typing import Any

from yaml.nodes import MappingNode

from articles.content import grammar, quoting
from articles.content.keypath import KeyPath
from articles.content.yamltext.spans import CannotEdit, Entry, Text, key_value, rearranged_in_flow, splice


def insert(front: str, path: KeyPath, name: Any, value: Any, newline: str) -> str:
    """A new key goes behind the nearest key that the grammar has before it; one it does not know goes last."""
    text = Text(front, newline)
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
    previous = Entry(*parent.value[place - 1])
    at = text.line_end(text.content_end(previous.value))
    pad = " " * text.column(text.key_start(parent.value[0][0]))
    line_break = text.break_at(previous.key.start_mark.index)
    lines = [pad + line for line in quoting.entry(name, value, grammar.style_of, (*path, name))]
    separated = not path and name in grammar.BLANK_LINE_BEFORE and _separates_by_blank_lines(text, parent)
    if separated and not text.keeps_blank_lines(previous.value):
        lines.insert(0, "")
    before = "" if at == 0 or front[at - 1] in "\r\n" else line_break
    return splice(front, at, at, before + "".join(line + line_break for line in lines))


def _insert_first(text: Text, parent: MappingNode, path: KeyPath, name: Any, value: Any) -> str:
    start = text.key_start(parent.value[0][0])
    line_break = text.break_at(start)
    pad = " " * text.column(start)
    lines = quoting.entry(name, value, grammar.style_of, (*path, name))
    return splice(text.front, start, start, (line_break + pad).join([*lines, ""]))


def _place_of(parent: MappingNode, path: KeyPath, name: Any) -> int:
    """Behind which entry a new key goes, as the number of entries before it."""
    order = grammar.keys_of(path)
    present = [key_value(key) for key, _ in parent.value]
    if name not in order:
        return len(present)
    before = order[: order.index(name)]
    places = [place for place, known in enumerate(present) if known in before]
    if places:
        # Behind the nearest in the grammar, wherever the file has it.
        nearest = max((order.index(present[place]), place) for place in places)[1]
        return nearest + 1
    return 0


def _separates_by_blank_lines(text: Text, root: MappingNode) -> bool:
    """Whether this file has the grammar's blank lines; a file with none of those keys is taken to have them."""
    starts = [key.start_mark.index for key, _ in root.value if key_value(key) in grammar.BLANK_LINE_BEFORE]
    starts = [text.line_start(start) for start in starts if text.line_start(start) > 0]
    return not starts or any(_line_before_is_blank(text, start) for start in starts)


def _line_before_is_blank(text: Text, start: int) -> bool:
    return start > 0 and text.is_blank_line(text.line_start(text.before_break(start)))


def remove(front: str, path: KeyPath, name: Any, newline: str) -> str:
    text = Text(front, newline)
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
    return splice(front, start, end, "")


def _remove_first_on_dash_line(text: Text, parent: MappingNode, key_start: int, end: int) -> str:
    """`- url: x` loses its first key: the next one moves up to the dash, unless a comment stands between them."""
    if len(parent.value) < 2:
        raise CannotEdit("The map would be empty.")
    following = text.key_start(parent.value[1][0])
    if text.front[end:following].strip():
        dash_end = len(text.front[:key_start].rstrip(" "))
        return splice(text.front, dash_end, end, text.break_at(key_start))
    return splice(text.front, key_start, following, "")


def _insert_in_flow(text: Text, parent: MappingNode, place: int, name: Any, value: Any) -> str:
    quoted_keys = isinstance(name, str) and parent.value[0][0].style == '"'
    written_key = quoting.text(name, '"', in_flow=True) if quoted_keys else quoting.key(name, in_flow=True)
    origin: list[int | None] = list(range(len(parent.value)))
    origin.insert(place, None)
    return rearranged_in_flow(
        text, parent, _spans(text, parent), origin, [f"{written_key}: {quoting.flow(value)}"] * len(origin)
    )


def _remove_in_flow(text: Text, parent: MappingNode, entry: Entry) -> str:
    origin = [place for place, (key, _) in enumerate(parent.value) if key is not entry.key]
    return rearranged_in_flow(text, parent, _spans(text, parent), origin, [""] * len(origin))


def _spans(text: Text, node: MappingNode) -> list[tuple[int, int]]:
    return [(key.start_mark.index, max(key.end_mark.index, text.content_end(value))) for key, value in node.value]
