"""What every act of an editor is given beside the article: whose it is, when, why, and what was seen."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Required, TypedDict

from articles.review.act import Hand

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Given(TypedDict, total=False):
    """The keywords of an act. What is done together shares a `batch`; a `dry_run` only says what it would do.

    `seen_version` is the article's version that the editor saw: what changed since is not decided on unseen.
    """

    by: Required[User]
    at: Required[datetime]
    seen_version: int | None
    reason: str
    batch: uuid.UUID | None
    dry_run: bool


def hand_of(
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> tuple[Hand, int | None]:
    """The hand that acts, and the version it saw."""
    return Hand(by, at, reason, batch or uuid.uuid4(), dry_run), seen_version
