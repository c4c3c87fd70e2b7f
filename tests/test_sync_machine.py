"""Anything in any order: a crawler and editors at random, and a model of what must come of it.

The model knows what each of them did, and nothing of how the desk finds it out. In one case nobody could know: where
the crawler's file holds just what we had written there, it may have copied that or mean it. Then either is right.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import yaml
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from articles import review
from articles.conflicts import open_conflicts
from articles.content.values import ABSENT
from articles.exporting import export_in_place
from articles.importing import import_site
from articles.models import Article, Event, Override, Site
from articles.review import EditRejected
from articles.syncing import sync_site

EXAMPLES: Final = int(os.environ.get("NEWSROOM_MACHINE_EXAMPLES", "6"))
STEPS: Final = int(os.environ.get("NEWSROOM_MACHINE_STEPS", "20"))

AT: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WITNESS: Final = "_news/2026-11-20-witness.md"
"""A file with a decision that nobody touches: the tree is shared, and never taken for a clean checkout."""
PATHS: Final = tuple(f"_news/2026-11-20-{name}.md" for name in ("tug", "ferry", "quay", "buoy", "pier"))
SCALARS: Final[dict[str, tuple[Any, ...]]] = {
    "title": ("A tug", "B: tugs", 'C "tug"', "Dé tug"),
    "webUrl": (ABSENT, "https://example.com/a", "https://example.com/b"),
    "quality": (ABSENT, 50, 70, 90),
    "published": (ABSENT, True, False),
    "provider.name": (ABSENT, "Herald", "Times"),
    "provider.domain": (ABSENT, "herald.example", "times.example"),
    "levels": (ABSENT, "first", "second"),
}
LISTS: Final = ("topics", "images")
CRAWLERS_NAMES: Final = ("Robots", "Ships", "Sail", "Tugs")
EDITORS_NAMES: Final = ("Harbours", "Quays")
WIDTHS: Final = (10, 20, 30)

Items = dict[str, Any]
"""A list as what is in it: names of topics, addresses of pictures with their widths."""
Fields = dict[str, Any]
"""Values by key path; a list is `Items`."""


@dataclass
class Word:
    """An editor's decision. The crawler contradicts it with what is neither `value` nor one of `bases`.

    `echoes` are the editors' values with which the file came back under it: should the crawler mean one of them after
    all, it may have done so then already, and that is no contradiction.
    """

    value: Any
    bases: list[Any]
    echoes: list[Any] = field(default_factory=list)

    def copy(self) -> Word:
        return replace(self, bases=list(self.bases), echoes=list(self.echoes))


@dataclass
class Story:
    """One path: what the crawler means, what stands on disk, and what the desk must know.

    `said` is what the crawler had said when the desk last looked, `doubts` by key what it may have said instead;
    `ours` are the editors' values that stand in the file; `pure` the bytes as the crawler wrote them, None where it
    wrote over ours; `taken` those when the desk last looked. `pending`: how the file came about that it has not seen.
    """

    said: Fields
    means: Fields
    words: dict[str, Word] = field(default_factory=dict)
    ours: Fields = field(default_factory=dict)
    doubts: dict[str, list[Any]] = field(default_factory=dict)
    pure: bytes | None = None
    pending: str = ""
    is_known: bool = False
    is_missing: bool = False
    is_unwritten: bool = False
    is_broken: bool = False
    changes: Fields = field(default_factory=dict)
    events: int = 0
    taken: bytes | None = None

    def may_have_said(self, key: str) -> list[Any]:
        return [self.said[key], *self.doubts.get(key, [])]

    def in_force(self, key: str) -> list[Any]:
        """The values that may be in force."""
        return [self.words[key].value] if key in self.words else self.may_have_said(key)

    def contradictions(self, key: str) -> set[bool]:
        """Whether the crawler contradicts the editor; both where nobody can tell."""
        word = self.words[key]
        if key in LISTS:
            said = self.said[key]
            return {said not in (word.value, *word.bases) and three_way(word.bases[0], said, word.value) is CLASH}
        return {said not in (word.value, *word.bases) for said in self.may_have_said(key)}


def nothing() -> Fields:
    return dict.fromkeys(SCALARS, ABSENT) | {name: {} for name in LISTS}


def render(fields: Fields, secured: int, newline: str) -> bytes:
    """A file as the crawler writes it."""
    lines = ["---", "category: news"]
    for key in ("title", "webUrl"):
        if fields[key] is not ABSENT:
            text = fields[key].replace('"', '\\"')
            lines.append(f'{key}: "{text}"')
    for key in ("quality", "published"):
        if fields[key] is not ABSENT:
            lines.append(f"{key}: {str(fields[key]).lower()}")
    provider = [(key, fields[f"provider.{key}"]) for key in ("name", "domain")]
    if any(value is not ABSENT for _, value in provider):
        lines += ["", "provider:", *(f"  {key}: {value}" for key, value in provider if value is not ABSENT)]
    lines += ["", "topics:", *(f"  - {name}" for name in fields["topics"])] if fields["topics"] else ["", "topics: []"]
    lines += ["", "images:" if fields["images"] else "images: []"]
    for url, width in fields["images"].items():
        lines += [f'  - url: "{url}"', f"    width: {width}", "    height: 5"]
    if fields["levels"] is not ABSENT:
        lines.append(f"levels: {fields['levels']}")
    lines += ["", f'secured: "QUJDREVGR0hJSktMTU5PUA==;{secured:022}=="', "---", "", ""]
    return newline.join(lines).encode()


def parse(data: bytes) -> Fields:
    """What a file says, read without the desk."""
    loaded = yaml.safe_load(data.decode().split("---")[1]) or {}
    provider = loaded.get("provider") or {}
    fields = {key: loaded.get(key, ABSENT) for key in SCALARS if "." not in key}
    fields |= {f"provider.{key}": provider.get(key, ABSENT) for key in ("name", "domain")}
    topics = {name: True for name in loaded.get("topics") or []}
    images = {image["url"]: image["width"] for image in loaded.get("images") or []}
    return fields | {"topics": topics, "images": images}


def blocks(data: bytes) -> dict[str, str]:
    """The lines of each key of the root, without blank ones and line breaks."""
    found: dict[str, str] = {}
    name = ""
    for line in data.decode().splitlines():
        if line and not line.startswith((" ", "-")):
            name = line.partition(":")[0]
        if line.strip() and line != "---":
            found[name] = found.get(name, "") + line + "\n"
    return found


def meaning(data: bytes | None) -> dict[str, str]:
    return {name: text for name, text in blocks(data or b"").items() if name != "secured"}


CLASH: Final = object()


def three_way(base: Items, crawler: Items, editor: Items) -> Any:
    """Item by item; `CLASH` where both changed one to different ends."""
    merged = {}
    for name in {**crawler, **editor}:
        old, theirs, ours = (side.get(name) for side in (base, crawler, editor))
        if theirs != old and ours != old and theirs != ours:
            return CLASH
        item = theirs if ours == old else ours
        if item is not None:
            merged[name] = item
    return merged


class NotNow(Exception):
    """The rule has nothing to do in this state."""


def need(condition: object) -> None:
    """Unlike hypothesis's `assume`, does not throw the whole run away."""
    if not condition:
        raise NotNow


def act(**arguments: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """A rule that may find nothing to do; then it has changed nothing. Often a sync follows."""

    def decorate(function: Callable[..., None]) -> Any:
        @wraps(function)
        def attempt(self: Desk, then_sync: bool, **given: Any) -> None:
            with suppress(NotNow):
                function(self, **given)
                if then_sync:
                    self.bring_together()

        make: Any = rule  # its overloads do not take a dict of strategies
        return make(then_sync=st.booleans(), **arguments)(attempt)

    return decorate


NUMBER: Final = st.integers(0, 11)


@dataclass(eq=False)
class Batch:
    """What an editor did to one article; `before`: what was decided on these keys until then."""

    number: UUID
    path: str
    before: dict[str, Word | None]
    undoes: Batch | None = None
    stands: bool = True

    def let_stand(self, stands: bool) -> None:
        """Who takes back an undoing lets stand again what that took back."""
        self.stands = stands
        if self.undoes is not None:
            self.undoes.let_stand(not stands)


class Desk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.root = Path(tempfile.mkdtemp(prefix="newsroom-machine-"))
        self.editor = User.objects.create_superuser("ada", "ada@example.com", "pw")
        self.stories: dict[str, Story] = {}
        self.batches: list[Batch] = []
        self.clock = time.time_ns() - 10**15
        self.secured = 0

    def teardown(self) -> None:
        shutil.rmtree(self.root)
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # --- The crawler -------------------------------------------------------------------------------------------------

    @initialize(
        count=st.integers(1, 3),
        keys=st.lists(st.sampled_from(sorted(SCALARS)), min_size=1, max_size=3, unique=True),
        newline=st.sampled_from(["\n", "\r\n"]),
    )
    def begin(self, count: int, keys: list[str], newline: str) -> None:
        """Few keys at a time, so that the two sides meet."""
        self.keys = keys
        self.put(WITNESS, render(nothing() | {"title": "A tug"}, 0, newline))
        sync_site(self.root, at=AT, slug="harbour")
        review.edit(self.article(WITNESS), {"title": "C"}, by=self.editor, at=AT)
        for path in PATHS[:count]:
            self.write_anew(path, {}, newline)
        self.bring_together()

    @act(
        path=st.sampled_from(PATHS),
        changes=st.dictionaries(NUMBER, NUMBER, min_size=1, max_size=2),
        newline=st.sampled_from(["\n", "\r\n"]),
    )
    def crawl_anew(self, path: str, changes: dict[int, int], newline: str) -> None:
        """From its own memory, whatever stands in the file."""
        values = dict(self.value(key, place) for key, place in changes.items())
        need(values.get("title") is not ABSENT)
        self.write_anew(path, values, newline)

    @act(which=NUMBER, newline=st.sampled_from(["\n", "\r\n"]), data=st.data())
    def crawl_lists_anew(self, which: int, newline: str, data: st.DataObject) -> None:
        path = self.one_of(which, self.stories)
        story = self.stories[path]
        need(story.means["title"] is not ABSENT)
        self.write_anew(path, self.changed_list(story, story.means, data), newline)

    @act(which=NUMBER, number=NUMBER, place=NUMBER, crlf=st.booleans())
    def crawl_in_place(self, which: int, number: int, place: int, crlf: bool) -> None:
        """Reads the file, ours or not, and changes one value."""
        path = self.readable(which)
        story = self.stories[path]
        key, value = self.value(number, place)
        on_disk = parse((self.root / path).read_bytes())
        is_back = key in story.ours and value == story.said[key] != story.ours[key]
        need(not (is_back and len(story.ours) > 1))  # taken for a file written from memory; see the table
        need(key != "title" or value is not ABSENT)
        self.write_in_place(path, {**on_disk, key: value}, {key: value} if on_disk[key] != value else {}, crlf=crlf)

    @act(which=NUMBER, crlf=st.booleans(), data=st.data())
    def crawl_list_in_place(self, which: int, crlf: bool, data: st.DataObject) -> None:
        path = self.readable(which)
        story = self.stories[path]
        on_disk = parse((self.root / path).read_bytes())
        current = story.means if story.pending else story.said
        ((key, items),) = self.changed_list(story, current, data).items()
        delta = {name for name in {**items, **current[key]} if items.get(name) != current[key].get(name)}
        need(all(on_disk[key].get(name) == current[key].get(name) for name in delta))
        merged = {name: item for name, item in on_disk[key].items() if name not in delta or name in items}
        merged |= {name: items[name] for name in delta if name in items}
        self.write_in_place(path, {**on_disk, key: merged}, {key: items}, crlf=crlf)

    @act(which=NUMBER)
    def delete(self, which: int) -> None:
        self.unlink(self.present(which))

    @act(which=NUMBER, part=st.integers(0, 9))
    def break_off(self, which: int, part: int) -> None:
        """Half a file."""
        path = self.present(which)
        need(self.stories[path].is_known)
        data = (self.root / path).read_bytes().rstrip()[:-3]
        self.put(path, data[: len(data) * part // 10])
        self.stories[path].pending, self.stories[path].is_broken = "broken", True

    @act(which=NUMBER, to=NUMBER)
    def swap(self, which: int, to: int) -> None:
        one, other = self.readable(which), self.readable(to)
        texts = (self.root / one).read_bytes(), (self.root / other).read_bytes()
        need(one != other and not (self.stories[one].pending or self.stories[other].pending))
        need(self.is_clear(one, parse(texts[1])) and self.is_clear(other, parse(texts[0])))
        for path, data in ((one, texts[1]), (other, texts[0])):
            story = self.stories[path]
            story.means, story.pending, story.pure = parse(data), "memory", data
            self.put(path, data)

    @act(which=NUMBER, to=NUMBER)
    def rename(self, which: int, to: int) -> None:
        path, other = self.readable(which), self.one_of(to, PATHS)
        need(other not in self.stories)
        data = (self.root / path).read_bytes()
        self.unlink(path)
        self.stories[other] = Story(nothing(), parse(data), pending="memory", pure=data)
        self.put(other, data)

    # --- The editors -------------------------------------------------------------------------------------------------

    @act(which=NUMBER, number=NUMBER, place=NUMBER)
    def edit(self, which: int, number: int, place: int) -> None:
        path = self.known(which)
        story = self.stories[path]
        key, value = self.value(number, place)
        need(key != "title" or value is not ABSENT)
        before = {key: self.word_before(story, key)}
        try:
            outcome = review.edit(self.article(path), {key: value}, by=self.editor, at=AT)
        except EditRejected:
            assert value is ABSENT  # there is no key to take away
            return
        self.decide(path, key, value)
        self.note(outcome, path, before)

    @act(which=NUMBER, data=st.data())
    def edit_list(self, which: int, data: st.DataObject) -> None:
        path = self.known(which)
        story = self.stories[path]
        key = data.draw(st.sampled_from(LISTS))
        need(self.contradicted(story, key) is False)
        items = dict(self.current(path)[key])
        name = data.draw(st.sampled_from([*items, *self.names(key, EDITORS_NAMES)]))
        if key == "images" and data.draw(st.booleans()):
            items[name] = data.draw(st.sampled_from(WIDTHS))
        elif name in items:
            del items[name]
        else:
            items[name] = True if key == "topics" else 15
        values = list(items) if key == "topics" else [self.image(url, width) for url, width in items.items()]
        before = {key: self.word_before(story, key)}
        outcome = review.edit(self.article(path), {key: values}, by=self.editor, at=AT)
        self.decide(path, key, items)
        self.note(outcome, path, before)

    @act(which=NUMBER, published=st.booleans())
    def publish(self, which: int, published: bool) -> None:
        path = self.known(which)
        story = self.stories[path]
        before = {"published": self.word_before(story, "published")}
        act = review.publish if published else review.unpublish
        outcome = act(self.article(path), by=self.editor, at=AT)
        echoes = story.words["published"].echoes if "published" in story.words else []
        story.words["published"] = Word(published, story.may_have_said("published"), echoes)
        self.note(outcome, path, before)

    @act(which=NUMBER, data=st.data())
    def reset(self, which: int, data: st.DataObject) -> None:
        path = self.known(which)
        story = self.stories[path]
        need(story.words)
        keys = data.draw(st.lists(st.sampled_from(sorted(story.words)), min_size=1, max_size=3, unique=True))
        before = {key: self.word_before(story, key) for key in keys}
        outcome = review.reset(self.article(path), keys, by=self.editor, at=AT)
        for key in keys:
            del story.words[key]
        self.note(outcome, path, before)

    @act(which=NUMBER, side=st.sampled_from(["crawler", "editor"]), data=st.data())
    def resolve(self, which: int, side: Any, data: st.DataObject) -> None:
        path = self.known(which)
        story = self.stories[path]
        need(story.words)
        if story.is_missing:
            review.resolve(self.article(path), "*", side, by=self.editor, at=AT)
            self.batches = [batch for batch in self.batches if batch.path != path]
            if side == "crawler":
                story.words.clear()
            else:
                story.is_missing, story.pending = False, "" if story.pending == "gone" else story.pending
            return
        keys = sorted(key for key in story.words if self.contradicted(story, key))
        need(keys)
        key = data.draw(st.sampled_from(keys))
        before = {key: self.word_before(story, key)}
        outcome = review.resolve(self.article(path), key, side, by=self.editor, at=AT)
        if side == "crawler":
            del story.words[key]
        else:
            story.words[key] = Word(story.words[key].value, [story.said[key]])
        self.note(outcome, path, before)

    @act(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        need(self.batches)
        place = data.draw(st.integers(0, len(self.batches) - 1))
        batch, later = self.batches[place], self.batches[place + 1 :]
        path, before = batch.path, batch.before
        story = self.stories[path]
        standing = [one for one in later if one.path == path and one.stands and one.undoes not in later]
        since = {key for one in standing for key in one.before}
        need(not any(story.doubts.get(key) for key in before))
        undone = {key: self.word_before(story, key) for key in before}
        (decided,) = review.undo(batch.number, by=self.editor, at=AT)
        assert bool(decided.refusal) == bool(since & before.keys()), decided
        if decided.refusal:
            return
        for key, word in before.items():
            story.words.pop(key, None)
            if word is not None:
                story.words[key] = word.copy()
                self.judge(story, key)
        assert decided.outcome is not None
        self.note(decided.outcome, path, undone, undoes=batch)

    @act(path=st.sampled_from(PATHS))
    def add_by_hand(self, path: str) -> None:
        need(path not in self.stories)
        site = Site.objects.get()
        fields = {"title": "B: tugs", "provider.name": "Times", "topics": ["Quays"]}
        review.add(site, path, fields, by=self.editor, at=AT)
        words = {"title": Word("B: tugs", [ABSENT]), "provider.name": Word("Times", [ABSENT])}
        story = Story(
            nothing(), nothing(), {**words, "topics": Word({"Quays": True}, [{}])}, is_known=True, is_unwritten=True
        )
        self.stories[path] = story

    # --- The runs ----------------------------------------------------------------------------------------------------

    @rule()
    def sync(self) -> None:
        self.bring_together()

    def bring_together(self) -> None:
        report = sync_site(self.root, at=AT, slug="harbour", force=True).report
        self.take_in(self.changed_events())
        self.note_export()
        self.check()
        assert report.has_errors == any(story.is_broken for story in self.stories.values()), report.problems
        files, events = self.files(), Event.objects.count()
        again = sync_site(self.root, at=AT, slug="harbour", force=True).report
        counts = (again.created, again.updated, again.noise, again.missing, again.written, again.changes)
        assert counts == (0, 0, 0, 0, 0, 0), again
        assert (self.files(), Event.objects.count()) == (files, events)

    @rule(imports=st.booleans())
    def half_a_sync(self, imports: bool) -> None:
        if imports:
            import_site(self.root, at=AT, slug="harbour")
            self.take_in(self.changed_events())
            return
        report = export_in_place(Site.objects.get(), at=AT).report
        refused = {problem.path for problem in report.problems}
        assert refused <= {path for path, story in self.stories.items() if story.pending}
        self.note_export()

    # --- What the crawler's rules need -------------------------------------------------------------------------------

    def put(self, path: str, data: bytes) -> None:
        """The time of the file is long past, so that it can be relied on."""
        file = self.root / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
        self.clock += 10**9
        os.utime(file, ns=(self.clock, self.clock))

    def unlink(self, path: str) -> None:
        (self.root / path).unlink()
        story = self.stories[path]
        story.pending, story.is_broken, story.pure = "" if story.is_unwritten else "gone", False, story.taken
        if not story.is_known:
            del self.stories[path]

    def write_anew(self, path: str, changes: Fields, newline: str) -> None:
        means = self.stories[path].means if path in self.stories else nothing()
        if means["title"] is ABSENT:
            means = means | {"title": "A tug", "topics": {"Robots": True, "Ships": True}}
        need(path not in self.stories or self.is_clear(path, {**means, **changes}))
        story = self.stories.setdefault(path, Story(nothing(), means))
        story.means = {**means, **changes}
        self.secured += 1
        story.pure = render(story.means, self.secured, newline)
        story.pending, story.is_broken = "memory", False
        self.put(path, story.pure)

    def write_in_place(self, path: str, on_disk: Fields, changes: Fields, *, crlf: bool) -> None:
        story = self.stories[path]
        self.secured += 1
        if story.pending != "memory":
            if not story.pending:
                story.means, story.changes = dict(story.said), {}
            story.pending = "in place"
        story.means = {**story.means, **changes}
        story.changes = {**story.changes, **changes}
        data = render(on_disk, self.secured, "\r\n" if crlf else "\n")
        story.pure = data if story.pending == "memory" or not story.ours else None
        self.put(path, data)

    def changed_list(self, story: Story, current: Fields, data: st.DataObject) -> Fields:
        """A list with one item more or less, or one changed; not what an editor did to it already."""
        key = data.draw(st.sampled_from(LISTS))
        items = dict(current[key])
        name = data.draw(st.sampled_from([*items, *self.names(key, CRAWLERS_NAMES)]))
        decided = [story.ours.get(key), story.words[key].value if key in story.words else None]
        need(all(known is None or known.get(name) == story.said[key].get(name) for known in decided))
        if key == "images" and data.draw(st.booleans()):
            items[name] = data.draw(st.sampled_from(WIDTHS))
        elif name in items:
            del items[name]
        else:
            items[name] = True if key == "topics" else 5
        return {key: items}

    def names(self, key: str, names: tuple[str, ...]) -> list[str]:
        return list(names) if key == "topics" else [f"https://pictures.example.com/{name}.jpg" for name in names]

    def image(self, url: str, width: int) -> dict[str, Any]:
        return {"url": url, "width": width, "height": 5}

    def value(self, number: int, place: int) -> tuple[str, Any]:
        key = self.keys[number % len(self.keys)]
        return key, SCALARS[key][place % len(SCALARS[key])]

    def is_clear(self, path: str, means: Fields) -> bool:
        """In lists the crawler never does what an editor did: there nobody could tell whose it is."""
        story = self.stories[path]
        for key in (name for name in LISTS if name in story.ours):
            said, ours, now = story.said[key], story.ours[key], means[key]
            if any(now.get(name) == ours.get(name) != said.get(name) for name in {**said, **ours, **now}):
                return False
        return True

    def one_of(self, which: int, paths: Iterable[str]) -> str:
        known = sorted(paths)
        return known[which % len(known)]

    def present(self, which: int) -> str:
        paths = [path for path in self.stories if (self.root / path).exists()]
        need(paths)
        return self.one_of(which, paths)

    def readable(self, which: int) -> str:
        path = self.present(which)
        need(not self.stories[path].is_broken)
        return path

    # --- What the editors' rules need --------------------------------------------------------------------------------

    def known(self, which: int) -> str:
        path = self.one_of(which, self.stories)
        need(self.stories[path].is_known)
        return path

    def article(self, path: str) -> Article:
        return Article.objects.get(path=path)

    def current(self, path: str) -> Fields:
        """What the desk shows, which the model has checked."""
        story = self.stories[path]
        return {key: story.in_force(key)[0] for key in (*SCALARS, *LISTS)}

    def contradicted(self, story: Story, key: str) -> bool | None:
        """None where nobody can tell."""
        if key not in story.words:
            return False
        found = story.contradictions(key)
        return found.pop() if len(found) == 1 else None

    def word_before(self, story: Story, key: str) -> Word | None:
        return story.words[key].copy() if key in story.words else None

    def decide(self, path: str, key: str, value: Any) -> None:
        story = self.stories[path]
        said = story.may_have_said(key)
        echoes = story.words[key].echoes if key in story.words else []
        if (value == said[0] and not echoes) if len(said) == 1 else not self.has_override(path, key):
            story.words.pop(key, None)
        else:
            story.words[key] = Word(value, said, echoes)

    def has_override(self, path: str, key: str) -> bool:
        return Override.objects.filter(article__path=path, key=key).exists()

    def note(
        self, outcome: review.Outcome, path: str, before: dict[str, Word | None], undoes: Batch | None = None
    ) -> None:
        if outcome.event is not None:
            self.batches.append(Batch(outcome.event.batch, path, before, undoes))
            if undoes is not None:
                undoes.let_stand(False)

    # --- What comes of it --------------------------------------------------------------------------------------------

    def changed_events(self) -> dict[str, int]:
        """How often the crawler is on record to have changed each article."""
        acts = (Event.Act.REWRITTEN, Event.Act.SOURCE_SWITCHED)
        paths = Event.objects.filter(act__in=acts).values_list("article__path", flat=True)
        return {path: sum(1 for other in paths if other == path) for path in paths}

    def take_in(self, events: dict[str, int]) -> None:
        for path, story in self.stories.items():
            before, is_certain = story.said, story.is_known and not story.doubts
            story.said = dict(before)
            self.take_in_one(story)
            if is_certain and not story.doubts:
                assert (events.get(path, 0) > story.events) >= (story.said != before), path
                is_noise = None not in (story.taken, story.pure) and meaning(story.taken) == meaning(story.pure)
                assert not (is_noise and events.get(path, 0) > story.events), path
            story.events = events.get(path, 0)
            story.taken = story.taken if story.is_broken else story.pure

    def take_in_one(self, story: Story) -> None:
        pending, story.pending = story.pending, ""
        if pending == "gone":
            story.is_missing = True
        elif pending == "broken":
            story.pending, story.is_missing = "broken", False
        elif pending:
            story.is_missing = story.is_unwritten = False
            if not story.is_known:
                story.said, story.is_known = dict(story.means), True
                return
            for key in (*SCALARS, *LISTS):
                if pending == "memory" or key in story.changes:
                    self.hear(story, key, story.means[key])
                elif key in story.words and key not in LISTS:
                    echoes = story.words[key].echoes
                    copied = story.ours.get(key, CLASH)
                    story.words[key].echoes = [*echoes, copied] if copied == story.words[key].value else echoes
                    if key not in story.ours:
                        story.words[key].echoes = []
            story.changes = {}
            for key in story.words:
                self.judge(story, key)

    def hear(self, story: Story, key: str, value: Any) -> None:
        """What the crawler says now; where it is what we wrote there, nobody can tell whether it says it."""
        if key in story.ours and value == story.ours[key] and value not in story.may_have_said(key):
            story.doubts.setdefault(key, []).append(value)
            story.pure = None
            if key in story.words and value == story.words[key].value:
                story.words[key].echoes.append(value)
        elif key in story.ours and value == story.ours[key] and len(story.may_have_said(key)) > 1:
            story.pure = None
        else:
            story.said[key] = value
            story.doubts.pop(key, None)
            story.ours.pop(key, None)
            if key in story.words and value in (*story.words[key].bases, *story.words[key].echoes):
                story.words[key].bases = [value]
            if key in story.words:
                story.words[key].echoes.clear()

    def judge(self, story: Story, key: str) -> None:
        """Merge a list; of all else the bases tell."""
        word, said = story.words[key], story.said[key]
        if key not in LISTS or said in (word.value, word.bases[0]):
            return
        base = word.bases[0]
        merged = three_way(base, said, word.value)
        if merged is not CLASH:
            kept = {name: base.get(name) for name in {**base, **word.value} if base.get(name) != word.value.get(name)}
            net = {name: item for name, item in {**said, **kept}.items() if item is not None}
            story.words[key] = Word(merged, [net])

    def note_export(self) -> None:
        """What stands in the files now."""
        for story in self.stories.values():
            story.is_unwritten &= bool(story.pending)
            if not (story.pending or story.is_missing):
                values = {key: word.value for key, word in story.words.items()}
                story.ours = {key: value for key, value in values.items() if value not in story.may_have_said(key)[:1]}

    def files(self) -> dict[str, bytes]:
        files = {path.relative_to(self.root).as_posix(): path.read_bytes() for path in self.root.rglob("*.md")}
        return {path: data for path, data in files.items() if path != WITNESS}

    def check(self) -> None:
        files = self.files()
        for path, story in self.stories.items():
            article = self.article(path)
            assert article.is_missing == story.is_missing, path
            if not (story.is_missing or story.is_broken):
                self.check_file(story, files[path], path)
            self.check_columns(story, article)
        self.check_conflicts()
        assert files.keys() == {path for path, story in self.stories.items() if not story.is_missing}

    def check_file(self, story: Story, data: bytes, path: str) -> None:
        found = parse(data)
        for key in (*SCALARS, *LISTS):
            assert found[key] in story.in_force(key), (path, key)
            if key not in story.words:  # where either was right, this is it
                story.said[key] = found[key]
                story.doubts.pop(key, None)
        if story.pure is not None and not story.words:
            assert data == story.pure, (path, data, story.pure)
        elif story.pure is not None:
            decided = {key.partition(".")[0] for key in story.words}
            wrote, holds = blocks(story.pure), blocks(data)
            differing = [(text, holds.get(name)) for name, text in wrote.items() if holds.get(name) != text]
            assert all(text.partition(":")[0] in decided for text, _ in differing), (path, differing)

    def check_columns(self, story: Story, article: Article) -> None:
        def or_none(key: str) -> list[Any]:
            return [None if value is ABSENT else value for value in story.in_force(key)]

        assert article.title in or_none("title")
        assert article.web_url in or_none("webUrl")
        assert article.quality in or_none("quality")
        assert article.published in or_none("published")
        assert article.provider_name in or_none("provider.name")
        assert (article.provider.domain if article.provider else None) in or_none("provider.domain")
        topics = {link.topic.name: True for link in article.topic_links.select_related("topic")}
        assert topics == story.in_force("topics")[0]
        assert {image.url: image.width for image in article.images.all()} == story.in_force("images")[0]

    def check_conflicts(self) -> None:
        listed = {(one.article.path, one.field): one for one in open_conflicts()}
        for path, story in self.stories.items():
            if story.is_missing:
                assert ((path, "*") in listed) == bool(story.words)
                listed.pop((path, "*"), None)
                continue
            for key, word in story.words.items():
                found = listed.pop((path, key), None)
                assert (found is not None) in story.contradictions(key), (path, key, found, word)
                if found is not None:
                    assert self.items(key, found.base) in word.bases
                    assert self.items(key, found.crawler) in story.may_have_said(key)
                    assert self.items(key, found.editor) == word.value
        assert not listed

    def items(self, key: str, value: Any) -> Any:
        if key == "topics":
            return {name: True for name in value or []}
        return {image["url"]: image["width"] for image in value or []} if key == "images" else value


@pytest.mark.thorough
@pytest.mark.django_db
def test_neither_loses_a_word() -> None:
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
