"""Pictures: where a browser may get them from, and what the desk serves out of a site's folder."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles import views
from articles.models import Site
from articles.pictures import Preview, preview
from tests.factories import make_article, make_site, make_user
from tests.pages import read

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

PREVIEWS = {
    "https://example.com/a.png": Preview("https://example.com/a.png"),
    "http://example.com/a.png": Preview("", "http only: browsers would not show it here"),
    "/assets/a.png": Preview("/sites/harbour/picture/assets/a.png"),
    "/assets/A%20b.PNG?v=1#x": Preview("/sites/harbour/picture/assets/A%20b.PNG"),
    "/assets/a.html": Preview("", "not a kind of picture that is shown here"),
    "/assets/a": Preview("", "not a kind of picture that is shown here"),
    "//example.com/a.png": Preview("", "no address that a browser knows"),
    "assets/a.png": Preview("", "no address that a browser knows"),
    "javascript:alert(1)//a.png": Preview("", "no address that a browser knows"),
    "data:image/png;base64,AAAA": Preview("", "no address that a browser knows"),
    "https:/a.png": Preview("", "no address that a browser knows"),
    "https://[a.png": Preview("", "no address that a browser knows"),
    " ": Preview("", "no address"),
}


@pytest.mark.parametrize(("url", "shown"), PREVIEWS.items(), ids=PREVIEWS.keys())
def test_a_picture_is_shown_from_where_a_browser_may_get_it(url: str, shown: Preview) -> None:
    assert preview("harbour", url) == shown


@pytest.fixture
def site(db: None, tmp_path: Path) -> Site:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "tug.svg").write_bytes(SVG)
    return make_site(root=tmp_path)


@pytest.fixture
def viewer(client: Client, site: Site) -> User:
    user = make_user("vera", "Viewer")
    client.force_login(user)
    return user


@pytest.mark.usefixtures("viewer")
def test_a_sites_picture_is_served_so_that_it_can_do_nothing(client: Client) -> None:
    response = client.get("/sites/harbour/picture/assets/tug.svg")
    assert (response.status_code, response.content, response["Content-Type"]) == (200, SVG, "image/svg+xml")
    assert response["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, max-age=3600"


@pytest.mark.usefixtures("viewer")
@pytest.mark.parametrize(
    "path",
    [
        "assets/none.svg",
        "assets/../assets/tug.svg",
        "../x.svg",
        "_config.yml",
        "assets",
        ".git/a.svg",
        "assets/link.svg",
        "assets/tug.svg%00.png",
    ],
)
def test_nothing_else_is_served(client: Client, tmp_path: Path, path: str) -> None:
    (tmp_path / "_config.yml").write_text("title: x")
    (tmp_path / "assets" / "link.svg").symlink_to("/etc/hostname")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.svg").write_bytes(SVG)
    assert client.get(f"/sites/harbour/picture/{path}").status_code == 404


@pytest.mark.usefixtures("viewer")
def test_a_picture_beyond_the_bound_is_not_served(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MAX_PICTURE_BYTES", 10)
    assert client.get("/sites/harbour/picture/assets/tug.svg").status_code == 404


@pytest.mark.usefixtures("viewer")
def test_a_site_without_a_folder_has_no_pictures(client: Client, site: Site) -> None:
    for root in ("", "/nonexistent"):
        Site.objects.update(root=root)
        assert client.get("/sites/harbour/picture/assets/tug.svg").status_code == 404
    assert client.get("/sites/none/picture/assets/tug.svg").status_code == 404


def test_pictures_are_for_those_who_may_use_the_desk(client: Client, site: Site) -> None:
    assert client.get("/sites/harbour/picture/assets/tug.svg").status_code == 403
    client.force_login(make_user("eve", is_staff=False))
    assert client.get("/sites/harbour/picture/assets/tug.svg").status_code == 403


@pytest.mark.usefixtures("viewer")
def test_previews_are_lazy_keep_their_place_and_tell_nobody(client: Client, site: Site) -> None:
    article = make_article(
        site, images=[{"url": "/assets/tug.svg", "title": "A tug"}, {"url": "http://example.com/a.png"}]
    )
    page = read(client.get(f"/admin/articles/article/{article.pk}/change/"))
    pictures = [attrs for tag, attrs in page.elements if tag == "img" and "/sites/" in attrs["src"]]
    assert pictures
    for attrs in pictures:
        assert (attrs["loading"], attrs["referrerpolicy"]) == ("lazy", "no-referrer")
        assert {"width", "height", "alt"} <= attrs.keys()
    assert "http only" in page.text
