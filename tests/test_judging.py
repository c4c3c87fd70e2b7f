"""Findings as the tables keep them: at import, at a rewrite, after an act, for the article and for its likes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from articles import review
from articles.importing import import_site
from articles.judging import findings_for, judge_by_rule
from articles.models import Article, Event, Finding, Site
from articles.review import NotAllowed, StaleVersion
from tests.factories import NOON, make_user
from tests.samples import ARTICLE, PATH, changed, write_files

pytestmark = pytest.mark.django_db

OTHER = "_news/2026-11-20-another.md"
THIRD = "_news/2026-11-20-third.md"
PLAIN = "A tug without a crew moved"
AT_PORT_PAPER = changed(
    ("name: Harbour Herald", "name: Port Paper"),
    ("domain: news.example.com", "domain: paper.example.net"),
    ("https://news.example.com/tug", "https://paper.example.net/robot"),
    ("that steers itself", "which steers itself"),
)
SOMETHING_ELSE = changed(
    ("Harbour pilots test a tug that steers itself", "A bakery on the quay wins the prize for rye bread"),
    ("https://news.example.com/tug", "https://news.example.com/bread"),
)
TOPIC = "taxonomy: topic\n_id: x\nname: {}\n"


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Editor")


def take_in(root: Path, files: dict[str, str | bytes]) -> Site:
    import_site(write_files(root / "harbour", files), at=NOON)
    return Site.objects.get()


def kept(path: str = PATH) -> list[tuple[str, str]]:
    return sorted(Finding.objects.filter(article__path=path).values_list("code", "key"))


def article(path: str = PATH) -> Article:
    return Article.objects.get(path=path)


def stories() -> list[set[str]]:
    """The stories that more than one article tells, by path."""
    told = Article.objects.filter(story__isnull=False)
    numbers = sorted({one.story for one in told if one.story})
    return [set(told.filter(story=number).values_list("path", flat=True)) for number in numbers]


def test_an_import_keeps_what_it_finds(tmp_path: Path) -> None:
    take_in(tmp_path, {PATH: changed((PLAIN, "A tug&#8217;s  crew moved"))})
    assert kept() == [("double_space", "excerpt"), ("html_entity", "excerpt")]
    assert set(Finding.objects.values_list("code", "severity")) == {
        ("double_space", "advice"),
        ("html_entity", "warning"),
    }


def test_a_rewrite_takes_and_brings_findings(tmp_path: Path) -> None:
    take_in(tmp_path, {PATH: changed((PLAIN, "A tug&#8217;s  crew moved"))})
    first = Finding.objects.get(code="html_entity").pk
    take_in(tmp_path, {PATH: changed((PLAIN, "A tug&#8217;s crew moved"), ("Harbour pilots", " Pilots"))})
    assert kept() == [("edge_space", "title"), ("html_entity", "excerpt")]
    assert Finding.objects.get(code="html_entity").pk == first


def test_a_damaged_secret_is_found_though_nothing_else_changed(tmp_path: Path) -> None:
    take_in(tmp_path, {PATH: ARTICLE})
    take_in(tmp_path, {PATH: changed(("==;", "=;"))})
    assert kept() == [("bad_secured", "secured")]


def test_topics_and_organizations_come_from_the_sites_files(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {PATH: ARTICLE, "_data/topics/01-x.yaml": TOPIC.format("Technology")}
    take_in(tmp_path, files)
    assert kept() == [("unknown_topic", "topics")]
    organization = "---\ndomain: news.example.com\nname: The Harbour Herald\n---\n"
    take_in(
        tmp_path,
        {
            "_data/topics/02-y.yaml": TOPIC.format("Robotics"),
            "_data/organizations/news.example.com.md": organization,
        },
    )
    assert kept() == [("provider_differs", "provider.name")]


def test_an_editors_decision_is_not_against_the_rule(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: changed(("published: false", "published: true"))})
    assert kept() == [("against_rule", "published")]
    review.publish(article(), by=ada, at=NOON)
    assert kept() == []
    take_in(tmp_path, {PATH: changed(("published: false", "published: true"), (PLAIN, "A tug moved"))})
    assert kept() == []


def test_another_threshold_is_another_rule(tmp_path: Path) -> None:
    site = take_in(tmp_path, {PATH: ARTICLE})
    judge_by_rule(site.articles.all(), 60)
    assert kept() == [("against_rule", "published")]
    judge_by_rule(site.articles.all(), 69)
    assert kept() == []


def test_an_edit_judges_anew(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: ARTICLE})
    review.edit(article(), {"title": "HARBOUR PILOTS TEST A TUG"}, by=ada, at=NOON)
    assert kept() == [("capitals", "title")]
    review.reset(article(), ["title"], by=ada, at=NOON)
    assert kept() == []


def test_what_was_taken_in_before_there_were_findings_is_judged_by_the_next_run(tmp_path: Path) -> None:
    again = changed(("A tug without", "A  tug without"))
    site = take_in(tmp_path, {PATH: ARTICLE, OTHER: again})
    Finding.objects.all().delete()
    Article.objects.update(source_key=None, story=None)
    site.last_report = {}
    site.save()
    take_in(tmp_path, {})
    assert kept(OTHER) == [("double_space", "excerpt"), ("duplicate_source", "originalUrl")]
    assert stories() == [{PATH, OTHER}]


def test_a_flapping_source_stays_found_after_an_edit(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: ARTICLE})
    Article.objects.update(is_flapping=True)
    review.edit(article(), {"quality": 60}, by=ada, at=NOON)
    assert kept() == [("flapping", "originalUrl")]


# --- Stories ---------------------------------------------------------------------------------------------------------


def test_the_same_source_is_found_on_both(tmp_path: Path) -> None:
    again = changed(("https://news.example.com/tug", "http://www.news.example.com/tug/?utm_source=x"))
    take_in(tmp_path, {PATH: ARTICLE, OTHER: again})
    assert kept(PATH) == [("duplicate_source", "originalUrl")]
    assert kept(OTHER) == [("duplicate_source", "originalUrl"), ("tracking", "originalUrl")]
    assert stories() == [{PATH, OTHER}]
    (found,) = findings_for(article(PATH))
    assert found.sentence == (
        "'Harbour pilots test a tug that steers itself' by Harbour Herald has the same source. Keep one of the two."
    )


def test_a_near_title_of_another_provider_that_comes_later(tmp_path: Path) -> None:
    take_in(tmp_path, {PATH: ARTICLE, THIRD: SOMETHING_ELSE})
    assert stories() == []
    take_in(tmp_path, {OTHER: AT_PORT_PAPER})
    assert kept(PATH) == kept(OTHER) == [("near_title", "title")]
    assert stories() == [{PATH, OTHER}]
    assert article(OTHER).story == article(PATH).pk
    (found,) = findings_for(article(PATH))
    assert found.sentence == (
        "'Harbour pilots test a tug which steers itself' by Port Paper has nearly the same title. "
        "Choose which leads the story."
    )


def test_an_edited_title_meets_its_like_however_that_is_written(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: ARTICLE, OTHER: AT_PORT_PAPER, THIRD: SOMETHING_ELSE})
    review.edit(article(PATH), {"title": "STRASSE AM HAFEN: LOTSEN PRÜFEN SCHLEPPER"}, by=ada, at=NOON)
    assert stories() == []
    review.edit(article(OTHER), {"title": "Straße am Hafen: Lotsen prüfen Schlepper"}, by=ada, at=NOON)
    assert stories() == [{PATH, OTHER}]


def test_of_very_many_only_the_nearest_by_date_are_compared(
    tmp_path: Path, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {OTHER: (AT_PORT_PAPER, "2026-11-24"), THIRD: (SOMETHING_ELSE, "2026-11-22")}
    files = {path: text.replace("2026-11-20T08:15", f"{day}T08:15") for path, (text, day) in days.items()}
    take_in(tmp_path, {PATH: ARTICLE, **files})
    assert stories() == [{PATH, OTHER}]
    monkeypatch.setattr("articles.grouping.MOST_HELD", 1)
    review.edit(article(PATH), {"title": "Harbour pilots test a tug that steers"}, by=ada, at=NOON)
    assert stories() == []


def test_stories_part_when_the_title_changes(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: ARTICLE, OTHER: AT_PORT_PAPER})
    review.edit(article(OTHER), {"title": "The harbour buys a ferry for its workers"}, by=ada, at=NOON)
    assert (kept(PATH), kept(OTHER), stories()) == ([], [], [])


def test_stories_part_when_a_file_goes_and_meet_when_it_returns(tmp_path: Path) -> None:
    take_in(tmp_path, {PATH: ARTICLE, OTHER: AT_PORT_PAPER})
    (tmp_path / "harbour" / OTHER).unlink()
    take_in(tmp_path, {})
    assert (kept(PATH), stories()) == ([], [])
    take_in(tmp_path, {OTHER: AT_PORT_PAPER})
    assert (kept(PATH), stories()) == ([("near_title", "title")], [{PATH, OTHER}])


def test_what_another_leads_is_no_duplicate_any_more(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: ARTICLE, OTHER: AT_PORT_PAPER})
    review.edit(article(OTHER), {"heat": -1}, by=ada, at=NOON)
    assert (kept(PATH), kept(OTHER)) == ([], [])
    assert stories() == [{PATH, OTHER}]


def test_related_items_are_one_story(tmp_path: Path) -> None:
    related = 'related:\n  - title: "Bread"\n    webUrl: "https://news.example.com/bread"\n\nsecured:'
    naming = changed(("secured:", related))
    take_in(tmp_path, {PATH: naming, THIRD: SOMETHING_ELSE})
    assert stories() == [{PATH, THIRD}]
    assert kept(PATH) == kept(THIRD) == []


def test_a_related_item_that_comes_later(tmp_path: Path) -> None:
    related = 'related:\n  - title: "Bread"\n    originalUrl: "https://news.example.com/bread"\n\nsecured:'
    take_in(tmp_path, {PATH: changed(("secured:", related))})
    take_in(tmp_path, {THIRD: SOMETHING_ELSE})
    assert stories() == [{PATH, THIRD}]


def test_two_stories_become_one(tmp_path: Path) -> None:
    fourth = "_news/2026-11-20-fourth.md"
    bread = changed(("news.example.com", "bakers.example.org"), ("the quay", "a quay"), text=SOMETHING_ELSE)
    take_in(tmp_path, {PATH: ARTICLE, OTHER: AT_PORT_PAPER})
    take_in(tmp_path, {THIRD: SOMETHING_ELSE, fourth: bread})
    assert stories() == [{PATH, OTHER}, {THIRD, fourth}]
    related = 'related:\n  - title: "Bread"\n    originalUrl: "https://news.example.com/bread"\n\nsecured:'
    take_in(tmp_path, {PATH: changed(("secured:", related))})
    assert stories() == [{PATH, OTHER, THIRD, fourth}]
    take_in(tmp_path, {PATH: ARTICLE})
    assert stories() == [{PATH, OTHER}, {THIRD, fourth}]


def test_videos_of_one_host_are_not_the_same_source(tmp_path: Path) -> None:
    one = changed(("https://news.example.com/tug", "https://videos.example.com/watch?v=1"))
    other = changed(("https://news.example.com/bread", "https://videos.example.com/watch?v=2"), text=SOMETHING_ELSE)
    take_in(tmp_path, {PATH: one, THIRD: other})
    assert stories() == []


# --- Fixing ----------------------------------------------------------------------------------------------------------

WRONG = changed((PLAIN, "A tug&#8217;s  crew moved"), ("Harbour pilots", "Harbour  pilots"))


def test_a_fix_is_an_edit_that_says_what_it_mended(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: WRONG})
    outcome = review.fix(article(), by=ada, at=NOON, seen_version=1)
    assert outcome.changes == {
        "excerpt": (
            "A tug&#8217;s  crew moved a barge across the harbour.",
            "A tug’s crew moved a barge across the harbour.",
        ),
        "title": (
            "Harbour  pilots test a tug that steers itself",
            "Harbour pilots test a tug that steers itself",
        ),
    }
    assert (Event.objects.get().act, Event.objects.get().reason) == ("edited", "fixed: double space, HTML entity")
    assert kept() == []


def test_a_fix_of_one_code_or_one_field(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: WRONG})
    review.fix(article(), ["double_space"], keys=["title"], by=ada, at=NOON)
    assert kept() == [("double_space", "excerpt"), ("html_entity", "excerpt")]
    review.fix(article(), ["html_entity"], by=ada, at=NOON)
    assert kept() == [("double_space", "excerpt")]


def test_a_preview_saves_nothing(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: WRONG})
    outcome = review.fix(article(), ["html_entity"], by=ada, at=NOON, dry_run=True)
    assert outcome.changes["excerpt"][1] == "A tug’s  crew moved a barge across the harbour."
    assert (article().version, Event.objects.count()) == (1, 0)


def test_nothing_to_fix_leaves_no_trace(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: ARTICLE})
    assert not review.fix(article(), by=ada, at=NOON).changed
    assert Event.objects.count() == 0


def test_a_fix_of_what_changed_since_is_refused(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: WRONG})
    review.edit(article(), {"title": "Harbour  pilots"}, by=ada, at=NOON)
    with pytest.raises(StaleVersion):
        review.fix(article(), by=ada, at=NOON, seen_version=1)


def test_a_viewer_may_not_fix(tmp_path: Path) -> None:
    take_in(tmp_path, {PATH: WRONG})
    with pytest.raises(NotAllowed):
        review.fix(article(), by=make_user("vic", "Viewer"), at=NOON)


def test_fixes_of_several_are_one_batch_that_can_be_taken_back(tmp_path: Path, ada: User) -> None:
    take_in(tmp_path, {PATH: WRONG, THIRD: changed(("A bakery", "A  bakery"), text=SOMETHING_ELSE)})
    decided = review.each(partial(review.fix, codes=["double_space"]), Article.objects.all(), by=ada, at=NOON)
    batches = {one.outcome.event.batch for one in decided if one.outcome and one.outcome.event}
    assert (len(decided), len(batches)) == (2, 1)
    review.undo(batches.pop(), by=ada, at=NOON)
    assert kept() == [("double_space", "excerpt"), ("double_space", "title"), ("html_entity", "excerpt")]


def test_only_what_a_new_file_touches_is_judged_anew(tmp_path: Path) -> None:
    """One article of another provider and topic keeps a finding that nothing would find."""
    other = changed(
        ("- Robotics", "- Energy"),
        ("domain: news.example.com", "domain: paper.example.net"),
        ("Harbour pilots test a tug that steers itself", "A bakery on the quay wins the prize for rye bread"),
        ("https://news.example.com/tug", "https://news.example.com/bread"),
    )
    topics: dict[str, str | bytes] = {
        f"_data/topics/0{place}-x.yaml": TOPIC.format(name) for place, name in enumerate(("Technology", "Energy"))
    }
    take_in(tmp_path, {PATH: ARTICLE, OTHER: other, **topics})
    assert (kept(), kept(OTHER)) == ([("unknown_topic", "topics")], [])
    Finding.objects.create(article=Article.objects.get(path=OTHER), code="capitals", severity="advice", key="title")
    take_in(tmp_path, {"_data/topics/09-y.yaml": TOPIC.format("Robotics")})
    assert (kept(), kept(OTHER)) == ([], [("capitals", "title")])
    take_in(tmp_path, {"_data/organizations/x.md": "---\ndomain: paper.example.net\nname: The Port Paper\n---\n"})
    assert kept() == []
    assert kept(OTHER) == [("provider_differs", "provider.name")]


def test_the_first_and_the_last_topic_of_a_site_are_everybodys(tmp_path: Path) -> None:
    take_in(tmp_path, {PATH: ARTICLE})
    assert kept() == []
    take_in(tmp_path, {"_data/topics/01-x.yaml": TOPIC.format("Gardening")})
    assert kept() == [("unknown_topic", "topics")]
    (tmp_path / "harbour/_data/topics/01-x.yaml").unlink()
    take_in(tmp_path, {})
    assert kept() == []


def test_new_rules_judge_and_group_a_site_anew(tmp_path: Path, ada: User) -> None:
    """What editors decided counts; stories and findings that nothing finds any more go."""
    site = take_in(tmp_path, {PATH: ARTICLE, OTHER: AT_PORT_PAPER, THIRD: SOMETHING_ELSE})
    review.edit(Article.objects.get(path=PATH), {"title": "Pilots test a tug "}, by=ada, at=NOON)
    third = Article.objects.get(path=THIRD)
    Finding.objects.create(article=third, code="capitals", severity="advice", key="title")
    Article.objects.update(source_key=None, story=third.pk)
    site.last_report = {}
    site.save()
    take_in(tmp_path, {})
    assert kept() == [("edge_space", "title")]
    assert kept(THIRD) == []
    assert not Article.objects.filter(source_key=None).exists()
    assert not Article.objects.filter(story__isnull=False).exists()
