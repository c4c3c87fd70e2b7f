"""The items of a list come, go and move, each with its own lines."""

import re
from dataclasses import dataclass
from typing import Any

from yaml.nodes import ScalarNode, SequenceNode

from articles.content import grammar, quoting
from articles.content.keypath import KeyPath
from articles.content.quoting import Style
from articles.content.yamltext.spans import CannotEdit, Text, rearranged_in_flow, splice


def rearrange(front: str, path: KeyPath, origin: list[int | None], new: list[Any], newline: str) -> str:
    """A list in a new order: kept items go along with their own lines, new ones are written in the grammar."""
    text = Text(front, newline)
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
        return splice(front, text.line_start(first), items[-1].end, written)
    return splice(front, first, items[-1].end, written[len(pad) :])


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


def _items(text: Text, node: SequenceNode) -> list[_Item]:
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


def own_style(node: ScalarNode) -> Style:
    style: Style = node.style or ""  # type: ignore[assignment]
    return style


def _style_like(node: SequenceNode, path: KeyPath) -> Any:
    """New texts of a list look like the ones it has; what stands in maps follows the grammar."""
    styles = [own_style(item) for item in node.value if isinstance(item, ScalarNode) and item.tag.endswith(":str")]

    def style_of(item_path: tuple[Any, ...]) -> Style:
        if len(item_path) == len(path) + 1 and styles and styles[0] in ("'", '"', ""):
            return styles[0]
        return grammar.style_of(item_path)

    return style_of


def _rearrange_in_flow(text: Text, node: SequenceNode, origin: list[int | None], new: list[Any]) -> str:
    spans = [(item.start_mark.index, text.content_end(item)) for item in node.value]
    style = _style_like(node, ())((0,))
    return rearranged_in_flow(text, node, spans, origin, [quoting.flow(item, style) for item in new])
