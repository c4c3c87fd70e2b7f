"""A file's bytes cut into head, front matter, closing fence and body; put together they are the file again."""

import re
from typing import Final, Literal, NamedTuple

from articles.content.lines import count_line_breaks
from articles.content.problems import Problem, error

MAX_FILE_BYTES: Final = 8 * 1024 * 1024

Format = Literal["yaml", "toml", "json", "none"]

_BOM: Final = "\ufeff"
# Possessive (`*+`): a line break of two characters is never tried again as two, which would take 2^n steps.
_OPENING: Final = re.compile(r"(?:[ \t]*+(?:\r\n|\n|\r))*+(?:(---|\+\+\+)[ \t]*+(\r\n|\n|\r)\ufeff?|(\{)[ \t]*+\r?\n)")
# Each begins with the line break before it: a text to look for, which is fast, also for the end of 8 MB of dashes.
_CLOSING: Final = {
    ("---", "\n"): re.compile(r"\n(---[ \t]*+(?:\r?\n|\r?\Z))"),
    ("---", "\r"): re.compile(r"\r(---[ \t]*+(?:\r|\Z))"),
    ("+++", "\n"): re.compile(r"\n(\+\+\+[ \t]*+(?:\r?\n|\r?\Z))"),
    ("+++", "\r"): re.compile(r"\r(\+\+\+[ \t]*+(?:\r|\Z))"),
}
_JSON_CLOSING: Final = re.compile(r"(?<=\n)\}[ \t]*(?:\r?\n|\r?\Z)")


class Parts(NamedTuple):
    """The text of a file in four parts: `head + front + foot + body` is the whole.

    `head` holds a byte order mark, blank lines and the opening fence; `foot` the closing fence; `newline` is the line
    break of the opening fence; `first_line` the number of the first line of `front` in the file, from 1 on.
    """

    format: Format
    head: str
    front: str
    foot: str
    body: str
    newline: str
    first_line: int

    def joined(self, front: str | None = None) -> bytes:
        """The bytes of the file, with another front matter where one is given."""
        return "".join((self.head, self.front if front is None else front, self.foot, self.body)).encode()


def cut(data: bytes) -> Parts | Problem:
    """The parts of a file, or the problem for which it cannot be cut."""
    if len(data) > MAX_FILE_BYTES:
        return error("too_large", f"The file has {len(data):,} bytes; at most {MAX_FILE_BYTES:,} are read. Shorten it.")
    try:
        text = data.decode()
    except UnicodeDecodeError as refusal:
        return error(
            "not_utf8",
            f"The file is not UTF-8: byte 0x{data[refusal.start]:02x} cannot be read. Save it as UTF-8.",
            line=_line_at(data, refusal.start),
        )
    if (at := data.find(b"\0")) >= 0:
        message = "The file holds a NUL byte, as no text does. Save it as UTF-8, without that byte."
        return error("nul", message, line=_line_at(data, at))
    return _cut_text(text)


def _cut_text(text: str) -> Parts | Problem:
    begin = len(_BOM) if text.startswith(_BOM) else 0
    opening = _OPENING.match(text, begin)
    if opening is None:
        return error(
            "no_front_matter",
            "The file does not begin with a line '---'. Put the front matter on top.",
            line=1,
        )
    first_line = count_line_breaks(text, opening.end()) + 1
    if opening[3]:
        return _cut_json(text, opening, first_line)
    fence, newline = opening[1], opening[2]
    closing = _CLOSING[fence, newline[-1]].search(text, opening.end(2) - 1)
    if closing is None:
        return error(
            "no_closing_fence",
            f"The front matter has no end: no line '{fence}' follows the first. Add one before the body.",
            line=first_line - 1,
        )
    return Parts(
        "yaml" if fence == "---" else "toml",
        text[: opening.end()],
        text[opening.end() : closing.start(1)],
        closing[1],
        text[closing.end() :],
        newline,
        first_line,
    )


def _cut_json(text: str, opening: re.Match[str], first_line: int) -> Parts | Problem:
    begin = opening.start(3)
    closing = _JSON_CLOSING.search(text, begin)
    if closing is None:
        return error(
            "no_closing_fence",
            "The JSON front matter has no end: no line '}' closes it.",
            line=first_line - 1,
        )
    end = closing.start() + 1
    return Parts("json", text[:begin], text[begin:end], closing[0][1:], text[closing.end() :], "\n", first_line - 1)


def _line_at(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
