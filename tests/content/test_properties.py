"""What holds for every file and every edit: over front matters of all shapes, a real site, and its history."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frontmatter
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.content.document import Document
from articles.content.values import same
from tests.content.frontmatters import TEXTS, VALUES, Page, in_utc, pages

bounded = settings(max_examples=40, derandomize=True, database=None)


class OracleLoader(yaml.CSafeLoader):
    """PyYAML's own, which gives up at an impossible date where we keep the text."""

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return node.value


OracleLoader.add_constructor("tag:yaml.org,2002:timestamp", OracleLoader.construct_yaml_timestamp)


def oracle(front: str) -> Any:
    return yaml.load(front, OracleLoader)  # noqa: S506


def front_of(document: Document, page: Page) -> str:
    """The front matter after an edit; what stands above and below must not have moved."""
    text = document.to_bytes().decode()
    assert text.startswith(page.head)
    assert text.endswith(page.foot)
    return text[len(page.head) : len(text) - len(page.foot)]


def without_last_blank_line(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[:-1]) if lines and not lines[-1].strip() else text


@bounded
@given(pages())
def test_a_file_is_read_as_pyyaml_reads_it_and_goes_back_as_it_came(page: Page) -> None:
    document = Document.read(page.data)
    assert document.is_readable
    assert document.to_bytes() == page.data
    assert same(document.fields, oracle(page.front))


@bounded
@given(pages(), st.data(), VALUES)
def test_a_key_that_is_set_leaves_all_other_lines(page: Page, data: st.DataObject, value: Any) -> None:
    document = Document.read(page.data)
    place = data.draw(st.integers(0, len(page.entries) - 1))
    name = list(document.fields)[place]
    document.set(page.keys[place], value)
    front = front_of(document, page)
    assert front.startswith(page.before(place))
    assert front.endswith(page.after(place))
    assert same(oracle(front), oracle(page.front) | {name: in_utc(value)})


@bounded
@given(pages(), st.data())
def test_a_key_that_goes_leaves_all_other_lines(page: Page, data: st.DataObject) -> None:
    document = Document.read(page.data)
    place = data.draw(st.integers(0, len(page.entries) - 1))
    document.remove(page.keys[place])
    before, after = page.before(place), page.after(place)
    assert front_of(document, page) in (before + after, without_last_blank_line(before) + after)
    assert page.keys[place] not in document.fields


@bounded
@given(pages(), st.sampled_from(["category", "topics", "secured", "new", "é new"]), VALUES)
def test_a_new_key_is_lines_between_others(page: Page, key: str, value: Any) -> None:
    document = Document.read(page.data)
    document.set(key, value)
    front = front_of(document, page)
    at = next(at for at in range(len(front)) if not page.front.startswith(front[: at + 1]))
    assert page.front.endswith(front[at + len(front) - len(page.front) :])
    assert same(oracle(front), oracle(page.front) | {key: in_utc(value)})


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from places_in(item, (*path, key))


@bounded
@given(pages(), st.data(), TEXTS | st.integers(0, 9) | st.none())
def test_a_value_within_is_set_or_removed_and_reads_back(page: Page, data: st.DataObject, value: Any) -> None:
    """The step is a name where the map has a number as key: a path knows numbers as places of a list only."""
    before = oracle(page.front)
    paths = [path for path in places_in(before) if len(path) > 1 and not _has_number_as_key(before, path)]
    if not paths:
        return
    path = data.draw(st.sampled_from(paths))
    document = Document.read(page.data)
    parent = before
    for step in path[:-1]:
        parent = parent[step]
    if data.draw(st.booleans()):
        document.set(path, value)
        parent[path[-1]] = value
    else:
        document.remove(path)
        del parent[path[-1]]
    assert same(oracle(front_of(document, page)), before)
    place = list(before).index(path[0])
    assert front_of(document, page).startswith(page.before(place))
    assert front_of(document, page).endswith(page.after(place))


def _has_number_as_key(fields: Any, path: tuple[Any, ...]) -> bool:
    for step in path:
        if isinstance(fields, dict) and not isinstance(step, str):
            return True
        fields = fields[step]
    return False


ITEMS = {
    "'A'": "A",
    "B # why": "B",
    "\n    C": "C",
    "|\n    D\n\n    d": "D\n\nd\n",
    "{url: e, width: 1} # why": {"url": "e", "width": 1},
    "url: f # why\n    width:   1": {"url": "f", "width": 1},
    "- g\n    - h": ["g", "h"],
    "[i, j]": ["i", "j"],
    "12": 12,
    '"M N"': "M N",
}


@bounded
@given(
    st.lists(st.sampled_from(sorted(ITEMS)), min_size=1, max_size=5, unique=True),
    st.randoms(use_true_random=False),
    st.sampled_from(["\n", "\r\n"]),
)
def test_items_of_a_list_keep_their_lines_in_any_order(items: list[str], chance: Any, newline: str) -> None:
    """`| D` must not be the last, where its line break would be the file's."""
    kept = chance.sample(items, chance.randint(1, len(items)))
    text = "---\ntitle: T\nlist:\n{}last: 1\n---\n"
    before, after = (text.format("".join(f"  - {item}\n" for item in some)) for some in (items, kept))
    document = Document.read(before.replace("\n", newline).encode())
    assert document.get("list") == [ITEMS[item] for item in items]
    document.set("list", [ITEMS[item] for item in kept])
    assert document.to_bytes() == after.replace("\n", newline).encode()


@bounded
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: f"---\n{text}\n---\n".encode()))
def test_nothing_at_all_raises(data: bytes) -> None:
    document = Document.read(data)
    assert document.to_bytes() == data
    assert document.is_readable or document.problems


def article_files(root: Path) -> list[Path]:
    return sorted(file for folder in root.iterdir() if folder.is_dir() for file in folder.rglob("*.md"))


@pytest.fixture(scope="session")
def site_files(corpus: Path) -> dict[str, bytes]:
    return {str(file.relative_to(corpus)): file.read_bytes() for file in article_files(corpus)}


def test_a_real_site_is_read_as_python_frontmatter_reads_it(site_files: dict[str, bytes]) -> None:
    assert len(site_files) > 100
    for path, data in site_files.items():
        document = Document.read(data, path)
        post = frontmatter.loads(data.decode())
        assert document.problems == ()
        assert same(document.fields, post.metadata)
        assert document.body.replace("\r\n", "\n").strip() == post.content.replace("\r\n", "\n").strip()
        assert document.to_bytes() == data


@pytest.mark.thorough
def test_each_value_of_a_real_site_is_one_line(site_files: dict[str, bytes]) -> None:
    for data in site_files.values():
        for key in Document.read(data).fields:
            assert_one_line_edit(data, key)


@pytest.fixture(scope="session")
def versions(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Every version of every news file in the history of a crawler."""
    bundle = corpus.parent / "replay.bundle"
    if not bundle.is_file():
        pytest.skip(f"no history at {bundle}")
    clone = tmp_path_factory.mktemp("replay") / "site"
    subprocess.run(["git", "clone", "-q", "--bare", "-b", "main", bundle, clone], check=True)
    listed = subprocess.run(["git", "rev-list", "--objects", "main"], cwd=clone, check=True, capture_output=True).stdout
    names = [line.split(b" ")[0] for line in listed.splitlines() if line.endswith(b".md")]
    batch = subprocess.run(
        ["git", "cat-file", "--batch"], cwd=clone, check=True, capture_output=True, input=b"\n".join(names)
    ).stdout
    return list(_blobs(batch))


def _blobs(batch: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(batch):
        end = batch.index(b"\n", at)
        size = int(batch[at:end].split()[2])
        yield batch[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


@pytest.mark.thorough
def test_every_version_in_a_history_goes_back_and_is_edited_in_one_line(versions: list[bytes]) -> None:
    """A few keys of each version, so that all keys get their turn."""
    assert len(versions) > 100
    for number, data in enumerate(versions):
        document = Document.read(data)
        assert document.to_bytes() == data
        assert same(document.fields, frontmatter.loads(data.decode()).metadata)
        for key in list(document.fields)[number % 5 :: 5]:
            assert_one_line_edit(data, key)


def assert_one_line_edit(data: bytes, key: str) -> None:
    """A text, number, flag or time, given another value, changes its line and no other."""
    document = Document.read(data)
    value = document.fields[key]
    if isinstance(value, list | dict):
        return
    document.set(key, "Mended: \"by hand\" and 'twice'")
    old, new = data.split(b"\n"), document.to_bytes().split(b"\n")
    assert len(old) == len(new)
    assert sum(one != other for one, other in zip(old, new, strict=True)) == 1
