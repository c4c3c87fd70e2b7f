"""The form over an article: what counts as a change, and what it becomes in the file."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from articles.content.values import ABSENT
from articles.forms import ArticleForm
from articles.forms.kinds import Flag, Kind, Line, Names, Number, Time
from tests.factories import FIELDS

MORNING = datetime(2026, 11, 20, 8, 15, tzinfo=UTC)


def sent(form: ArticleForm) -> dict[str, str]:
    """What a browser sends of an untouched form: textareas with CR LF, other controls without line breaks."""
    data = {}
    for field in [*form, *(field for row in form.pictures or () for field in row)]:
        text = "" if field.value() is None else str(field.value())
        is_area = field.widget_type == "textarea"
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if field.widget_type != "checkbox":
            data[field.html_name] = ("\r\n" if is_area else "").join(lines)
    if form.pictures is not None:
        data |= {f"images-{name}_FORMS": str(value) for name, value in _management(form).items()}
    return data


def _management(form: ArticleForm) -> dict[str, int]:
    return {"TOTAL": form.pictures.total_form_count(), "INITIAL": form.pictures.initial_form_count()}


def fill(fields: dict[str, Any], **typed: str) -> ArticleForm:
    """The form over these fields as an editor sends it who typed this and nothing else."""
    data = {**sent(ArticleForm(in_force=fields, version=1)), **typed}
    form = ArticleForm(data, in_force=fields)
    form.is_valid()
    return form


def changes(**typed: str) -> dict[str, Any]:
    form = fill(FIELDS, **typed)
    assert form.errors == {}
    return form.changes


ODD_FIELDS: dict[str, dict[str, Any]] = {
    "the sample": FIELDS,
    "nothing at all": {},
    "null everywhere": dict.fromkeys(FIELDS),
    "empty everywhere": {**dict.fromkeys(FIELDS, ""), "topics": [], "images": [], "provider": {}},
    "line breaks of all kinds": {
        **FIELDS,
        "title": "a\r\nb\nc\rd",
        "excerpt": "\n\na\r\n\r\nb\n",
        "originalUrl": "x\ny",
    },
    "edge spaces": {**FIELDS, "title": "  a  ", "type": " article ", "topics": [" AI ", "b"]},
    "wrong types": {
        **FIELDS,
        "quality": "high",
        "published": "yes",
        "topics": "AI",
        "images": {},
        "provider": "Herald",
        "publishedDateTime": date(2026, 11, 20),
    },
    "types that no column holds": {**FIELDS, "quality": 1.5, "heat": True, "title": 7, "topics": [1, {"a": None}]},
    "a naive time with fractions": {**FIELDS, "publishedDateTime": datetime(2026, 11, 20, 8, 15, 0, 1234)},
    "a topic with a line break": {**FIELDS, "topics": ["a\nb", "c"]},
    "pictures with other keys": {**FIELDS, "images": [{"caption": {"x": [1]}}, {"url": None, "width": "wide"}, {}]},
    "pictures that are no maps": {**FIELDS, "images": ["https://example.com/a.png", None]},
    "more pictures than a page takes": {**FIELDS, "images": [{"url": "https://example.com/a.png"}] * 90},
    "markup": {**FIELDS, "title": "</textarea><script>alert(1)</script>", "excerpt": "&amp; &lt;b>"},
}


@pytest.mark.parametrize("fields", ODD_FIELDS.values(), ids=ODD_FIELDS.keys())
def test_an_untouched_form_changes_nothing(fields: dict[str, Any]) -> None:
    form = fill(fields)
    assert form.errors == {}
    assert form.changes == {}


def test_only_the_control_that_was_typed_over_is_a_change() -> None:
    assert changes(title="A tug") == {"title": "A tug"}


HALF_PAST = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
JUST_AFTER = HALF_PAST.replace(second=59)
TYPED: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "spaces inside and around stay": ({"title": "  A  tug "}, {"title": "  A  tug "}),
    "an emptied excerpt is empty": ({"excerpt": ""}, {"excerpt": ""}),
    "an emptied URL goes": ({"original_url": ""}, {"originalUrl": ABSENT}),
    "an emptied score goes": ({"quality": " "}, {"quality": ABSENT}),
    "a new key": ({"web_url": "https://example.com/"}, {"webUrl": "https://example.com/"}),
    "a negative number": ({"heat": "-1"}, {"heat": -1}),
    "a typographic minus": ({"heat": "\N{MINUS SIGN}1"}, {"heat": -1}),
    "yes": ({"published": "true"}, {"published": True}),
    "not scored": ({"published": ""}, {"published": ABSENT}),
    "a time with seconds": ({"published_at": "2026-11-21 09:30:59"}, {"publishedDateTime": JUST_AFTER}),
    "a time as the file writes it": ({"published_at": "2026-11-21T09:30:00Z"}, {"publishedDateTime": HALF_PAST}),
    "a time to the minute": ({"published_at": "2026-11-21 09:30 UTC"}, {"publishedDateTime": HALF_PAST}),
    "topics in another order": ({"topics": "Technology\r\nRobotics"}, {"topics": ["Technology", "Robotics"]}),
    "a topic more, blank lines": ({"topics": "Robotics\r\n\r\nTop\r\n AI "}, {"topics": ["Robotics", "Top", "AI"]}),
    "no topics": ({"topics": "\r\n"}, {"topics": ABSENT}),
    "a part of the provider": ({"provider_name": "The Herald"}, {"provider.name": "The Herald"}),
}  # fmt: skip


@pytest.mark.parametrize(("typed", "meant"), TYPED.values(), ids=TYPED.keys())
def test_what_is_typed_becomes_a_value(typed: dict[str, str], meant: dict[str, Any]) -> None:
    assert changes(**typed) == meant


ENTER_TIME = "Enter date and time in UTC, such as 2020-12-29 20:23:00."
WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no title": ({"title": " "}, "Enter a title."),
    "no type": ({"type": ""}, "Choose article or video."),
    "no date": ({"published_at": ""}, ENTER_TIME),
    "half a date": ({"published_at": "yesterday"}, ENTER_TIME),
    "a day that never was": ({"published_at": "2026-02-30 10:00"}, "There is no such date or time. Correct it."),
    "another zone": ({"published_at": "2026-11-20T08:15:00+01:00"}, ENTER_TIME),
    "a score in words": ({"quality": "high"}, "Enter a whole number."),
    "half a score": ({"heat": "1.5"}, "Enter a whole number."),
    "other digits": ({"heat": "\N{ARABIC-INDIC DIGIT FIVE}"}, "Enter a whole number."),
    "a topic twice": ({"topics": "AI\r\nAI"}, "AI stands here twice. Take one out."),
    "a null character": ({"title": "a\0b"}, "Null characters are not allowed."),
}  # fmt: skip


@pytest.mark.parametrize(("typed", "complaint"), WRONG.values(), ids=WRONG.keys())
def test_what_makes_no_value_is_refused_at_its_control(typed: dict[str, str], complaint: str) -> None:
    form = fill(FIELDS, **typed)
    (name,) = typed
    assert form.errors[name] == [complaint]


def test_a_text_keeps_the_line_breaks_it_had() -> None:
    form = fill({**FIELDS, "excerpt": "one\r\ntwo"}, excerpt="one\r\ntwo\r\nthree")
    assert form.changes == {"excerpt": "one\r\ntwo\r\nthree"}
    form = fill({**FIELDS, "excerpt": "one\ntwo"}, excerpt="one\r\ntwo\r\nthree")
    assert form.changes == {"excerpt": "one\ntwo\nthree"}


def test_a_control_that_was_not_sent_is_not_a_change() -> None:
    form = ArticleForm({"version": "1", "title": "A tug"}, in_force=FIELDS)
    assert form.is_valid()
    assert form.changes == {"title": "A tug"}


def test_a_form_without_the_version_that_it_showed_is_refused() -> None:
    form = ArticleForm({"title": "A tug"}, in_force=FIELDS)
    assert not form.is_valid()
    assert "lost track" in form.errors["version"][0]


@pytest.mark.parametrize(
    "shown", ["{", "[]", "7", "null", "[" * 100_000, '{"title": {"$time": "never"}}', '{"title": {"$map": 1}}']
)
def test_a_form_that_lost_what_it_showed_is_refused(shown: str) -> None:
    form = ArticleForm({"version": "1", "shown": shown, "title": "A tug"}, in_force=FIELDS)
    assert not form.is_valid()
    assert "lost track" in form.non_field_errors()[0]


def test_the_mark_published_is_left_to_those_who_may_publish() -> None:
    form = ArticleForm({"version": "1", "published": "true"}, in_force=FIELDS, may_publish=False)
    assert form.is_valid()
    assert form.changes == {}


# --- Pictures ---------------------------------------------------------------------------------------------------------

TUG, BARGE = FIELDS["images"]


def pictures(**typed: str) -> Any:
    return changes(**{f"images-{name.replace('_', '-', 1)}": text for name, text in typed.items()}).get("images")


def test_a_cell_of_a_picture_is_typed_over_and_the_others_stay() -> None:
    assert pictures(**{"0_width": "600"}) == [{**TUG, "width": 600}, BARGE]


def test_a_cell_of_a_picture_is_emptied() -> None:
    assert pictures(**{"0_isCached": ""}) == [{key: value for key, value in TUG.items() if key != "isCached"}, BARGE]


def test_a_picture_is_removed() -> None:
    assert pictures(**{"0_DELETE": "on"}) == [BARGE]


def test_with_the_last_picture_the_key_goes() -> None:
    assert pictures(**{"0_DELETE": "on", "1_DELETE": "on"}) is ABSENT


def test_a_picture_is_added_at_the_end() -> None:
    address = "https://pictures.example.com/new.jpg"
    added = {"url": address, "width": 10, "title": "New"}
    assert pictures(**{"2_url": address, "2_width": "10", "2_title": "New"}) == [TUG, BARGE, added]


def test_a_picture_is_moved_up_and_down() -> None:
    assert pictures(**{"1_ORDER": "1"}) == [BARGE, TUG]
    assert pictures(**{"0_ORDER": "2"}) == [BARGE, TUG]
    assert pictures(**{"0_ORDER": "9"}) == [BARGE, TUG]


def test_keys_beyond_the_record_stay_with_their_picture() -> None:
    fields = {**FIELDS, "images": [{**TUG, "caption": {"x": [1]}}, BARGE]}
    form = fill(fields, **{"images-0-ORDER": "2", "images-0-title": "The tug"})
    assert form.changes == {"images": [BARGE, {**TUG, "caption": {"x": [1]}, "title": "The tug"}]}


def test_a_new_picture_needs_an_address() -> None:
    form = fill(FIELDS, **{"images-2-width": "10"})
    assert form.pictures.forms[2].errors == {"url": ["Enter the picture's address."]}


def test_a_picture_with_a_wrong_width_is_refused_there() -> None:
    form = fill(FIELDS, **{"images-1-width": "wide"})
    assert form.pictures.forms[1].errors == {"width": ["Enter a whole number."]}
    assert "pictures" in form.non_field_errors()[0]


def test_a_rejected_picture_is_named_at_its_row_also_when_it_moved() -> None:
    form = fill(FIELDS, **{"images-1-ORDER": "1", "images-1-url": "javascript:alert(1)"})
    form.add_rejection({"images[0].url": ["'images[0].url' is no web address."]})
    assert form.pictures.forms[1].errors == {"url": ["'images[0].url' is no web address."]}


@pytest.mark.parametrize("total", ["x", "-1", "", "0", "1", "100000"])
def test_rows_that_a_page_never_had_are_refused(total: str) -> None:
    form = fill(FIELDS, **{"images-TOTAL_FORMS": total})
    assert "pictures" in form.non_field_errors()[0]


# --- Two editors ------------------------------------------------------------------------------------------------------


def test_a_field_that_was_not_touched_is_never_taken_back() -> None:
    """The page showed 68; meanwhile it became 88; the editor typed only a title."""
    data = sent(ArticleForm(in_force=FIELDS, version=1)) | {"title": "A tug"}
    form = ArticleForm(data, in_force={**FIELDS, "quality": 88})
    assert form.is_valid()
    assert form.changes == {"title": "A tug"}


def test_a_stale_form_over_the_newer_values_keeps_what_was_typed() -> None:
    newer = {**FIELDS, "quality": 88, "title": "Theirs", "images": [BARGE]}
    data = sent(ArticleForm(in_force=FIELDS, version=1)) | {"title": "Mine"}
    form = ArticleForm(data, in_force=newer)
    assert form.is_valid()
    again = form.newer(newer)
    assert (again["title"].value(), again["quality"].value(), again["version"].value()) == ("Mine", "88", "1")
    assert [row["url"].value() for row in again.pictures] == [BARGE["url"]]
    assert again.changes == {"title": "Mine"}
    assert [(line.key, line.is_mine, line.is_theirs) for line in form.conflicts(newer)] == [
        ("title", True, True),
        ("quality", False, True),
        ("images", False, True),
    ]


def test_a_stale_form_keeps_pictures_that_were_typed() -> None:
    newer = {**FIELDS, "images": [BARGE]}
    data = sent(ArticleForm(in_force=FIELDS, version=1)) | {"images-0-width": "600"}
    form = ArticleForm(data, in_force=newer)
    assert form.is_valid()
    assert form.newer(newer).changes == {"images": [{**TUG, "width": 600}, BARGE]}


# --- Kinds ------------------------------------------------------------------------------------------------------------

SHOWN: dict[str, tuple[Kind, Any, str]] = {
    "absent": (Kind(), ABSENT, ""),
    "null": (Line(), None, ""),
    "text": (Kind(), "a\nb", "a\nb"),
    "number": (Number(), 0, "0"),
    "truth": (Flag(), False, "false"),
    "time": (Time(), MORNING, "2026-11-20 08:15:00"),
    "names": (Names(), ["a", "b"], "a\nb"),
    "no names": (Names(), [], ""),
    "a map": (Line(), {"b": 1, "a": [None, "ü"]}, "b: 1\na:\n- null\n- ü"),
}


@pytest.mark.parametrize(("kind", "value", "text"), SHOWN.values(), ids=SHOWN.keys())
def test_values_stand_in_their_controls(kind: Kind, value: Any, text: str) -> None:
    assert kind.show(value) == text
