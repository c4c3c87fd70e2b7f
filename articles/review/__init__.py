"""The acts of an editor, and the only door to an override: edit, fix, reset, publish, unpublish, add, resolve, undo.

A page, a button, an action over a list and a command all end here. Every act checks the right, the version that the
editor saw, and the values; makes overrides and one event; and puts the values in force into the columns, in one
transaction.
"""

from articles.review.acts import (
    each,
    edit,
    keep,
    keep_each,
    publish,
    publish_each,
    reset,
    resolve,
    resolve_switch,
    unpublish,
    unpublish_each,
)
from articles.review.adding import add, new_path
from articles.review.fixing import fix
from articles.review.outcomes import Decided, EditRejected, LongBatch, NoSuchBatch, NotAllowed, Outcome, StaleVersion
from articles.review.undoing import latest_undoable, restore, taken_back, undo

__all__ = [
    "Decided",
    "EditRejected",
    "LongBatch",
    "NoSuchBatch",
    "NotAllowed",
    "Outcome",
    "StaleVersion",
    "add",
    "each",
    "edit",
    "fix",
    "keep",
    "keep_each",
    "latest_undoable",
    "new_path",
    "publish",
    "publish_each",
    "reset",
    "resolve",
    "resolve_switch",
    "restore",
    "taken_back",
    "undo",
    "unpublish",
    "unpublish_each",
]
