"""Who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from articles.review.outcomes import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User


def require(by: User, permission: str) -> None:
    """Raises `NotAllowed` unless the user is active and has the right (`change_article`, `publish_article`, ...)."""
    if not (by.is_active and by.has_perm(f"articles.{permission}")):
        what = permission.removesuffix("_article").replace("_", " ")
        raise NotAllowed(f"{by.get_username()} may not {what} articles. A superuser can give the right.")


def require_for(by: User, keys: Iterable[str]) -> None:
    """The right to change these keys: to publish is a right of its own."""
    for key in keys:
        require(by, "publish_article" if key == "published" else "change_article")
