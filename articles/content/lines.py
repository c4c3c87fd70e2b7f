"""The lines of a text, counted as editors count them: `\\n`, `\\r\\n` and `\\r` end one."""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Final

LINE_BREAK: Final = re.compile(r"\r\n|\n|\r")


def line_number(text: str, index: int) -> int:
    """The line, from 0 on, in which a character stands."""
    return bisect_right(_line_starts(text), index)


def count_line_breaks(text: str, end: int) -> int:
    """How many line breaks stand before an index."""
    return text.count("\n", 0, end) + text.count("\r", 0, end) - text.count("\r\n", 0, end)


@lru_cache(maxsize=1)
def _line_starts(text: str) -> list[int]:
    """Where each line after the first begins. Kept for one text, of which thousands of lines may be asked for."""
    return [line_break.end() for line_break in LINE_BREAK.finditer(text)]
