"""What an address asks the queue for: filters, order, page, article. Whatever it says, there is an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db.models import Q
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.text import Truncator

from articles.content.findings import KINDS
from articles.desk.filtering import STATES, WAITING, QueueFilter
from articles.desk.keyset import NEED, ORDERS, Order, Place
from articles.desk.meanings import PUBLISHED
from articles.fragments import address
from articles.models import Site

ORDER, AFTER, BEFORE, ARTICLE = "order", "from", "before", "article"
MAX_QUERY_CHARS: Final = 4000
MAX_KEY: Final = 2**63 - 1
RANGES: Final = {
    "quality": ("quality_min", "quality_max"),
    "heat": ("heat_min", "heat_max"),
    "date": ("date_from", "date_to"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in use, and the address without it."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Link:
    """A choice of which one is in use."""

    name: str
    words: str
    url: str
    is_current: bool


class Asked:
    """An address of the queue, read; `notes` say what in it could not be."""

    def __init__(self, data: QueryDict) -> None:
        self.notes: list[str] = []
        self._data = data
        narrows = bool(data.keys() & QueueFilter.base_filters.keys())
        self.values: Mapping[str, Any] = self.filters.values() if narrows else {}
        for label, text in self.filters.refusals() if narrows else ():
            self._leave_out(label, text)
        self.order: Order = ORDERS.get(data.get(ORDER, ""), NEED)
        if data.get(ORDER) and data[ORDER] not in ORDERS:
            self._leave_out("Order", data.get(ORDER, ""))
        self.after = self._place(data, AFTER)
        self.before = None if self.after else self._place(data, BEFORE)
        self.article = self._number(data.get(ARTICLE, ""))
        self._page = {
            name: data.get(name, "") for name in (AFTER, BEFORE) if getattr(self, _ATTRIBUTES[name]) is not None
        }

    @cached_property
    def filters(self) -> QueueFilter:
        return QueueFilter(self._data, queryset=None)

    @property
    def state(self) -> str:
        return str(self.values.get("state", WAITING))

    @property
    def in_state(self) -> Q:
        return STATES[self.state][1]

    @property
    def narrowing(self) -> dict[str, Any]:
        """The filters in use, without the state."""
        return {name: value for name, value in self.values.items() if name != "state"}

    # --- Addresses ----------------------------------------------------------------------------------------------------

    @cached_property
    def plain(self) -> dict[str, str]:
        """The filters and the order as an address has them; what goes without saying is left out."""
        said = {name: str(value) for name, value in self.values.items()}
        if said.get("state") == WAITING:
            del said["state"]
        return said | ({ORDER: self.order.name} if self.order is not NEED else {})

    @cached_property
    def query(self) -> str:
        """This page of the list, without an article."""
        return urlencode(self.plain | self._page)

    @cached_property
    def lasting_query(self) -> str:
        """The list from its beginning, as a saved view keeps it."""
        return urlencode(self.plain)

    def url(self, article: int | None) -> str:
        """This page of the list, with an article beside it."""
        return f"{self._before_article}{article}" if article else _home(self.plain | self._page)

    @cached_property
    def _before_article(self) -> str:
        """The beginning of the address of each article of the page."""
        return f"{address('home')}?{self.query}{'&' if self.query else ''}{ARTICLE}="

    def with_(self, **changes: str | None) -> str:
        """The list from its beginning, with other filters; None takes one away."""
        said = {**self.plain, **changes}
        return _home({name: value for name, value in said.items() if value})

    def page(self, name: str, cursor: str) -> str:
        return _home(self.plain | {name: cursor})

    # --- In words -----------------------------------------------------------------------------------------------------

    def chips(self, sites: Sequence[Site]) -> list[Chip]:
        titles = {site.slug: str(site) for site in sites}
        chips = []
        for name, value in self.values.items():
            if range_name := next((one for one, ends in RANGES.items() if name in ends), None):
                first = next(end for end in RANGES[range_name] if end in self.values)
                if name == first:
                    chips.append(self._range_chip(range_name))
            elif words := _in_words(name, value, titles):
                chips.append(Chip(Truncator(words).chars(60), self.with_(**{name: None})))
        return chips

    @property
    def in_words(self) -> str:
        """What the list holds, in a line."""
        words = [chip.words for chip in self.chips(())]
        return ", ".join([STATES[self.state][0], *words, f"{self.order.words} first"])

    def orders(self) -> list[Link]:
        return [
            Link(
                order.name,
                order.words,
                self.with_(order=order.name if order is not NEED else None),
                order is self.order,
            )
            for order in ORDERS.values()
        ]

    def states(self) -> list[Link]:
        return [
            Link(name, words, self.with_(state=None if name == WAITING else name), name == self.state)
            for name, (words, _) in STATES.items()
        ]

    def _range_chip(self, name: str) -> Chip:
        low, high = (self.values.get(end) for end in RANGES[name])
        said = f"{low}\N{EN DASH}{high}" if None not in (low, high) else f"from {low}" if high is None else f"to {high}"
        return Chip(f"{name} {said}", self.with_(**dict.fromkeys(RANGES[name])))

    def _place(self, data: QueryDict, name: str) -> Place | None:
        if not data.get(name):
            return None
        where = self.order.read(data.get(name, ""))
        if where is None:
            self.notes.append("The address names no page of this list; this is its beginning.")
        return where

    def _number(self, text: str) -> int | None:
        if not text:
            return None
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
        if not 0 < number <= MAX_KEY:
            self._leave_out("Article", text)
            return None
        return number

    def _leave_out(self, label: str, text: str) -> None:
        shown = Truncator(text).chars(60)
        self.notes.append(
            f"{label}: \N{LEFT DOUBLE QUOTATION MARK}{shown}\N{RIGHT DOUBLE QUOTATION MARK} means nothing here, "
            "and was left out."
        )


_ATTRIBUTES: Final = {AFTER: "after", BEFORE: "before"}


def asked_by(query: str) -> Asked:
    """The list that a text like `state=new&site=harbour` asks for, as forms and saved views keep it."""
    data = QueryDict(query[:MAX_QUERY_CHARS], mutable=True)
    data.pop(ARTICLE, None)
    return Asked(data)


def _home(said: Mapping[str, str]) -> str:
    return address("home") + (f"?{urlencode(said)}" if said else "")


def _in_words(name: str, value: Any, titles: Mapping[str, str]) -> str:
    """Empty: it goes without a chip."""
    match name:
        case "state":
            return "" if value == WAITING else STATES[value][0]
        case "site":
            return f"site: {titles.get(value, value)}"
        case "published":
            return PUBLISHED[value][0]
        case "finding":
            return f"finding: {KINDS[value].word}"
        case "differs" | "flapping":
            return {"differs": "published differs from the rule", "flapping": "source flaps"}[name]
        case "q":
            return f"\N{LEFT DOUBLE QUOTATION MARK}{value}\N{RIGHT DOUBLE QUOTATION MARK}"
        case _:
            return f"{name}: {value}"
