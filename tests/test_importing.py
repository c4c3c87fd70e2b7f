"""Files to records: every key a column, once a digest, editors' decisions above what the crawler writes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles import review
from articles.exporting import export_in_place
from articles.importing import CannotImport, import_site
from articles.mapping import crawler_fields
from articles.models import Article, Event, Provider, Site, Source, Topic
from articles.report import Report
from tests.samples import ARTICLE, PATH, SECURED, SECURED_ANEW, changed, numbered, write_files

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def run(root: Path, **options: Any) -> Report:
    return import_site(root, at=NOON, **options)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_files(tmp_path / "harbour", {PATH: ARTICLE})


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", "ada@example.com", "pw")


def the_article() -> Article:
    return Article.objects.get(path=PATH)


def test_every_key_of_the_record_has_its_column(site: Path) -> None:
    report = run(site)
    assert (report.files, report.created, report.exit_code) == (1, 1, 0)
    article = the_article()
    assert article.category == "news"
    assert article.title == "Harbour pilots test a tug that steers itself"
    assert article.published_at == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
    assert (article.quality, article.heat, article.published) == (68, 68, False)
    assert article.original_url == "https://news.example.com/tug"
    assert article.web_url is None
    assert article.provider is not None
    assert (article.provider.domain, article.provider_name) == ("news.example.com", "Harbour Herald")
    assert [link.topic.name for link in article.topic_links.all()] == ["Robotics", "Technology"]
    pictures = [(image.url, image.width, image.is_cached) for image in article.images.all()]
    assert pictures == [
        ("https://pictures.example.com/tug.jpg", 1200, True),
        ("https://pictures.example.com/barge.jpg", 800, None),
    ]
    assert bytes(article.source.text) == ARTICLE.encode()
    assert article.source.secured == SECURED
    assert (article.version, article.is_dirty, article.is_missing) == (1, False, False)


def test_a_second_run_finds_nothing_to_do(site: Path) -> None:
    run(site)
    report = run(site)
    assert (report.created, report.updated, report.unchanged, report.changes) == (0, 0, 1, 0)
    assert Event.objects.count() == 0


def test_an_unchanged_file_is_not_parsed_again(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(site)
    monkeypatch.setattr("articles.content.actions.Document.read", lambda *_: pytest.fail("parsed"))
    assert run(site).unchanged == 1


def test_absent_null_and_empty_stay_apart(tmp_path: Path) -> None:
    keys = 'webUrl:\nampWebUrl: null\ncdnAmpWebUrl: ""\ntype: article'
    text = changed(("type: article", keys), ("topics:\n  - Robotics\n  - Technology", "topics: []"))
    run(write_files(tmp_path / "s", {PATH: text}))
    article = the_article()
    assert (article.web_url, article.amp_url, article.cdn_amp_url) == (None, None, "")
    assert article.as_written == {"webUrl": None, "ampWebUrl": None, "topics": []}


def test_unknown_keys_are_kept_and_the_cipher_is_not_among_them(tmp_path: Path) -> None:
    extra = "levels:\n  - beginner\nseen: 2026-11-20T08:15:00Z\nprice: 12.5\nremoved: true\ntype: article"
    run(write_files(tmp_path / "s", {PATH: changed(("type: article", extra))}))
    assert the_article().extra == {
        "levels": ["beginner"],
        "seen": {"$time": "2026-11-20T08:15:00+00:00"},
        "price": 12.5,
        "removed": True,
    }


def test_a_value_of_the_wrong_type_warns_and_is_kept_as_written(tmp_path: Path) -> None:
    text = changed(("quality: 68", 'quality: "high"'), ("2026-11-20T08:15:00Z", "2026-02-30T08:15:00Z"))
    report = run(write_files(tmp_path / "s", {PATH: text}))
    assert [(problem.code, problem.line, problem.key) for problem in report.problems] == [
        ("impossible_date", 5, "publishedDateTime"),
        ("wrong_type", 8, "quality"),
    ]
    assert {problem.path for problem in report.problems} == {PATH}
    assert report.exit_code == 0
    article = the_article()
    assert (article.quality, article.published_at) == (None, None)
    assert article.as_written["quality"] == "high"
    assert bytes(article.source.text) == text.encode()


def test_a_malformed_file_does_not_stop_the_run(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "_news/a.md": "---\ntitle: 'x\n---\n",
        "_news/b.md": b"---\ntitle: \xff\n---\n",
        PATH: ARTICLE,
    }
    report = run(write_files(tmp_path / "s", files))
    assert [(problem.path, problem.code) for problem in report.problems] == [
        ("_news/a.md", "bad_yaml"),
        ("_news/b.md", "not_utf8"),
    ]
    assert (report.files, report.created, report.exit_code) == (3, 1, 1)


def test_a_malformed_rewrite_keeps_the_last_good_record_and_the_next_good_one_heals_it(site: Path) -> None:
    run(site)
    write_files(site, {PATH: "---\ntitle: 'x\n---\n"})
    assert run(site).exit_code == 1
    assert the_article().title == "Harbour pilots test a tug that steers itself"
    write_files(site, {PATH: changed(("steers itself", "thinks"))})
    assert run(site).updated == 1
    assert the_article().title == "Harbour pilots test a tug that thinks"


@pytest.mark.parametrize(
    "rewritten",
    [
        pytest.param(changed((SECURED, SECURED_ANEW)), id="cipher"),
        pytest.param(ARTICLE.replace("\n", "\r\n"), id="line-endings"),
        pytest.param(changed(("quality: 68", "quality:   68  # as before")), id="white-space-and-comment"),
        pytest.param(changed((SECURED, SECURED_ANEW)).replace("\n", "\r\n"), id="both"),
    ],
)
def test_a_rewrite_without_meaning_is_noise(site: Path, rewritten: str) -> None:
    run(site)
    write_files(site, {PATH: rewritten})
    report = run(site)
    assert (report.noise, report.updated) == (1, 0)
    article = the_article()
    assert article.version == 1
    assert bytes(article.source.text) == rewritten.encode()
    assert Event.objects.count() == 0
    assert run(site).unchanged == 1


def test_a_rewrite_with_meaning_is_an_event_of_the_crawler(site: Path) -> None:
    run(site)
    write_files(site, {PATH: changed(("quality: 68", "quality: 72"), ("  - Robotics\n", ""))})
    assert run(site).updated == 1
    article = the_article()
    assert (article.quality, article.version) == (72, 2)
    assert [link.topic.name for link in article.topic_links.all()] == ["Technology"]
    event = Event.objects.get()
    assert (event.by_crawler, event.act) == (True, "rewritten")
    assert event.changes == {"quality": [68, 72], "topics": [["Robotics", "Technology"], ["Technology"]]}


def test_an_override_holds_through_a_rewrite(site: Path, ada: User) -> None:
    run(site)
    review.edit(the_article(), {"title": "A tug steers itself"}, by=ada, at=NOON)
    write_files(site, {PATH: changed(("quality: 68", "quality: 75"), (SECURED, SECURED_ANEW))})
    report = run(site)
    assert (report.updated, report.conflicts) == (1, 0)
    article = the_article()
    assert (article.title, article.quality, article.is_dirty) == ("A tug steers itself", 75, True)


def test_our_own_export_is_not_taken_for_the_crawlers_word(site: Path, ada: User) -> None:
    run(site)
    review.edit(the_article(), {"title": "A tug steers itself"}, by=ada, at=NOON)
    export_in_place(Site.objects.get(), at=NOON)
    exported = (site / PATH).read_text()
    write_files(site, {PATH: exported.replace(SECURED, SECURED_ANEW)})
    report = run(site)
    assert (report.noise, report.conflicts) == (1, 0)
    article = the_article()
    assert (article.title, article.is_dirty) == ("A tug steers itself", False)
    assert bytes(article.source.text) == changed((SECURED, SECURED_ANEW)).encode()


def test_the_crawler_that_writes_its_old_value_again_does_not_win(site: Path, ada: User) -> None:
    run(site)
    review.edit(the_article(), {"title": "A tug steers itself"}, by=ada, at=NOON)
    export_in_place(Site.objects.get(), at=NOON)
    write_files(site, {PATH: changed((SECURED, SECURED_ANEW))})
    assert run(site).conflicts == 0
    article = the_article()
    assert (article.title, article.is_dirty) == ("A tug steers itself", True)


def test_a_third_value_is_counted_as_a_conflict_and_the_override_stays(site: Path, ada: User) -> None:
    run(site)
    review.edit(the_article(), {"title": "A tug steers itself"}, by=ada, at=NOON)
    write_files(site, {PATH: changed(("steers itself", "thinks"))})
    assert run(site).conflicts == 1
    article = the_article()
    assert article.title == "A tug steers itself"
    override = article.overrides.get()
    assert (override.in_conflict, override.crawler_value) == (True, "Harbour pilots test a tug that steers itself")
    assert crawler_fields(article)["title"] == "Harbour pilots test a tug that thinks"
    write_files(site, {PATH: changed((SECURED, SECURED_ANEW))})
    run(site)
    assert not article.overrides.get().in_conflict


def test_lists_merge_as_lists(site: Path, ada: User) -> None:
    run(site)
    review.edit(the_article(), {"topics": ["Robotics", "Harbours"]}, by=ada, at=NOON)
    write_files(site, {PATH: changed(("  - Technology\n", "  - Technology\n  - Ships\n"))})
    assert run(site).conflicts == 0
    article = the_article()
    assert [link.topic.name for link in article.topic_links.all()] == ["Robotics", "Harbours", "Ships"]
    override = article.overrides.get()
    assert (override.value, override.crawler_value) == (
        ["Robotics", "Harbours", "Ships"],
        ["Robotics", "Technology", "Ships"],
    )


def test_a_source_switch_is_one_event(site: Path) -> None:
    run(site)
    pairs = (("https://news.example.com/tug", "https://times.example.org/tug"), ("Harbour Herald", "The Times"))
    write_files(site, {PATH: changed(*pairs)})
    run(site)
    event = Event.objects.get()
    assert (event.act, sorted(event.changes)) == ("source switched", ["originalUrl", "provider.name"])


def test_a_file_that_is_gone_is_marked_and_comes_back(site: Path) -> None:
    run(site)
    (site / PATH).unlink()
    assert run(site).missing == 1
    assert the_article().is_missing
    assert run(site).missing == 0
    write_files(site, {PATH: ARTICLE})
    run(site)
    assert not the_article().is_missing
    assert list(Event.objects.order_by("id").values_list("act", flat=True)) == ["missing", "returned"]


def test_an_article_added_by_hand_is_not_missing(site: Path, ada: User) -> None:
    run(site)
    review.add(Site.objects.get(), "_news/2026-11-22-new.md", {"title": "New"}, by=ada, at=NOON)
    assert run(site).missing == 0


def test_only_the_named_collections_are_read_and_miss_files(tmp_path: Path) -> None:
    root = write_files(tmp_path / "s", {PATH: ARTICLE, "_posts/2026-11-20-p.md": ARTICLE, "_samples/x.md": ARTICLE})
    assert run(root).created == 2
    report = run(root, collections=["samples"])
    assert (report.created, report.missing) == (1, 0)
    assert Site.objects.get().collections == ["_news", "_posts", "_samples"]


def test_a_collection_that_is_not_there_is_refused(site: Path) -> None:
    with pytest.raises(CannotImport, match="no collection 'wiki'"):
        run(site, collections=["wiki"])
    assert not Site.objects.exists()


def test_a_dry_run_touches_nothing(site: Path) -> None:
    report = run(site, dry_run=True)
    assert (report.created, report.exit_code) == (1, 2)
    assert not Site.objects.exists()
    assert not Article.objects.exists()


def test_a_run_that_breaks_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_files(tmp_path / "s", dict(numbered(3)))
    monkeypatch.setattr("articles.importing.FIRST_CHUNK", 1)
    done: list[int] = []

    def fail(files: int) -> None:
        done.append(files)
        if files == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(root, progress=fail)
    assert done == [1, 2]
    assert not Article.objects.exists()
    assert run(root).created == 3


def test_settings_topics_and_organizations_come_along(tmp_path: Path) -> None:
    root = write_files(
        tmp_path / "s",
        {
            PATH: ARTICLE,
            "_config.yml": "title: Harbour News\nurl: https://harbour.example.com\nbaseurl: /daily\nthreshold: 60\n",
            "_data/topics/02-robotics.yaml": "taxonomy: topic\n_id: robotics\nname: Robotics\nshortname: Robots\n"
            "parent: Technology\nkeywords:\n  - robot\nservices:\n  news: https://harbour.example.com/r\n",
            "_data/topics/10-technology.yaml": "taxonomy: topic\n_id: technology\nname: Technology\n",
            "_data/organizations/news.example.com.md": "---\ntaxonomy: organization\nname: The Harbour Herald\n"
            "domain: news.example.com\nimages:\n  - url: /a.svg\n    width: 50\n    height: 50\n---\n",
        },
    )
    assert run(root).problems == []
    site = Site.objects.get()
    assert (site.slug, site.title, site.url, site.threshold) == (
        "s",
        "Harbour News",
        "https://harbour.example.com/daily",
        60,
    )
    topics = [(topic.name, topic.position, topic.parent and topic.parent.name) for topic in Topic.objects.all()]
    assert topics == [("Robotics", 0, "Technology"), ("Technology", 1, None)]
    robotics = Topic.objects.get(name="Robotics")
    assert (robotics.keywords, robotics.extra) == (["robot"], {"services": {"news": "https://harbour.example.com/r"}})
    provider = Provider.objects.get()
    assert (provider.name, [image.url for image in provider.images.all()]) == ("The Harbour Herald", ["/a.svg"])
    assert the_article().provider_name == "Harbour Herald"
    again = run(root)
    assert (again.changes, again.unchanged) == (0, 1)


def organization(number: int, name: str, *pictures: str) -> dict[str, str | bytes]:
    images = "".join(f"  - url: {picture}\n" for picture in pictures)
    images = f"images:\n{images}" if images else ""
    text = f"---\nname: {name}\ndomain: {number}.example.com\n{images}---\n"
    return {f"_data/organizations/{number}.md": text}


def organizations_known() -> list[tuple[str, str, list[str]]]:
    return [
        (provider.domain, provider.name, [image.url for image in provider.images.order_by("position")])
        for provider in Provider.objects.order_by("domain")
    ]


def test_organizations_are_written_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.reference.SAVED_AT_ONCE", 2)
    files = organization(1, "A", "/a.svg", "/b.svg") | organization(2, "B", "/c.svg") | organization(3, "C")
    root = write_files(tmp_path / "s", files)
    run(root)
    keys = set(Provider.objects.values_list("pk", flat=True))
    assert organizations_known() == [
        ("1.example.com", "A", ["/a.svg", "/b.svg"]),
        ("2.example.com", "B", ["/c.svg"]),
        ("3.example.com", "C", []),
    ]
    write_files(root, organization(1, "A", "/d.svg") | organization(2, "Bb") | organization(3, "C", "/e.svg"))
    assert run(root).changes == 3
    assert set(Provider.objects.values_list("pk", flat=True)) == keys
    assert organizations_known() == [
        ("1.example.com", "A", ["/d.svg"]),
        ("2.example.com", "Bb", []),
        ("3.example.com", "C", ["/e.svg"]),
    ]


def test_the_number_of_queries_does_not_grow_with_the_organizations(tmp_path: Path) -> None:
    roots = [
        write_files(
            tmp_path / str(count), {path: text for at in range(count) for path, text in organization(at, "A").items()}
        )
        for count in (2, 40)
    ]
    asked = []
    for root in roots:
        with CaptureQueriesContext(connection) as queries:
            run(root)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_topic_whose_file_goes_stays_for_its_articles(tmp_path: Path) -> None:
    root = write_files(tmp_path / "s", {PATH: ARTICLE, "_data/topics/01-r.yaml": "name: Robotics\n"})
    run(root)
    (root / "_data/topics/01-r.yaml").unlink()
    run(root)
    topic = Topic.objects.get(name="Robotics")
    assert (topic.path, topic.position) == ("", None)


def test_bad_reference_files_are_problems(tmp_path: Path) -> None:
    files = {
        "_data/topics/01-a.yaml": "name: [1]\n",
        "_data/topics/02-b.yaml": "name: A\nname: B\n",
        "_data/organizations/x.md": "---\nname: X\n---\n",
        PATH: ARTICLE,
    }
    report = run(write_files(tmp_path / "s", dict(files)))
    assert [(problem.path, problem.code) for problem in report.problems] == [
        ("_data/topics/01-a.yaml", "no_name"),
        ("_data/topics/02-b.yaml", "duplicate_key"),
        ("_data/organizations/x.md", "no_domain"),
    ]
    assert report.created == 1


def test_links_devices_and_hidden_files_are_not_read(tmp_path: Path) -> None:
    root = write_files(tmp_path / "s", {PATH: ARTICLE, "_news/.hidden.md": ARTICLE, "_news/draft.md~": ARTICLE})
    (root / "_news/link.md").symlink_to(root / PATH)
    report = run(root)
    assert report.created == 1
    assert [(problem.path, problem.code) for problem in report.problems] == [("_news/link.md", "link")]


def test_the_number_of_queries_does_not_grow_with_the_files_of_a_chunk(tmp_path: Path) -> None:
    few, many = write_files(tmp_path / "few", dict(numbered(2))), write_files(tmp_path / "many", dict(numbered(20)))
    with CaptureQueriesContext(connection) as for_few:
        run(few)
    with CaptureQueriesContext(connection) as for_many:
        run(many)
    assert len(for_many) == len(for_few)


def test_the_real_corpus_comes_in_whole_and_once(corpus: Path) -> None:
    report = run(corpus)
    assert (report.files, report.created, report.problems) == (90, 90, [])
    again = run(corpus)
    assert (again.unchanged, again.changes) == (90, 0)
    for source in Source.objects.select_related("article"):
        assert bytes(source.text) == (corpus / source.article.path).read_bytes()
