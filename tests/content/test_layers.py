"""Imports go down only, and the floor everything stands on knows nothing of Django, settings or clocks."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ROOT / "articles" / "content"

FLOORS = (
    {"content"},
    {
        "report",
        "rows",
        "compiled",
        "locking",
        "git",
        "conditions",
        "ordering",
        "gathering",
        "paging",
        "pictures",
        "demo_articles",
        "demo_words",
        "forking",
    },
    {"models"},
    {"mapping", "standing", "searching", "labels", "sqlite_figures", "backup", "schedule", "latest"},
    {
        "storing",
        "preparing",
        "rewriting",
        "noticing",
        "outgoing",
        "committing",
        "reference",
        "judging",
        "grouping",
        "remeasuring",
        "indexing",
    },
    {"intake"},
    {"importing", "exporting", "review", "history"},
    {"syncing", "checking", "conflicts", "demo", "demo_past"},
    {"forms", "filters", "wording", "fragments", "templatetags"},
    {"queueing"},
    {"jobs", "bulk_runs"},
    {"admin", "admin_site", "desk", "views", "urls", "management", "apps"},
)
"""The modules of the app from the ground up. Each may import what stands below it or on its own floor."""

KNOWS_TEXT = ("yaml", "ftfy", "rapidfuzz", "articles.content.")


def modules_of(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.py") if "migrations" not in file.parts)


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(file: Path) -> Iterator[str]:
    """The full names of what a module imports, also within functions."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports by dots"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor_of(module: str) -> int:
    part = module.split(".")[1]
    for number, floor in enumerate(FLOORS):
        if part in floor:
            return number
    raise AssertionError(f"{module} has no floor. Give it one in FLOORS.")


@pytest.mark.parametrize("file", modules_of(ROOT / "articles"), ids=name_of)
def test_imports_go_down_only(file: Path) -> None:
    if (name := name_of(file)) == "articles":
        return
    for imported in imports_of(file):
        if imported.startswith("articles."):
            assert floor_of(imported) <= floor_of(name), f"{name} imports {imported}"


@pytest.mark.parametrize("file", modules_of(CONTENT), ids=name_of)
def test_the_ground_floor_imports_the_standard_library_and_what_knows_text(file: Path) -> None:
    foreign = {name for name in imports_of(file) if name.split(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith(KNOWS_TEXT)} == set()


def test_the_ground_floor_does_not_load_django() -> None:
    names = [name_of(file) for file in modules_of(CONTENT)]
    code = f"import sys, {', '.join(names)}\nprint(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = done.stdout.splitlines()
    assert "articles.content.document" in loaded
    assert [name for name in loaded if name.split(".")[0] in ("django", "newsroom")] == []


@pytest.mark.parametrize("file", modules_of(CONTENT), ids=name_of)
def test_the_ground_floor_asks_no_clock(file: Path) -> None:
    asked = {node.attr for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)}
    assert asked.isdisjoint({"now", "utcnow", "today", "time_ns", "monotonic", "perf_counter"})
