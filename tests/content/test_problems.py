"""How a problem is written down: for people, for reports, and as an exception."""

from __future__ import annotations

import pytest

from articles.content.problems import Problem, ProblemError, Severity, error, warning


def test_an_error_and_a_warning_differ_in_severity_alone() -> None:
    assert error("bad", "Mend it.") == Problem("bad", Severity.ERROR, "Mend it.")
    assert warning("bad", "Mend it.") == Problem("bad", Severity.WARNING, "Mend it.")


def test_only_an_error_is_one() -> None:
    assert error("bad", "Mend it.").is_error
    assert not warning("bad", "Mend it.").is_error


def test_it_is_reported_with_these_keys_in_this_order() -> None:
    problem = warning("not_a_number", "Write a number.", line=12, key="quality", path="_news/x.md")
    assert list(problem.as_dict().items()) == [
        ("path", "_news/x.md"),
        ("line", 12),
        ("key", "quality"),
        ("severity", "warning"),
        ("code", "not_a_number"),
        ("message", "Write a number."),
    ]


@pytest.mark.parametrize(
    ("path", "line", "text"),
    [
        pytest.param("_news/x.md", 3, "_news/x.md:3: error: Mend it. (bad)", id="path and line"),
        pytest.param("_news/x.md", None, "_news/x.md: error: Mend it. (bad)", id="path"),
        pytest.param("", 3, "line 3: error: Mend it. (bad)", id="line"),
        pytest.param("", None, "error: Mend it. (bad)", id="neither"),
    ],
)
def test_it_is_written_as_compilers_do(path: str, line: int | None, text: str) -> None:
    assert str(error("bad", "Mend it.", path=path, line=line)) == text


def test_it_takes_the_path_of_the_file_it_was_found_in() -> None:
    found = error("bad", "Mend it.", line=3, key="title").at("_news/x.md")
    assert found == error("bad", "Mend it.", line=3, key="title", path="_news/x.md")


def test_its_exception_says_the_same_and_carries_it() -> None:
    problem = error("bad", "Mend it.", path="_news/x.md")
    raised = ProblemError(problem)
    assert str(raised) == "_news/x.md: error: Mend it. (bad)"
    assert raised.problem is problem
