"""Reads a page as a browser without scripts does: its words, its links, and what its forms would send."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

INLINE = {"a", "b", "bdi", "code", "del", "ins", "small", "span", "time"}


@dataclass
class Page(HTMLParser):
    """A parsed page: the controls of each form by its id, every attribute of every element, and the text."""

    html: str
    forms: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._form: dict[str, list[str]] = {}
        self._name, self._text, self._in_template = "", "", 0
        self.feed(self.html)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def attributes(self, tag: str, name: str) -> list[str]:
        return [attrs[name] for kind, attrs in self.elements if kind == tag and name in attrs]

    def form(self, form_id: str) -> dict[str, list[str]]:
        """The form's data as it would be sent without a button."""
        return {name: list(values) for name, values in self.forms[form_id].items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        self._part(tag)
        if tag == "template":
            self._in_template += 1
        if self._in_template:
            return
        if tag == "form":
            self._form = self.forms.setdefault(given.get("id", ""), {})
        elif tag == "input" and given.get("type") not in ("submit", "button"):
            self._input(given)
        elif tag in ("select", "textarea"):
            self._name, self._text = given.get("name", ""), ""
        elif tag == "option" and "selected" in given:
            self._form[self._name] = [given.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        if tag == "template":
            self._in_template -= 1
        elif tag == "textarea" and not self._in_template:
            text = self._text.removeprefix("\n").replace("\r\n", "\n").replace("\r", "\n")
            self._form[self._name] = [text.replace("\n", "\r\n")]
        elif tag == "select" and not self._in_template:
            self._form.setdefault(self._name, [""])

    def handle_data(self, data: str) -> None:
        self._text += data
        self.words.append(data)

    def _part(self, tag: str) -> None:
        """Blocks and buttons stand apart from the words before and after them."""
        if tag not in INLINE:
            self.words.append(" ")

    def _input(self, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if given.get("type") not in ("checkbox", "radio") or "checked" in given:
            self._form.setdefault(name, []).append(given.get("value", ""))


def read(response: Any) -> Page:
    return Page(response.content.decode())
