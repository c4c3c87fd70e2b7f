"""Topics that an article may belong to, by the words of its title and excerpt."""

from __future__ import annotations

import pytest

from articles.content.suggesting import Keywords, Suggestion

TOPICS = {
    "Power Apps": ["power apps"],
    "Canvas apps": ["canvas app", "canvas apps"],
    "Model-driven apps": ["model-driven apps", "model driven app"],
    "Batteries": ["battery", "energy storage"],
    "C++": ["C++", "cpp"],
    "C": ["C"],
    "Gas": ["gas"],
}


def topics(title: str, excerpt: str = "", has: tuple[str, ...] = ()) -> list[str]:
    return [one.topic for one in Keywords(TOPICS).suggest(title, excerpt, has)]


def test_the_keyword_and_its_place_are_named() -> None:
    (one,) = Keywords(TOPICS).suggest("Source files for Canvas apps", "")
    assert one == Suggestion("Canvas apps", "canvas apps", "title")
    assert one.reason == "'canvas apps' stands in the title"


def test_the_title_goes_before_the_excerpt_and_the_sites_order_decides() -> None:
    found = Keywords(TOPICS).suggest("A battery for canvas apps", "Power Apps and energy storage.")
    assert [(one.topic, one.key) for one in found] == [
        ("Canvas apps", "title"),
        ("Batteries", "title"),
        ("Power Apps", "excerpt"),
    ]


def test_topics_that_it_has_are_not_suggested() -> None:
    assert topics("Power Apps and canvas apps", has=("Power Apps",)) == ["Canvas apps"]


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Model driven apps", "Model-driven apps"),
        ("A MODEL-DRIVEN APP", "Model-driven apps"),
        ("New batteries", "Batteries"),
        ("The battery’s end", "Batteries"),
        ("A topic's own name: Batteries", "Batteries"),
        ("Written in C++, mostly", "C++"),
        ("Written in C, mostly", "C"),
    ],
)
def test_hyphens_capitals_and_plurals_do_not_count(title: str, topic: str) -> None:
    assert topics(title) == [topic]


def test_a_single_word_in_the_plural_is_meant_so() -> None:
    keywords = Keywords({"Teams integration": ["teams"], "Ships": ["ship"]})
    assert keywords.suggest("The team of a tug", "") == []
    assert [one.topic for one in keywords.suggest("Ships in Teams", "")] == ["Teams integration", "Ships"]


@pytest.mark.parametrize("title", ["Powerapps", "Gasoline", "A canvas for apps", "Power, apps", "cppcheck", ""])
def test_words_count_as_a_whole_and_in_a_row(title: str) -> None:
    assert topics(title) == (["Power Apps"] if title == "Power, apps" else [])


def test_many_topics_take_little_time_and_many_words_too() -> None:
    many = Keywords({f"Topic {number}": [f"word{number} other{place}" for place in range(20)] for number in range(50)})
    assert [one.topic for one in many.suggest("word7 other3", "word9 other19 " * 20_000)] == ["Topic 7", "Topic 9"]
