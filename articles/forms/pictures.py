"""The pictures of an article as rows of a form: typed over, removed, added, put into another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory

from articles.content.keypath import parse
from articles.content.values import ABSENT
from articles.forms.entries import PICTURE_ENTRIES, SCORE_ATTRS, Entry
from articles.forms.kinds import is_list_of_maps

MAX_PICTURES: Final = 60
"""More cannot be edited on a page: browsers may send a thousand values at once, and no editor wants to."""
MAX_ROWS: Final = 100
PICTURES_KEY: Final = "images"


class PictureForm(forms.Form):
    """One picture. `origin` is its place in the list that was shown; empty: it is new."""

    origin = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, pictures: Sequence[dict[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pictures = pictures
        self.picture: dict[str, Any] | None = None
        before = self.before()
        for entry in PICTURE_ENTRIES:
            self.fields[entry.name] = entry.form_field(before.get(entry.key, ABSENT))

    @property
    def is_new(self) -> bool:
        """It stands in no list yet."""
        origin = self._origin()
        return origin is None or origin >= len(self.pictures)

    def before(self) -> dict[str, Any]:
        """The picture as it was shown; empty for a new one."""
        return {} if self.is_new else self.pictures[self._origin() or 0]

    @property
    def shown_url(self) -> Any:
        return self.before().get("url", "")

    def clean(self) -> dict[str, Any]:
        """Makes `picture`: what was shown with the cells that were typed over. Other keys stay."""
        before = self.before()
        picture = dict(before)
        for entry in PICTURE_ENTRIES:
            typed = self.cleaned_data.get(entry.name, "")
            if entry.name not in self.errors:
                self._set(picture, entry, typed, before.get(entry.key, ABSENT))
        if picture or not self.is_new:
            self.picture = picture
        if self.is_new and picture and not self.errors and not picture.get("url"):
            self.add_error("url", "Enter the picture's address.")
        return self.cleaned_data

    def _set(self, picture: dict[str, Any], entry: Entry, typed: str, before: Any) -> None:
        if entry.kind.is_untouched(typed, before):
            return
        try:
            value = entry.kind.read(typed, before)
        except ValidationError as wrong:
            self.add_error(entry.name, wrong)
            return
        if value is ABSENT:
            picture.pop(entry.key, None)
        else:
            picture[entry.key] = value

    def _origin(self) -> int | None:
        if not self.is_bound:
            return self.initial.get("origin")
        raw = self.data.get(self.add_prefix("origin"), "")
        return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 6 else None


class BasePictureForms(BaseFormSet):  # type: ignore[type-arg]
    """The pictures of an article in order, and one more to fill in."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = "Place"
        form.fields["ORDER"].widget = forms.TextInput(attrs={**SCORE_ATTRS, "size": "3"})
        form.fields["DELETE"].label = "Remove"

    def clean(self) -> None:
        """A row that is not sent is no picture removed: that takes a tick."""
        if len(self.forms) < len(self.form_kwargs["pictures"]):
            raise ValidationError("Not all rows of the pictures came with the form. Reload the page, and try again.")

    def result(self) -> list[dict[str, Any]]:
        """The pictures as typed: the removed ones out, the rest at their places."""
        return [form.picture for form in self._in_order() if form.picture is not None]

    def reject(self, key: str, sentence: str) -> bool:
        """A complaint about `images[0].url` of the result, put at its row; whether the row was found."""
        steps = parse(key)
        rows = self._in_order()
        place = steps[1] if len(steps) > 1 else None
        if not isinstance(place, int) or place >= len(rows):
            return False
        row = rows[place]
        row.add_error(str(steps[2]) if len(steps) > 2 and steps[2] in row.fields else None, sentence)
        return True

    def _in_order(self) -> list[PictureForm]:
        placed = [
            (self._place(form, index), form)
            for index, form in enumerate(self.forms)
            if form.picture is not None and not form.cleaned_data.get("DELETE")
        ]
        return [form for _, form in sorted(placed, key=lambda row: row[0])]

    def _place(self, form: forms.Form, index: int) -> tuple[float, int, int]:
        """One that was moved to a taken place goes before it when it came from below, else after it."""
        was = index + 1 if index < self.initial_form_count() else None
        wanted = form.cleaned_data.get("ORDER")
        if wanted is None:
            return (was or float("inf"), 0, index)
        if was is None or wanted < was:
            return (wanted, -1, index)
        return (wanted, int(wanted > was), index)


PictureForms = formset_factory(
    PictureForm,
    formset=BasePictureForms,
    can_order=True,
    can_delete=True,
    extra=1,
    max_num=MAX_ROWS,
    absolute_max=MAX_ROWS,
)


def is_editable_pictures(pictures: Any) -> bool:
    return not pictures or (is_list_of_maps(pictures) and len(pictures) <= MAX_PICTURES)


def untouched_data(pictures: Any) -> dict[str, str]:
    """What an untouched form over these pictures would send."""
    if not is_editable_pictures(pictures):
        return {}
    shown = pictures or []
    data = {f"{PICTURES_KEY}-TOTAL_FORMS": str(len(shown)), f"{PICTURES_KEY}-INITIAL_FORMS": str(len(shown))}
    for place, picture in enumerate(shown):
        row = f"{PICTURES_KEY}-{place}-"
        data |= {row + "origin": str(place), row + "ORDER": str(place + 1)}
        data |= {row + entry.name: entry.kind.show(picture.get(entry.key, ABSENT)) for entry in PICTURE_ENTRIES}
    return data
