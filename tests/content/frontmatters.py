"""Front matters of every shape, put together by chance from entries of known text, and values to put into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

SHAPES = [
    ": Robots learn",
    ": 'it''s' # why",
    ': "say \\"hi\\" \\u00e9"',
    ':   "wide"  ',
    ":\ttab # behind a tab",
    ": plain\n  over lines\n\n  and a blank one",
    ': "double\n  over \\\n  lines"',
    ": 'single\n\n  over lines'",
    ":\n  on the next line",
    ": |\n  literal\n\n  # no comment\n  - no item",
    ": |-\n    indented by four\n      and six",
    ": |2\n    more than it says",
    ": >\n  folded\n  text\n\n  two paragraphs",
    ": >- # why\n  folded \n  with white space ",
    ": 52",
    ": -1 # why",
    ": 0x1F",
    ": 12:30",
    ": 1.5",
    ": .nan",
    ": true",
    ": 2020-12-29T20:23:00Z",
    ": 2020-12-29 20:23:00 +02:00",
    ": 2020-12-29",
    ": 2020-02-30",
    ":",
    ": # nothing",
    ": ~",
    ': ""',
    ": []",
    ": { }",
    ": [a, 'b', \"c\", 4]",
    ": [a,b, [c, {d: e}] ,]",
    ": [\n  a, # A\n  # about b\n  'b, c'\n  ]",
    ": {a: 1, \"b\": 'two', c: [3]}",
    ': {"a":1,"b":[]}',
    ":\n- at its key\n- 'two' # why\n-\n- 4",
    ":\n  # about the first\n  - indented\n\n  - |\n    literal\n    item\n  - - nested\n    - list",
    ":\n    - url: 'https://example.com/a.png' # A\n      width:  10\n      # about the height\n      height: 5",
    ":\n  - {url: b, width: 20}\n  -\n    url: c\n  - # why\n    - d",
    ":\n  a: 1\n\n  b: # why\n      c: deep\n  'd e': [1]\n  4: number",
    ":\n  list:\n  - a\n  - b: 1\n  map: {}",
    ": ! text",
    ": !!str 12",
]
GAPS = ["", "", "", "\n", "# a comment\n", "\n # an indented one\n\n", " \n"]
"""What may stand between entries; indented by less than any literal text, of which it would be a part."""

NAMES = ["title", "quality", "'q k'", '"é"', "two words", "12", "a.b", "levels", "zzz", "webUrl", "images"]

TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
    st.text("ab \n\t:#-'\"\\,[]{}&*!|>%@?=0129.", max_size=8),
    st.sampled_from(
        ["yes", "null", "- x", "12:30", "#", "a\\", "it's", "line\nbreak", "a\r\nb", "😀", "x" * 200, " x "]
    ),
)
SCALARS = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.dates(),
    st.datetimes(timezones=st.sampled_from([None, UTC])),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=2)))).filter(lambda moment: 1 < moment.year < 9999),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.integers(-9, 99), inner, max_size=3),
    max_leaves=6,
)


@dataclass(frozen=True)
class Page:
    """A file in parts: what stands above the entries, the entries with their gaps, and the rest from the fence on."""

    head: str
    entries: tuple[tuple[str, str], ...]
    foot: str

    @property
    def keys(self) -> list[str]:
        return [text.partition(":")[0].strip("'\"") for text, _ in self.entries]

    @property
    def front(self) -> str:
        return "".join(text + gap for text, gap in self.entries)

    @property
    def data(self) -> bytes:
        return (self.head + self.front + self.foot).encode()

    def before(self, place: int) -> str:
        return "".join(text + gap for text, gap in self.entries[:place])

    def after(self, place: int) -> str:
        """What follows an entry: its gap, and the other entries."""
        return self.entries[place][1] + "".join(text + gap for text, gap in self.entries[place + 1 :])


@st.composite
def pages(draw: st.DrawFn) -> Page:
    newline = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    entries = [(name + draw(st.sampled_from(SHAPES)) + "\n", draw(st.sampled_from(GAPS))) for name in names]
    mark = draw(st.sampled_from(["", "\ufeff"]))
    fence = draw(st.sampled_from(["---\n", "--- \n", "\n---\n"]))
    foot = draw(st.sampled_from(["---", "---\n", "---\n\n", "---  \n\n<p>---\n---\n</p>"]))
    return Page(
        mark + fence.replace("\n", newline),
        tuple((text.replace("\n", newline), gap.replace("\n", newline)) for text, gap in entries),
        foot.replace("\n", newline),
    )


def in_utc(value: Any) -> Any:
    """The value as a file gives it back: times with a zone in UTC."""
    if isinstance(value, list):
        return [in_utc(item) for item in value]
    if isinstance(value, dict):
        return {key: in_utc(item) for key, item in value.items()}
    return value.astimezone(UTC) if getattr(value, "tzinfo", None) else value
