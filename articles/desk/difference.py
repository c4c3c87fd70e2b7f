"""What differs, as pages show it: the lines of a file, the words of a value. The crawler's secret is in neither."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from typing import Any, Final

from articles.content.document import Document, EditRefused
from articles.content.merge import Decision, in_force, put
from articles.content.planning import file_in_force
from articles.content.values import ABSENT, from_json
from articles.mapping import crawler_document, document_in_force
from articles.models import Article

MAX_LINES: Final = 80
MAX_LINE_CHARS: Final = 400
MAX_WORDS: Final = 400
CHARS_AROUND: Final = 40
LEAST_SECRET_CHARS: Final = 12
LEAST_ALIKE: Final = 0.4
"""Texts less alike than this are shown one after the other: a patchwork of words would be no help."""

_SECRET_KEY: Final = re.compile(r"""([ ]*)(?:- )?["']?secured["']?[ ]*:""")
_SECRET_WITHIN: Final = re.compile(r"""([{,]\s*["']?secured["']?\s*:).*""")
_WORDS: Final = re.compile(r"\s+|\S+")
_KINDS: Final = {"+": "ins", "-": "del"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A line or a run of words: `kind` is "ins", "del", "at" (where in the file), or empty for what is the same."""

    kind: str
    text: str


def pending_changes(article: Article) -> list[Piece]:
    """What the next export writes into the file, line by line; empty: nothing waits."""
    if article.digest and not article.source.exported and not article.overrides.all():
        return []  # nobody ever decided: no need to make the file twice
    try:
        return lines_between(file_now(article), document_in_force(article).to_bytes(), article.source.secured)
    except EditRefused as refused:
        return [Piece("at", refused.problem.message)]


def file_now(article: Article) -> bytes:
    """The file on disk as far as the desk knows: the crawler's text with what was exported already; empty: none."""
    if not article.digest:
        return b""
    text, exported = bytes(article.source.text), article.source.exported
    if text and not exported:
        return text
    decisions = [Decision(key, from_json(value), ABSENT) for key, value in exported.items()]
    try:
        return file_in_force(text, decisions, article.path).to_bytes()
    except EditRefused:
        return crawler_document(article).to_bytes()


def with_changes(article: Article, changes: Mapping[str, Any]) -> Document:
    """The file that should be, with these changes in it too; raises `EditRefused`."""
    document = document_in_force(article)
    if not article.source.text:
        more = [Decision(key, value, ABSENT) for key, value in changes.items()]
        return Document.new(in_force(document.fields, more), article.path)
    for key, value in changes.items():
        put(document, key, value)
    return document


def lines_between(before: bytes, after: bytes, secret: str | None = None) -> list[Piece]:
    """A unified difference with a line around each change, without the lines that name the files, and no `secret`."""
    if before == after:
        return []
    old, new = (_lines(text, secret or "") for text in (before, after))
    start, end = _common(old, new)
    first = max(start - 1, 0)
    ends = max(end - 1, 0)
    one, other = (lines[first : len(lines) - ends] for lines in (old, new))
    diff = [*unified_diff(one, other, n=1, lineterm="")][2:]
    shown = [_piece(line) for line in diff[1:]]
    return [*shown[:MAX_LINES], *_rest(len(shown) - MAX_LINES)]


def words_between(old: str, new: str) -> list[Piece]:
    """One text with the words that go and come; the whole of both where they have little in common."""
    one, other = (_WORDS.findall(text) for text in (old, new))
    if max(len(one), len(other)) > MAX_WORDS:
        return [Piece("del", old), Piece("ins", new)]
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        return [Piece("del", old), Piece("ins", new)]
    return list(_pieces(matcher, one, other))


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """The same with long runs of what does not differ cut to what stands beside a change."""
    last = len(pieces) - 1
    return [
        piece if piece.kind else Piece("", _around(piece.text, at_start=place == 0, at_end=place == last))
        for place, piece in enumerate(pieces)
    ]


def without_secret(text: str, secret: str = "") -> str:
    """A file's text with every `secured` emptied, at whatever depth it stands, over however many lines it goes."""
    kept: list[str] = []
    depth: int | None = None
    is_list = False
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        if depth is not None and (not line.strip() or indent > depth or (is_list and line.startswith("- ", depth))):
            continue
        if _is_piece_of(secret, line):
            continue
        found = _SECRET_KEY.match(line)
        depth = indent if found else None
        is_list = found is not None and not line.startswith("- ", indent)
        kept.append(f"{found[0]} (not shown)" if found else _SECRET_WITHIN.sub(r"\1 (not shown)", line))
    return "\n".join(kept)


def _lines(text: bytes, secret: str) -> list[str]:
    decoded = text.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return without_secret(decoded, secret).split("\n")


def _is_piece_of(secret: str, line: str) -> bool:
    """A line of the secret that stands further left than it should."""
    piece = line.strip(" \t\"'\\")
    return len(piece) >= LEAST_SECRET_CHARS and piece in secret


def _common(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines are the same at the beginning and at the end: long bodies need not be compared."""
    least = min(len(old), len(new))
    start = next((place for place in range(least) if old[place] != new[place]), least)
    end = next((place for place in range(least - start) if old[-1 - place] != new[-1 - place]), least - start)
    return start, end


def _piece(line: str) -> Piece:
    if line.startswith("@@"):
        return Piece("at", "\N{MIDLINE HORIZONTAL ELLIPSIS}")
    text = line if len(line) <= MAX_LINE_CHARS else f"{line[:MAX_LINE_CHARS]}\N{HORIZONTAL ELLIPSIS}"
    return Piece(_KINDS.get(line[:1], ""), text)


def _around(text: str, *, at_start: bool, at_end: bool) -> str:
    head = "" if at_start else text[:CHARS_AROUND]
    tail = "" if at_end else text[-CHARS_AROUND:]
    return text if len(text) <= 2 * CHARS_AROUND else f"{head}\N{HORIZONTAL ELLIPSIS}{tail}"


def _rest(count: int) -> list[Piece]:
    return [Piece("at", f"\N{HORIZONTAL ELLIPSIS} and {count:,} more lines")] if count > 0 else []


def _pieces(matcher: Any, one: Sequence[str], other: Sequence[str]) -> Iterator[Piece]:
    for tag, a, b, c, d in matcher.get_opcodes():
        old, new = "".join(one[a:b]), "".join(other[c:d])
        if tag == "equal":
            yield Piece("", old)
            continue
        yield from (Piece(kind, text) for kind, text in (("del", old), ("ins", new)) if text)
