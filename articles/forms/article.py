"""The forms over an article: what an editor typed, as changes of the file's keys.

A form carries what it showed (`shown`). Only a control whose text is no longer what was shown is a change, so
that nobody takes back what the crawler or a colleague did to the other fields meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from articles.content.merge import value_of
from articles.content.values import ABSENT, from_json, same, to_json
from articles.forms.entries import DECISION, ENTRIES, ENTRY_OF_KEY, Entry
from articles.forms.pictures import PICTURES_KEY, PictureForms, is_editable_pictures, untouched_data
from articles.models import Site

MAX_REASON_CHARS: Final = 1000
SHOWN_DAMAGED: Final = (
    "This page lost track of what it showed you. Copy what you typed, reload the page, and type it again."
)
PICTURES_WRONG: Final = "Look at the pictures: something there needs correcting."


class ArticleForm(forms.Form):
    """An article's fields. After `is_valid()`, `changes` holds what the editor changed, by key."""

    version = forms.IntegerField(
        min_value=1,
        widget=forms.HiddenInput,
        error_messages={"required": SHOWN_DAMAGED, "invalid": SHOWN_DAMAGED, "min_value": SHOWN_DAMAGED},
    )
    shown = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=MAX_REASON_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Reason, if it needs one"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        in_force: Mapping[Any, Any],
        version: int | None = None,
        may_publish: bool = True,
    ) -> None:
        self.in_force = editable_values(in_force)
        super().__init__(data, initial={"version": version, "shown": _dump(self.in_force)})
        self.base, self.is_damaged = self._read_shown()
        self.changes: dict[str, Any] = {}
        self.touched: set[str] = set()
        for entry in ENTRIES:
            if may_publish or entry.name != DECISION:
                self.fields[entry.name] = entry.form_field(self.base.get(entry.key, ABSENT))
        self.pictures = self._picture_forms()

    @property
    def can_edit_pictures(self) -> bool:
        """They are a list of maps, and not too many."""
        return self.pictures is not None

    def entries(self, *names: str) -> Iterator[tuple[Entry, forms.BoundField]]:
        for entry in ENTRIES:
            if entry.name in names and entry.name in self.fields:
                yield entry, self[entry.name]

    def clean(self) -> dict[str, Any]:
        if self.is_damaged:
            raise ValidationError(SHOWN_DAMAGED)
        for entry in ENTRIES:
            if entry.name in self.fields and entry.name in self.data and entry.name not in self.errors:
                self._read_entry(entry)
        self._read_pictures()
        return self.cleaned_data

    def add_rejection(self, messages: Mapping[str, Sequence[str]]) -> None:
        """Complaints by key, as the review makes them, each at its control."""
        for key, sentences in messages.items():
            for sentence in sentences:
                self._reject(key, sentence)

    def forget(self, key: str) -> None:
        """What was typed for this key does not count any more."""
        self.changes.pop(key, None)
        self.touched.discard(key)

    def newer(self, in_force: Mapping[Any, Any], *, version: int | None = None) -> ArticleForm:
        """The same form over newer values: what was typed stays, the rest shows the new values.

        Without a version it keeps the one that was seen: to save over the newer one takes a word of its own.
        """
        now = editable_values(in_force)
        base = {key: value for key, value in self.base.items() if key in self.touched}
        base |= {key: value for key, value in now.items() if key not in self.touched}
        data = {name: value for name, value in self.data.items() if self._is_kept(name)}
        for entry in ENTRIES:
            if entry.key not in self.touched:
                data[entry.name] = entry.kind.show(now.get(entry.key, ABSENT))
        data["shown"] = _dump(base)
        if version is not None:
            data["version"] = str(version)
        if PICTURES_KEY not in self.touched:
            data |= untouched_data(now.get(PICTURES_KEY, ABSENT))
        form = ArticleForm(data, in_force=in_force, may_publish=DECISION in self.fields)
        form.is_valid()
        return form

    def conflicts(self, in_force: Mapping[Any, Any]) -> list[Difference]:
        """Field by field: what was shown, what it is now, what the editor typed."""
        now = editable_values(in_force)
        keys = [key for key in EDITABLE_KEYS if key in self.changes or not _same_at(key, self.base, now)]
        return [self._difference(key, now) for key in keys]

    def _difference(self, key: str, now: Mapping[str, Any]) -> Difference:
        shown, mine = self.base.get(key, ABSENT), self.changes.get(key)
        return Difference(key, shown, now.get(key, ABSENT), key in self.changes, mine)

    def _read_shown(self) -> tuple[dict[str, Any], bool]:
        """What the page showed; what is in force where the form does not say."""
        raw = self.data.get("shown") if self.is_bound else None
        if not raw:
            return self.in_force, False
        try:
            shown = json.loads(raw)
            values = {key: from_json(shown[key]) for key in EDITABLE_KEYS if key in shown}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return self.in_force, True
        return values, not isinstance(shown, dict)

    def _read_entry(self, entry: Entry) -> None:
        before = self.base.get(entry.key, ABSENT)
        typed = self.cleaned_data.get(entry.name, "")
        if entry.kind.is_untouched(typed, before):
            return
        self.touched.add(entry.key)
        try:
            self.changes[entry.key] = entry.kind.read(typed, before)
        except ValidationError as wrong:
            self.add_error(entry.name, wrong)

    def _picture_forms(self) -> Any:
        pictures = self.base.get(PICTURES_KEY, ABSENT)
        if not is_editable_pictures(pictures):
            return None
        shown = pictures or []
        is_sent = self.is_bound and f"{PICTURES_KEY}-TOTAL_FORMS" in self.data
        return PictureForms(
            self.data if is_sent else None,
            prefix=PICTURES_KEY,
            initial=[{"origin": place} for place in range(len(shown))],
            form_kwargs={"pictures": shown},
        )

    def _read_pictures(self) -> None:
        if self.pictures is None or not self.pictures.is_bound:
            return
        if not self.pictures.is_valid():
            self.touched.add(PICTURES_KEY)
            self.add_error(None, PICTURES_WRONG)
            return
        before = self.base.get(PICTURES_KEY, ABSENT)
        after = self.pictures.result()
        if not same(after, before or []):
            self.touched.add(PICTURES_KEY)
            self.changes[PICTURES_KEY] = after or ABSENT

    def _reject(self, key: str, sentence: str) -> None:
        root = key.partition("[")[0]
        entry = ENTRY_OF_KEY.get(key) or ENTRY_OF_KEY.get(root)
        if root == PICTURES_KEY and self.pictures is not None and self.pictures.reject(key, sentence):
            self.add_error(None, PICTURES_WRONG)
        else:
            self.add_error(entry.name if entry and entry.name in self.fields else None, sentence)

    def _is_kept(self, name: str) -> bool:
        return PICTURES_KEY in self.touched or not name.startswith(f"{PICTURES_KEY}-")


class ArticleAddForm(ArticleForm):
    """A new article, for one of the sites."""

    field_order = ("site",)

    def __init__(self, data: Mapping[str, Any] | None = None, *, may_publish: bool = True) -> None:
        super().__init__(data, in_force={}, may_publish=may_publish)
        del self.fields["version"]
        sites = list(Site.objects.only("slug", "title", "threshold")[:500])
        only = sites[0] if len(sites) == 1 else None
        self.fields["site"] = forms.ModelChoiceField(
            Site.objects.all(), label="Site", initial=only, empty_label=None if only else "Choose a site"
        )

    def clean(self) -> dict[str, Any]:
        """A control that was left alone is empty here, and some must not be."""
        cleaned = super().clean()
        for entry in ENTRIES:
            is_given = entry.key in self.changes or entry.name in self.errors or entry.name not in self.fields
            if entry.kind.missing and not is_given:
                self.add_error(entry.name, entry.kind.missing)
        return cleaned


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on which a stale form and the newer version may disagree."""

    key: str
    shown: Any
    now: Any
    is_mine: bool
    mine: Any

    @property
    def is_theirs(self) -> bool:
        return not same(self.shown, self.now)


EDITABLE_KEYS: Final = (*ENTRY_OF_KEY, PICTURES_KEY)


def editable_values(fields: Mapping[Any, Any]) -> dict[str, Any]:
    """The values that the form has controls for, by key; an absent one is left out."""
    values = {key: value_of(dict(fields), key) for key in EDITABLE_KEYS}
    return {key: value for key, value in values.items() if value is not ABSENT}


def _same_at(key: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return same(one.get(key, ABSENT), other.get(key, ABSENT))


def _dump(values: Mapping[str, Any]) -> str:
    return json.dumps({key: to_json(value) for key, value in values.items()}, ensure_ascii=False)
