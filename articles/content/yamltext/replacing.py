"""One value takes the place of another, in its own style."""

import re
from functools import lru_cache
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from articles.content import grammar, quoting
from articles.content.keypath import KeyPath
from articles.content.quoting import Style
from articles.content.yamltext.lists import own_style, rearrange
from articles.content.yamltext.spans import CannotEdit, Text, as_map, splice

_BLANK_REST: Final = re.compile(r"(?: +(?=[\r\n]))?")


def _in_flow(text: Text, path: KeyPath) -> bool:
    """Whether a value stands inside brackets."""
    return any(getattr(text.node(path[:length]), "flow_style", False) for length in range(len(path)))


def replace_scalar(front: str, path: KeyPath, value: Any, newline: str) -> str:
    text = Text(front, newline)
    node = text.node(path)
    start, end = node.start_mark.index, text.content_end(node)
    style = _style_for(node, path)
    if style in ("|", ">"):
        return splice(front, start, end, _in_place_of_block(text, node, value, style))
    written = quoting.scalar(value, style, in_flow=_in_flow(text, path))
    if start == end and front[start - 1 : start] not in (" ", "\t"):
        written = " " + written
        end += len(_BLANK_REST.match(front, end)[0])  # type: ignore[index]
    return splice(front, start, end, written)


def replace_on_line(front: str, name: str, old: Any, value: Any) -> str:
    """The same of a key of the root that stands with its value on one plain line, without looking at the rest.

    Raises `CannotEdit` where that is not certain. What is decided most is written so, twenty times as fast.
    """
    lines = [*re.finditer(rf"(?m)^[^\w\n]*{re.escape(name)}\b.*", front)]
    said = _on_line().match(front, len(name) + lines[0].start()) if len(lines) == 1 else None
    if said is None or not lines[0][0].startswith(name):
        raise CannotEdit("The key and its value are not on one line.")
    style: Style = '"' if said[2] is not None else "" if isinstance(old, str) else grammar.style_of((name,))
    return splice(front, said.start(1), said.end(1), quoting.scalar(value, style))


@lru_cache(maxsize=1)
def _on_line() -> re.Pattern[str]:
    """A plain word or number, or a text without escapes; what stands below it begins a line, so it is no part of it.

    Made when it is first asked for: that takes a hundredth of the start of a program.
    """
    value = r': (\w[\w.:+-]*|("[ !#-\[\]-~\xa0-\u2027\u202a-\ud7ff]*"))\r?\n(?=[\r\n]*+(?:[^ \t\r\n]|\Z))'
    return re.compile(value, re.ASCII)


def _in_place_of_block(text: Text, node: Node, value: Any, style: Style) -> str:
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
        return own_style(node)
    return grammar.style_of(path)


def replace_whole(front: str, path: KeyPath, value: Any, newline: str) -> str:
    """A value of another shape takes the place of the old one; comments on the key's line stay."""
    text = Text(front, newline)
    node = text.node(path)
    start, end = node.start_mark.index, text.content_end(node)
    if _in_flow(text, path) or (getattr(node, "flow_style", False) and not (isinstance(value, list | dict) and value)):
        return splice(front, start, end, _spaced(front, start, end, quoting.flow(value, grammar.style_of(path))))
    parent = text.node(path[:-1])
    in_its_place = isinstance(parent, SequenceNode) or isinstance(node, ScalarNode)
    if in_its_place and not (isinstance(value, list | dict) and value):
        return splice(front, start, end, _spaced(front, start, end, _on_one_line(value, path)))
    if isinstance(parent, SequenceNode):
        origin = [None if item is node else place for place, item in enumerate(parent.value)]
        return rearrange(front, path[:-1], origin, [value] * len(origin), newline)
    if not isinstance(parent, MappingNode):
        raise CannotEdit("Neither a map nor a list.")
    key = text.entry(as_map(parent), path[-1]).key
    after_colon = text.colon(key)
    on_key_line = text.line_start(start) == text.line_start(key.start_mark.index)
    if on_key_line:
        head = front[:after_colon] + _tail_of_line(text, end)
        rest = front[text.line_end(end) :]
    else:
        head = front[: text.line_end(after_colon)]
        rest = front[text.line_end(end) :]
    return _with_value_after(head, after_colon, value, path, text, key) + rest


def _with_value_after(head: str, after_colon: int, value: Any, path: KeyPath, text: Text, key: Node) -> str:
    newline = text.break_at(after_colon)
    if not (isinstance(value, list | dict) and value):
        return head[:after_colon] + " " + _on_one_line(value, path) + head[after_colon:]
    indent = text.column(key.start_mark.index) + 2
    lines = quoting.block(value, indent, grammar.style_of, path)
    return head + "".join(line + newline for line in lines)


def _on_one_line(value: Any, path: KeyPath) -> str:
    return quoting.flow(value) if isinstance(value, list | dict) else quoting.scalar(value, grammar.style_of(path))


def _tail_of_line(text: Text, end: int) -> str:
    """What follows a value on its line: white space goes, a comment stays, the line break stays."""
    tail = text.front[end : text.line_end(end)]
    return " " + tail.lstrip(" \t") if tail.strip() else tail.lstrip(" \t") or text.newline


def _spaced(front: str, start: int, end: int, written: str) -> str:
    return " " + written if start == end and front[start - 1 : start] not in (" ", "\t", "[", "{") else written
