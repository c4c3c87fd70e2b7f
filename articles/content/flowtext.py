"""Edits inside brackets: an item goes along with its comma, its comment and its line break."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_REST_OF_LINE: Final = r"([ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r))?"
_OPENING: Final = re.compile(r"(?:[&!]\S*\s+)*[\[{]" + _REST_OF_LINE)
_COMMA: Final = re.compile(r"((?:\s++|#[^\r\n]*+)*+,)?" + _REST_OF_LINE)
_LINE_BREAK: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class _Cell:
    """One item: what stands before it, its text, its comma, and the end of its line if no other item follows there."""

    lead: str
    text: str
    comma: str
    rest: str


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a list in brackets is laid out: over lines or on one, and with what between its items."""

    cells: Sequence[_Cell]
    opening: str

    @property
    def line_break(self) -> str:
        """The line break between items; empty where they stand on one line."""
        rests = (self.opening, *(cell.rest for cell in self.cells[:-1]))
        return next((found[0] for rest in rests if (found := _LINE_BREAK.search(rest))), "")

    def lead(self, before: str, place: int) -> str:
        """The white space before an item that follows `before`, the rest of the line above or nothing."""
        if before:
            starts = zip(self.cells, (self.opening, *(cell.rest for cell in self.cells)), strict=False)
            return next((cell.lead for cell, rest in starts if rest and not cell.lead.strip()), "")
        inner = self.cells[min(place, 1)].lead if len(self.cells) > min(place, 1) else " "
        return " " * bool(place) if inner.strip() or self.line_break else inner


def rearrange(
    front: str, start: int, spans: Sequence[tuple[int, int]], origin: Sequence[int | None], written: Sequence[str]
) -> str | None:
    """The text with the items of a list or map in brackets in a new order; None for one without brackets.

    The collection begins at `start`, its items lie at `spans`. For each new item `origin` tells which old one it is;
    where it is none, the item is `written`.
    """
    opening = _OPENING.match(front, start)
    if opening is None:
        return None
    cells = _cells(front, opening.end(), spans)
    end = opening.end() + sum(len(cell.lead + cell.text + cell.comma + cell.rest) for cell in cells)
    layout = _Layout(cells, opening[1] or "")
    comments = _comments_left(cells, origin)
    text = ""
    before = layout.opening
    for place, source in enumerate(origin):
        cell = _Cell("", written[place], "", layout.line_break) if source is None else cells[source]
        placed = _placed(layout, cell, before, place, is_last=place == len(origin) - 1)
        text += ("" if source is None else comments[source]) + placed.lead + placed.text + placed.comma + placed.rest
        before = placed.rest
    return front[: opening.end()] + text + comments[-1] + front[end:]


def _comments_left(cells: Sequence[_Cell], origin: Sequence[int | None]) -> list[str]:
    """What goes above each item, and below the last, of the comments above items that are no more."""
    kept = set(origin)
    comments = [""] * (len(cells) + 1)
    for place, cell in enumerate(cells):
        if place not in kept:
            comments[place + 1] = comments[place] + (cell.lead.rstrip(" \t") if cell.lead.strip() else "")
    return comments


def _placed(layout: _Layout, cell: _Cell, before: str, place: int, *, is_last: bool) -> _Cell:
    """A cell as it stands at its new place."""
    last = layout.cells[-1]
    lead = cell.lead if cell.lead.strip() or "\n" in cell.lead else layout.lead(before, place)
    if not is_last:
        return _Cell(lead, cell.text, cell.comma or ",", cell.rest or layout.line_break * (cell is last))
    keeps_comma = cell is last or layout.line_break or cell.comma.strip(" \t,")
    return _Cell(lead, cell.text, cell.comma if keeps_comma else last.comma, cell.rest)


def _cells(front: str, at: int, spans: Sequence[tuple[int, int]]) -> list[_Cell]:
    cells = []
    for start, end in spans:
        tail = _COMMA.match(front, end)
        comma, rest = tail.groups("") if tail else ("", "")
        cells.append(_Cell(front[at:start], front[start:end], comma, rest))
        at = end + len(comma) + len(rest)
    return cells
