"""Which paths and names can be content, and how one that cannot be printed is shown."""

from __future__ import annotations

import re
import secrets
import unicodedata

from articles.content.problems import Problem, error

_LEFT_OVER_ENDINGS = ("~", ".swp", ".swo", ".tmp", ".bak", ".orig", ".rej")
_TEMPORARY = re.compile(r"\..+\.newsroom-[0-9a-f]{12}\.tmp", re.DOTALL)
# Nearly all paths: no part is empty or hidden, and all of it can be printed.
_USUAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*+(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*+)*+")
# Control characters, bytes that are not UTF-8 (they arrive as surrogates), line and paragraph separators.
_UNFIT_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}


def parts_of(path: str) -> list[str]:
    return path.split("/") if path else []


def folder_path(folder: str) -> str:
    """The folder as a plain path; `""` for the root, which may also be written `.` or `./`."""
    path = folder.rstrip("/") if folder != "/" else folder
    return "" if path == "." else path


def path_fault(path: str) -> Problem | None:
    """Why no file of the content can have this path, if so."""
    if _USUAL.fullmatch(path):
        return None
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        message = "The path leads out of the content folder; name a file inside it."
        return error("outside_root", message, path=shown(path))
    if "" in parts or "." in parts:
        message = "The path has an empty part; write it as folder/name."
        return error("bad_name", message, path=shown(path))
    if any(part.startswith(".") for part in parts):
        message = "A part of the path is hidden, and hidden files are no content; name another."
        return error("bad_name", message, path=shown(path))
    return name_fault(path, path)


def name_fault(name: str, path: str) -> Problem | None:
    """Why a file cannot be called so, if so: names go into reports, commits and URLs."""
    if name.isprintable():
        return None
    unfit = {unicodedata.category(character) for character in name} & _UNFIT_CATEGORIES
    if not unfit:
        return None
    what = "is not UTF-8" if "Cs" in unfit else "holds control characters"
    return error("bad_name", f"The name {what}; rename it.", path=shown(path))


def shown(path: str) -> str:
    """The path with what cannot be printed escaped; a byte that is not UTF-8 as `\\xe9`."""
    return "".join(character if character.isprintable() else _escaped(character) for character in path)


def is_left_over(name: str) -> bool:
    """Hidden, or what editors and merges leave behind; of files and of folders."""
    if name.startswith("#"):
        return name.endswith("#")
    return name.startswith(".") or name.endswith(_LEFT_OVER_ENDINGS) or name == "4913"


def temporary_name(name: str) -> str:
    """Hidden, so that neither a listing nor the site's generator takes it for content. Fits 255 bytes."""
    return f".{name[:50]}.newsroom-{secrets.token_hex(6)}.tmp"


def is_temporary(name: str) -> bool:
    """Whether `temporary_name` made it."""
    return _TEMPORARY.fullmatch(name) is not None


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
