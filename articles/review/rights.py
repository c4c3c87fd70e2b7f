"""Who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from articles.review.outcomes import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User


_IN_WORDS: Final = {
    "bulk_article": "decide on more than 50 articles at once",
    "rule_article": "run a publish rule or set the threshold",
    "undo_article": "take back what others decided",
    "export_site": "write decisions into the site's files",
}


def require(by: User, permission: str) -> None:
    """Raises `NotAllowed` unless the user is active and has the right (`change_article`, `publish_article`, ...)."""
    if not (by.is_active and may(by, permission)):
        what = _IN_WORDS.get(permission) or f"{permission.removesuffix('_article').replace('_', ' ')} articles"
        raise NotAllowed(f"{by.get_username()} may not {what}. A superuser can give the right.")


def may(user: User, permission: str) -> bool:
    """Whether a user has this right of the app; each user's are gathered once, where Django asks every backend anew."""
    if user.is_active and user.is_superuser:
        return True
    known: frozenset[str] | None = user.__dict__.get("_rights")
    if known is None:
        known = user.__dict__["_rights"] = frozenset(user.get_all_permissions())
    return f"articles.{permission}" in known


def require_for(by: User, keys: Iterable[str]) -> None:
    """The right to change these keys: to publish is a right of its own."""
    for key in keys:
        require(by, "publish_article" if key == "published" else "change_article")
