"""A YAML text with its nodes: where lines, keys and values begin and end in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from articles.content import flowtext
from articles.content.keypath import KeyPath
from articles.content.reading import UNREADABLE, compose, scalar_value
from articles.content.values import ABSENT

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_BLANK_LINES: Final = re.compile(r"(?: *(?:\r\n|\n|\r))*+")
_INDENT: Final = re.compile(r" *(?:[-?] +)*")
_QUESTION_MARK: Final = re.compile(r"\?[ \t]+$")


class CannotEdit(Exception):
    """The text is written in a way that this edit does not know; a coarser one is needed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a map with its value, or an item of a list (then `key` is the item itself)."""

    key: Node
    value: Node


class Text:
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

    def entry(self, node: MappingNode, name: Any) -> Entry:
        keys = {key_value(key): Entry(key, value) for key, value in node.value}
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


def key_value(node: Node) -> Any:
    try:
        return scalar_value(node) if isinstance(node, ScalarNode) else None
    except UNREADABLE:
        return node.value


def as_map(node: Node) -> MappingNode:
    if not isinstance(node, MappingNode):
        raise CannotEdit("Only a map has keys.")
    return node


def splice(front: str, start: int, end: int, text: str) -> str:
    return front[:start] + text + front[end:]


def rearranged_in_flow(
    text: Text, node: Node, spans: list[tuple[int, int]], origin: Sequence[int | None], written: Sequence[str]
) -> str:
    changed = flowtext.rearrange(text.front, node.start_mark.index, spans, origin, written)
    if changed is None:
        raise CannotEdit("The map or list has no brackets of its own.")
    return changed
