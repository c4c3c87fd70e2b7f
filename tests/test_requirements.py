"""The lock files hold behind any mirror, and nothing is installed that they do not pin by its digest."""

import re
from pathlib import Path

import pytest

LOCK_FILES = sorted((Path(__file__).resolve().parents[1] / "requirements").glob("*.txt"))


@pytest.mark.parametrize("path", LOCK_FILES, ids=lambda path: path.name)
def test_no_lock_file_names_a_place_to_download_from(path: Path) -> None:
    assert re.findall(r"(?m)^.*(?:[a-z]+://|^-|file:).*$", path.read_text()) == []


@pytest.mark.parametrize("path", LOCK_FILES, ids=lambda path: path.name)
def test_every_package_is_pinned_by_its_digest(path: Path) -> None:
    requirements = re.split(r"\n(?=\S)", path.read_text().replace("\\\n", ""))
    packages = [text for text in requirements if not text.startswith("#")]
    assert packages
    assert [text for text in packages if not re.match(r"\S+==\S+.*--hash=sha256:", text)] == []


def test_the_development_set_holds_the_others() -> None:
    pinned = {path.stem: set(re.findall(r"(?m)^\S+==\S+", path.read_text())) for path in LOCK_FILES}
    assert pinned["base"] < pinned["postgres"] < pinned["dev"]
