"""Edits inside brackets: an item goes along with its comma, its comment and its line break."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from articles.content.lines import LINE_BREAK

_REST_OF_LINE: Final = r"([ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r))?"
_OPENING: Final = re.compile(r"(?:[&!]\S*\s+)*[\[{]" + _REST_OF_LINE)
_COMMA: Final = re.compile(r"((?:\s++|#[^\r\n]*+)*+,)?" + _REST_OF_LINE)


_Where = Literal["begins a line", "first", "next"]


@dataclass(frozen=True, slots=True)
class _Cell:
    """One item: what stands before it, its text, its comma, and the end of its line if no other item follows there."""

    lead: str
    text: str
    comma: str
    rest: str
    where: _Where | None


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a list in brackets is laid out: the white space before an item, by where it stands; what parts the items.

    `line_break` is empty where several stand on one line.
    """

    leads: dict[_Where, str]
    line_break: str
    last: _Cell


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
    before = opening[1] or ""
    cells = _cells(front, opening.end(), before, spans)
    layout = _layout(cells, before)
    comments = _comments_left(cells, origin)
    text = ""
    for place, source in enumerate(origin):
        cell = _Cell("", written[place], "", layout.line_break, None) if source is None else cells[source]
        placed = _placed(layout, cell, _where(before, place), is_last=place == len(origin) - 1)
        text += ("" if source is None else comments[source]) + placed.lead + placed.text + placed.comma + placed.rest
        before = placed.rest
    end = opening.end() + sum(len(cell.lead + cell.text + cell.comma + cell.rest) for cell in cells)
    return front[: opening.end()] + text + comments[-1] + front[end:]


def _cells(front: str, at: int, before: str, spans: Sequence[tuple[int, int]]) -> list[_Cell]:
    cells = []
    for place, (start, end) in enumerate(spans):
        tail = _COMMA.match(front, end)
        comma, rest = tail.groups("") if tail else ("", "")
        cells.append(_Cell(front[at:start], front[start:end], comma, rest, _where(before, place)))
        at = end + len(comma) + len(rest)
        before = rest
    return cells


def _where(before: str, place: int) -> _Where:
    """Where an item stands; `before` is the end of the line above, if what comes before ends there."""
    return "begins a line" if before else "next" if place else "first"


def _layout(cells: Sequence[_Cell], opening: str) -> _Layout:
    rests = (opening, *(cell.rest for cell in cells[:-1]))
    found = next(filter(None, map(LINE_BREAK.search, rests)), None)
    line_break = found[0] if found and cells[-1].where == "begins a line" else ""
    leads: dict[_Where, str] = {"begins a line": "", "first": "", "next": " "}
    for cell in reversed(cells):
        if cell.where and not cell.lead.strip(" \t"):
            leads[cell.where] = cell.lead
    return _Layout(leads, line_break, cells[-1])


def _comments_left(cells: Sequence[_Cell], origin: Sequence[int | None]) -> list[str]:
    """What goes above each item, and below the last, of the comments above items that are no more."""
    kept = set(origin)
    comments = [""] * (len(cells) + 1)
    for place, cell in enumerate(cells):
        if place not in kept:
            comments[place + 1] = comments[place] + (cell.lead.rstrip(" \t") if cell.lead.strip() else "")
    return comments


def _placed(layout: _Layout, cell: _Cell, where: _Where, *, is_last: bool) -> _Cell:
    """A cell as it stands at its new place."""
    keeps_lead = cell.where == where or cell.lead.strip(" \t")
    lead = cell.lead if keeps_lead else layout.leads[where]
    if is_last and cell.where is None:
        ends_line = LINE_BREAK.search(layout.last.rest)
        return _Cell(lead, cell.text, layout.last.comma, ends_line[0] if ends_line else "", where)
    if not is_last:
        return _Cell(lead, cell.text, cell.comma or ",", cell.rest or layout.line_break * (cell is layout.last), where)
    keeps_comma = cell is layout.last or layout.line_break or cell.comma.strip(" \t,")
    return _Cell(lead, cell.text, cell.comma if keeps_comma else layout.last.comma, cell.rest, where)
