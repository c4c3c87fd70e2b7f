"""Pages beside the admin: the way in, the icon, and the pictures out of a site's folder."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from articles.content.problems import ProblemError
from articles.content.tree import Tree
from articles.desk.doors import door
from articles.models import Site
from articles.pictures import content_type

MAX_PICTURE_BYTES = 10 * 1024 * 1024
PICTURE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}
"""A picture is a crawler's file: opened by itself, an SVG can run nothing and load nothing."""


@door("view_article")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("admin:articles_article_changelist")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this address by themselves."""
    return redirect(static("articles/favicon.svg"))


@require_safe
def site_picture(request: HttpRequest, slug: str, path: str) -> HttpResponse:
    """A picture file out of the site's folder, for those who may see articles; others get no page in its place."""
    if not request.user.has_perm("articles.view_article"):
        raise PermissionDenied
    kind = content_type(path)
    site = get_object_or_404(Site.objects.only("root"), slug=slug)
    if kind is None or not site.root:
        raise Http404
    return HttpResponse(_read(site.root, path), content_type=kind, headers=PICTURE_HEADERS)


def _read(root: str, path: str) -> bytes:
    try:
        return Tree(Path(root)).read(path, max_bytes=MAX_PICTURE_BYTES).data
    except ProblemError as refused:
        raise Http404 from refused
