"""import_content: files to records, what it prints, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from articles.locking import locks, site_lock
from articles.models import Article, Event, Site
from tests.commands.running import run
from tests.samples import ARTICLE, PATH, SECURED, SECURED_ANEW, changed, write_files

pytestmark = pytest.mark.django_db

REPORT_KEYS = {
    *("site", "root", "dry_run", "files", "created", "updated", "unchanged", "noise", "missing", "written"),
    *("conflicts", "problems", "batch", "commit", "seconds"),
}


def test_it_makes_the_site_and_its_records(root: Path) -> None:
    write_files(root, {"_config.yml": "title: Harbour News\nurl: https://harbour.example\nthreshold: 60\n"})
    done = run("import_content", root)
    assert done.code == 0
    assert done.out.startswith("harbour: 2 files: 2 created (")
    site = Site.objects.get()
    assert (site.slug, site.title) == ("harbour", "Harbour News")
    assert (site.url, site.threshold) == ("https://harbour.example", 60)
    assert Article.objects.filter(site=site).count() == 2


def test_the_report_has_the_keys_that_scripts_rely_on(root: Path) -> None:
    done = run("import_content", root, "--json")
    assert done.facts.keys() >= REPORT_KEYS
    assert (done.facts["site"], done.facts["root"], done.facts["created"]) == ("harbour", str(root), 2)
    assert done.facts["problems"] == []


def test_a_second_run_does_nothing(imported: Path) -> None:
    done = run("import_content", imported, "--json")
    assert (done.code, done.facts["unchanged"], done.facts["created"]) == (0, 2, 0)
    assert run("import_content", imported, "--dry-run").code == 0


def test_a_dry_run_prints_its_plan_and_keeps_nothing(root: Path) -> None:
    done = run("import_content", root, "--dry-run")
    assert done.code == 2
    assert done.out.splitlines()[:3] == [
        "would create the site harbour",
        f"would create {PATH}",
        "would create _news/other.md",
    ]
    assert done.out.rstrip().endswith("Dry run: nothing was changed.")
    assert not Site.objects.exists()


def test_a_plan_says_each_act_by_path(imported: Path) -> None:
    (imported / "_news/other.md").unlink()
    third = changed(("Harbour pilots", "Two pilots"), (SECURED, SECURED_ANEW))
    write_files(
        imported,
        {PATH: changed((SECURED, SECURED_ANEW)), "_news/third.md": third, "_data/topics/1.yaml": "name: Robotics\n"},
    )
    done = run("import_content", imported, "--dry-run", "--json")
    assert done.code == 2
    assert done.facts["plan"] == [
        {"act": "read", "path": "_data/topics/1.yaml"},
        {"act": "create", "path": "_news/third.md"},
        {"act": "take the new text of", "path": PATH},
        {"act": "mark missing", "path": "_news/other.md"},
    ]
    assert (done.facts["created"], done.facts["noise"], done.facts["missing"]) == (1, 1, 1)
    assert not Event.objects.exists()


def test_a_bad_file_is_named_and_the_rest_goes_on(root: Path) -> None:
    write_files(root, {"_news/bad.md": "---\ntitle: [\n---\n", "_news/odd.md": ARTICLE.replace("68", "high")})
    done = run("import_content", root, "--json")
    assert (done.code, done.facts["created"]) == (1, 3)
    error, *warnings = done.facts["problems"]
    assert error.keys() == {"path", "line", "key", "severity", "code", "message"}
    assert (error["path"], error["line"], error["severity"]) == ("_news/bad.md", 3, "error")
    assert {(one["path"], one["key"], one["severity"]) for one in warnings} == {
        ("_news/odd.md", "quality", "warning"),
        ("_news/odd.md", "heat", "warning"),
    }


def test_it_reads_the_collections_that_are_named(root: Path) -> None:
    write_files(root, {"_reports/a.md": ARTICLE, "_drafts/b.md": ARTICLE, "_drafts/deep/c.md": ARTICLE})
    done = run("import_content", root, "--collection", "_reports", "drafts", "--collection", "_drafts/deep", "--json")
    assert (done.code, done.facts["files"]) == (0, 3)
    assert run("import_content", "--collection", "_drafts/deep", root, "--json").facts["unchanged"] == 1
    assert run("import_content", root, "--json").facts["created"] == 2


def test_it_says_where_the_site_was_read_from_before(imported: Path, tmp_path: Path) -> None:
    elsewhere = write_files(tmp_path / "copy" / "harbour", {PATH: ARTICLE})
    done = run("import_content", elsewhere)
    assert done.code == 0
    assert f"was read from {imported} until now" in done.err


def test_it_says_that_it_found_nothing(tmp_path: Path) -> None:
    done = run("import_content", write_files(tmp_path / "empty", {"README.md": ""}))
    assert done.code == 0
    assert "No articles were found" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ROOT/gone"], "cannot be read (No such file or directory)"),
        (["ROOT/_news/other.md"], "cannot be read (Not a directory)"),
        ([], "Which folder? Give ROOT before the options."),
        (["ROOT", "--site", "../../etc"], "'../../etc' cannot name a site"),
        (["ROOT", "--collection", "_stories"], "There is no collection '_stories'"),
        (["ROOT", "--collection", "../harbour/_news"], "There is no collection '../harbour/_news'"),
        (["ROOT", "--collection", "/etc"], "There is no collection '/etc'"),
        (["ROOT", "--dry"], "Unrecognized arguments: --dry"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_it_does_not_start(root: Path, arguments: list[str], said: str) -> None:
    done = run("import_content", *(one.replace("ROOT", str(root)) for one in arguments))
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    assert not Site.objects.exists()


def test_a_folder_that_names_no_site_asks_for_a_name(tmp_path: Path) -> None:
    root = write_files(tmp_path / "新聞", {PATH: ARTICLE})
    assert run("import_content", root).code == 3
    assert run("import_content", root, "--site", "shimbun").code == 0
    assert Site.objects.get().slug == "shimbun"


def test_it_does_not_start_while_another_run_holds_the_site(root: Path) -> None:
    with site_lock(locks(), "harbour", holder="export_content"):
        done = run("import_content", root)
        other = run("import_content", root, "--site", "other")
    assert done.code == 3
    assert done.err.startswith("export_content (process ")
    assert "holds the site harbour since" in done.err
    assert other.code == 0


def test_it_takes_in_a_real_site_once(corpus: Path) -> None:
    first = run("import_content", corpus, "--site", "real", "--json")
    assert (first.code, first.facts["created"], first.facts["problems"]) == (0, 90, [])
    again = run("import_content", corpus, "--site", "real", "--json")
    assert (again.code, again.facts["unchanged"]) == (0, 90)
