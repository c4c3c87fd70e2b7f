"""The safe fixes of findings as an edit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Unpack

from articles.content.findings import KINDS, findings_of, fixes_of
from articles.judging import context_for
from articles.models import Article, Event
from articles.review.act import OneAct
from articles.review.given import Given, hand_of
from articles.review.outcomes import Outcome
from articles.review.rights import require, require_for


def fix(
    article: Article,
    codes: Collection[str] | None = None,
    *,
    keys: Collection[str] | None = None,
    **given: Unpack[Given],
) -> Outcome:
    """Mend what has a safe fix: all of it, that of some codes, that at some keys; what was mended is the edit's reason.

    Where nothing is left to mend, nothing happens. Raises as `edit` does. With `dry_run` the outcome's changes are the
    preview.
    """
    hand, seen = hand_of(**given)
    require(hand.by, "change_article")
    wanted = KINDS.keys() if codes is None else codes
    with OneAct(article, hand, seen) as act:
        context = context_for(act.article)
        fixes = fixes_of(act.before, context, wanted, keys)
        require_for(hand.by, fixes)
        act.refuse_stale(fixes)
        for key, value in fixes.items():
            act.decide(key, value)
        found = findings_of(act.before, context)
        words = [one.word for one in found if one.has_fix and one.code in wanted and (keys is None or one.key in keys)]
        act.hand = replace(act.hand, reason=hand.reason or f"fixed: {', '.join(dict.fromkeys(words))}")
        return act.finish(Event.Act.EDITED)
