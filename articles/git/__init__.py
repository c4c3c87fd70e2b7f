"""The repository that the content lives in: one commit of exactly the files that were written, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from articles.content.problems import Problem
from articles.content.tree import Tree
from articles.git.drafting import Words, drafted
from articles.git.repository import GitRefused, NotARepository, Repository, find, run_git

__all__ = ["GitRefused", "NotARepository", "commit", "head", "init", "is_repository", "require_ready"]


def is_repository(root: Path) -> bool:
    """Whether `root` is in a repository that `commit` could use; False also where git is missing."""
    try:
        find(root)
    except GitRefused:
        return False
    return True


def require_ready(root: Path) -> None:
    """Raises the GitRefused that `commit` would raise now: for those who write files first and commit them after."""
    find(root).require_at_rest()


def head(root: Path) -> str:
    """The id of the last commit; `""` before the first."""
    return find(root).tip()


def init(root: Path, *, when: datetime) -> str:
    """Makes `root` a repository of its own and commits all of it but what is hidden: for the demo's site."""
    if (root / ".git").exists():
        raise GitRefused(f"{root} is a repository already; choose another folder.")
    run_git("init", "--quiet", "--template=", "--initial-branch=main", os.fspath(root.resolve()))
    paths = [item.path for item in Tree(root).list("", ("",)) if not isinstance(item, Problem)]
    words = Words("Begin the site", "Crawler", "crawler@example.com", when)
    return _committed(find(root), Tree(root), paths, words)


def commit(
    root: Path, paths: Sequence[str], *, message: str, author_name: str, author_email: str, when: datetime
) -> str:
    """Commits the files at `paths` as they are on disk now, and nothing else; the id of the commit.

    Returns `""` and makes none where the last commit holds them already. A path that is gone is left out: to record a
    deletion is not ours. What else is changed or staged stays so. Raises GitRefused. `when` must know its time zone.
    """
    repository = find(root)
    repository.require_at_rest()
    try:
        return _committed(repository, Tree(root), paths, Words(message, author_name, author_email, when))
    except OSError as failure:
        raise GitRefused(
            f"The commit cannot be drafted ({failure.strerror}); mend that, then commit again."
        ) from failure


def _committed(repository: Repository, tree: Tree, paths: Sequence[str], words: Words) -> str:
    """The index is written before the branch: a run killed in between leaves files staged, and the next commits them.

    The other way round, it would leave an index that takes our commit back with the next commit of a person.
    """
    parent = repository.tip()
    draft = drafted(repository, parent, tree, paths, words)
    if draft is None:
        return ""
    lines = draft.index_lines()
    repository.run("update-index", "-z", "--index-info", feed=lines, environment=repository.filters_off())
    _advance(repository, parent, draft.commit, words)
    return draft.commit


def _advance(repository: Repository, parent: str, commit: str, words: Words) -> None:
    """Moves the branch if it still stands where we found it; without a parent, if it is still to be born."""
    note = f"commit: {words.subject()}"
    try:
        repository.run("update-ref", "-m", note, "HEAD", commit, parent, environment=words.committer())
    except GitRefused as refused:
        raise GitRefused(f"{refused} If the branch moved on meanwhile, commit again.") from refused
