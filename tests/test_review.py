"""The acts of an editor: what they do to the record, and what they refuse."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from articles import review
from articles.content.values import ABSENT
from articles.exporting import export_in_place
from articles.importing import import_site
from articles.mapping import crawler_fields, document_in_force, fields_in_force
from articles.models import AppendOnly, Article, Event, Override, Site
from articles.review import EditRejected, NotAllowed, StaleVersion
from tests.samples import ARTICLE, PATH, SECURED, changed, write_files

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TITLE = "Harbour pilots test a tug that steers itself"


@pytest.fixture
def article(tmp_path: Path) -> Article:
    import_site(write_files(tmp_path / "harbour", {PATH: ARTICLE}), at=NOON)
    return Article.objects.get()


@pytest.fixture
def ada() -> User:
    return member("ada", "Editor")


def member(name: str, group: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.com", "pw")
    user.groups.add(Group.objects.get(name=group))
    return user


def edit(article: Article, by: User, **changes: Any) -> review.Outcome:
    return review.edit(article, changes, by=by, at=NOON)


def test_an_edit_makes_an_override_an_event_and_the_next_version(article: Article, ada: User) -> None:
    outcome = review.edit(article, {"title": "A tug"}, by=ada, at=NOON, seen_version=1, reason="shorter")
    assert outcome.changes == {"title": (TITLE, "A tug")}
    article.refresh_from_db()
    assert (article.title, article.version, article.is_dirty) == ("A tug", 2, True)
    override = article.overrides.get()
    assert (override.key, override.value, override.crawler_value) == ("title", "A tug", TITLE)
    assert (override.user, override.at, override.reason) == (ada, NOON, "shorter")
    event = Event.objects.get()
    assert (event.act, event.username, event.changes) == ("edited", "ada", {"title": [TITLE, "A tug"]})
    assert event.batch == override.batch


def test_the_crawlers_own_value_takes_the_override_away(article: Article, ada: User) -> None:
    edit(article, ada, title="A tug")
    edit(article, ada, title=TITLE)
    article.refresh_from_db()
    assert (article.title, article.version, article.is_dirty) == (TITLE, 3, False)
    assert not Override.objects.exists()


def test_an_edit_that_changes_nothing_leaves_no_trace(article: Article, ada: User) -> None:
    assert not edit(article, ada, title=TITLE, quality=68).changed
    article.refresh_from_db()
    assert article.version == 1
    assert not Event.objects.exists()


def test_publishing_is_a_decision_also_where_the_crawler_says_the_same(article: Article, ada: User) -> None:
    outcome = review.unpublish(article, by=ada, at=NOON)
    assert (outcome.changed, outcome.changes) == (True, {})
    override = Override.objects.get()
    assert (override.key, override.value, override.crawler_value) == ("published", False, False)
    assert not review.unpublish(article, by=ada, at=NOON).changed


def test_a_reset_gives_the_field_back_to_the_crawler(article: Article, ada: User) -> None:
    edit(article, ada, title="A tug", quality=90)
    review.reset(article, ["title"], by=ada, at=NOON)
    article.refresh_from_db()
    assert (article.title, article.quality) == (TITLE, 90)
    assert list(Override.objects.values_list("key", flat=True)) == ["quality"]


def test_a_reset_after_an_export_gives_the_crawlers_bytes_back(article: Article, ada: User) -> None:
    site = Site.objects.get()
    edit(article, ada, title="A tug", topics=["Robotics", "Harbours"], excerpt=ABSENT)
    export_in_place(site, at=NOON)
    file = Path(site.root) / PATH
    assert file.read_text() != ARTICLE
    review.reset(article, ["title", "topics", "excerpt"], by=ada, at=NOON)
    export_in_place(site, at=NOON)
    assert file.read_text() == ARTICLE


def test_a_key_can_be_taken_away_and_comes_back_with_a_reset(article: Article, ada: User) -> None:
    edit(article, ada, originalUrl=ABSENT)
    article.refresh_from_db()
    assert article.original_url is None
    override = article.overrides.get()
    assert (override.is_removal, override.crawler_value) == (True, "https://news.example.com/tug")
    review.reset(article, ["originalUrl"], by=ada, at=NOON)
    article.refresh_from_db()
    assert article.original_url == "https://news.example.com/tug"


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        pytest.param({"provider.name": "Herald"}, ["provider.name"], id="part-of-a-map"),
        pytest.param({"images[0].width": 100}, ["images"], id="part-of-a-list-decides-the-list"),
        pytest.param({"provider.images[0].width": 60}, ["provider.images"], id="list-in-a-map"),
        pytest.param(
            {"provider": {"name": "H", "domain": "news.example.com"}},
            ["provider.images", "provider.name"],
            id="map-as-a-whole-is-decided-by-key",
        ),
        pytest.param({"levels": ["beginner"]}, ["levels"], id="unknown-key"),
        pytest.param({"a.b": 1}, ["a.b"], id="unknown-nested-key"),
    ],
)
def test_what_an_edit_decides(article: Article, ada: User, changes: dict[str, Any], keys: list[str]) -> None:
    review.edit(article, changes, by=ada, at=NOON)
    assert sorted(article.overrides.values_list("key", flat=True)) == keys


def test_a_part_of_what_is_decided_as_a_whole_changes_that_decision(article: Article, ada: User) -> None:
    edit(article, ada, levels={"first": {"name": "a"}})
    review.edit(article, {"levels.first.name": "b"}, by=ada, at=NOON)
    assert fields_in_force(Article.objects.get())["levels"] == {"first": {"name": "b"}}
    assert Override.objects.count() == 1


def test_the_file_that_should_be_differs_in_the_edited_lines_alone(article: Article, ada: User) -> None:
    review.edit(article, {"title": 'A "tug"', "provider.name": "yes"}, by=ada, at=NOON)
    document = document_in_force(Article.objects.get())
    assert document.to_bytes().decode() == changed(
        (f'"{TITLE}"', '"A \\"tug\\""'), ("name: Harbour Herald", 'name: "yes"')
    )
    assert crawler_fields(Article.objects.get())["title"] == TITLE


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        pytest.param({"quality": "high"}, "quality", id="text-for-a-number"),
        pytest.param({"published": "yes"}, "published", id="text-for-a-flag"),
        pytest.param({"topics": "AI"}, "topics", id="text-for-a-list"),
        pytest.param({"topics": ["AI", 3]}, "topics[1]", id="number-among-topics"),
        pytest.param({"images": {}}, "images", id="map-for-a-list"),
        pytest.param({"originalUrl": "javascript:alert(1)"}, "originalUrl", id="no-web-address"),
        pytest.param({"images[0].url": "ftp://x.example"}, "images[0].url", id="no-picture-address"),
        pytest.param({"provider.domain": "a b"}, "provider.domain", id="no-domain"),
        pytest.param({"title": ""}, "title", id="empty-title"),
        pytest.param({"title": ABSENT}, "title", id="no-title"),
        pytest.param({"title": "a\0b"}, "title", id="nul"),
        pytest.param({"publishedDateTime": "soon"}, "publishedDateTime", id="text-for-a-time"),
        pytest.param({"secured": SECURED}, "secured", id="the-cipher"),
        pytest.param({"images[7].url": "https://x.example"}, "images[7].url", id="no-such-place"),
        pytest.param({"webUrl": ABSENT}, "webUrl", id="nothing-to-take-away"),
        pytest.param({"[0]": 1}, "[0]", id="no-key"),
        pytest.param({"quality": 2**40}, "quality", id="beyond-storage"),
    ],
)
@pytest.mark.broad(3)
def test_what_an_edit_refuses_and_by_which_key(article: Article, ada: User, changes: dict[str, Any], key: str) -> None:
    with pytest.raises(EditRejected) as refused:
        review.edit(article, {"excerpt": "kept out too", **changes}, by=ada, at=NOON)
    assert list(refused.value.messages) == [key]
    article.refresh_from_db()
    assert (article.version, article.excerpt) == (1, "A tug without a crew moved a barge across the harbour.")
    assert not Override.objects.exists()


def test_a_score_beyond_the_seen_range_is_let_through(article: Article, ada: User) -> None:
    edit(article, ada, quality=400)
    article.refresh_from_db()
    assert article.quality == 400
    assert [problem["code"] for problem in article.problems] == ["out_of_range"]


def test_an_old_fault_of_the_file_does_not_stop_an_edit_of_another_field(tmp_path: Path, ada: User) -> None:
    text = changed(("https://news.example.com/tug", "nowhere"))
    import_site(write_files(tmp_path / "s", {PATH: text}), at=NOON)
    edit(Article.objects.get(), ada, title="A tug")
    assert Article.objects.get().title == "A tug"


def test_a_stale_version_is_refused(article: Article, ada: User) -> None:
    edit(article, ada, title="A tug")
    with pytest.raises(StaleVersion) as refused:
        review.edit(article, {"title": "Another"}, by=ada, at=NOON, seen_version=1)
    assert (refused.value.seen, refused.value.current) == (1, 2)
    assert Article.objects.get().title == "A tug"


@pytest.mark.parametrize(("group", "may_edit"), [("Viewer", False), ("Editor", True), ("Chief editor", True)], ids=str)
def test_who_may_edit(article: Article, group: str, may_edit: bool) -> None:
    user = member("someone", group)
    for act in (review.publish, review.unpublish):
        if may_edit:
            assert act(article, by=user, at=NOON).changed
        else:
            with pytest.raises(NotAllowed, match="someone may not publish articles"):
                act(article, by=user, at=NOON)


def test_a_user_who_left_may_do_nothing(article: Article, ada: User) -> None:
    ada.is_active = False
    with pytest.raises(NotAllowed):
        edit(article, ada, title="A tug")


def test_an_editor_without_the_right_to_publish_cannot_set_it_as_a_field(article: Article) -> None:
    from django.contrib.auth.models import Permission

    user = User.objects.create_user("bob")
    user.user_permissions.add(Permission.objects.get(codename="change_article"))
    edit(article, user, title="A tug")
    with pytest.raises(NotAllowed):
        edit(article, user, published=True)


def test_several_are_decided_one_by_one_as_one_batch(tmp_path: Path, ada: User) -> None:
    import_site(write_files(tmp_path / "s", {PATH: ARTICLE, "_news/b.md": ARTICLE}), at=NOON)
    first, second = Article.objects.order_by("path")
    decided = review.publish_each([first, second], by=ada, at=NOON, seen_versions={first.pk: 9, second.pk: 1})
    assert [bool(one.outcome) for one in decided] == [False, True]
    assert "changed since you saw it" in decided[0].refusal
    assert Article.objects.published().get() == second


def test_an_article_added_by_hand_becomes_a_file_in_the_grammar(article: Article, ada: User) -> None:
    site = Site.objects.get()
    path = review.new_path(site, "Ferry “Élan” sails — again!", NOON)
    assert path == "_news/2026-11-22-ferry-elan-sails-again.md"
    fields = {
        "title": "Ferry “Élan” sails — again!",
        "category": "news",
        "publishedDateTime": NOON,
        "topics": ["Harbours"],
        "provider": {"name": "Harbour Herald", "domain": "news.example.com"},
        "type": "article",
        "quality": 80,
        "originalUrl": "https://news.example.com/ferry",
    }
    added = review.add(site, path, fields, by=ada, at=NOON)
    assert (added.title, added.is_dirty, added.digest) == (fields["title"], True, "")
    export_in_place(site, at=NOON)
    assert (Path(site.root) / path).read_text() == (
        "---\n"
        "category: news\n"
        'title: "Ferry “Élan” sails — again!"\n'
        "publishedDateTime: 2026-11-22T12:00:00Z\n"
        'originalUrl: "https://news.example.com/ferry"\n'
        "type: article\n"
        "quality: 80\n"
        "\n"
        "provider:\n"
        "  name: Harbour Herald\n"
        "  domain: news.example.com\n"
        "\n"
        "topics:\n"
        "  - Harbours\n"
        "---\n"
        "\n"
    )
    report = import_site(Path(site.root), at=NOON)
    assert (report.unchanged, report.missing, report.created) == (2, 0, 0)


def test_a_second_article_of_the_same_name_gets_a_number(article: Article, ada: User) -> None:
    site = Site.objects.get()
    for expected in ("_news/2026-11-22-a.md", "_news/2026-11-22-a-2.md"):
        path = review.new_path(site, "A", NOON)
        assert path == expected
        review.add(site, path, {"title": "A"}, by=ada, at=NOON)
    with pytest.raises(EditRejected, match="there already"):
        review.add(site, "_news/2026-11-22-a.md", {"title": "A"}, by=ada, at=NOON)


def test_an_article_needs_a_title(article: Article, ada: User) -> None:
    with pytest.raises(EditRejected, match="needs a title"):
        review.add(Site.objects.get(), "_news/x.md", {"excerpt": "x"}, by=ada, at=NOON)
    assert Article.objects.count() == 1


def test_a_dry_run_says_what_it_would_do_and_does_nothing(article: Article, ada: User) -> None:
    outcome = review.publish(article, by=ada, at=NOON, dry_run=True)
    assert (outcome.changed, outcome.changes) == (True, {"published": (False, True)})
    assert not Event.objects.exists()
    assert Article.objects.get().version == 1


def test_events_cannot_be_changed_or_deleted(article: Article, ada: User) -> None:
    review.publish(article, by=ada, at=NOON)
    event = Event.objects.get()
    for act in (event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(reason="x")):
        with pytest.raises(AppendOnly):
            act()


def test_toml_front_matter_cannot_be_edited_and_says_so(tmp_path: Path, ada: User) -> None:
    root = write_files(tmp_path / "s", {"_posts/a.md": '+++\ntitle = "A"\n+++\nBody\n'})
    import_site(root, at=NOON)
    article = Article.objects.get()
    assert article.title == "A"
    with pytest.raises(EditRejected, match="TOML front matter is read but not written"):
        edit(article, ada, title="B")
