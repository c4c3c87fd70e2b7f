"""Conditions and parts of columns that indexes are made of: written out, so that a database knows them again."""

from __future__ import annotations

from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, IntegerField, Q, TextField
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThan
from django.db.models.sql.compiler import SQLCompiler

RULE: Final = "rule: quality at least"
"""What the reason of every flip by a rule begins with."""
BEGINNING_CHARS: Final = 60
ENDING_CHARS: Final = 24
_LAST: Final = "\U0010ffff"


class _Condition(Func):
    arity = 1
    output_field = BooleanField()
    conditional = True


class OfRule(_Condition):
    """Whether a reason is that of a rule."""

    template = f"SUBSTR(%(expressions)s, 1, {len(RULE)}) = '{RULE}'"


class HasProblems(_Condition):
    """Whether a list of problems, as JSON, has any."""

    template = "%(expressions)s <> '[]'"


class Contradicted(_Condition):
    """Whether a state is that of an open conflict (`Article.State.CONFLICT`)."""

    template = "%(expressions)s = 0"


class Given(_Condition):
    """Whether a text is not empty."""

    template = "%(expressions)s <> ''"


class Side(Func):
    """Whether readers get an article, and whether another item leads its story, of heat and mark, as one number."""

    IN: Final = 0
    OUT: Final = 1
    IN_AND_LED: Final = 2
    OUT_AND_LED: Final = 3
    LED: Final = -1
    """The heat of what another item leads."""

    arity = 2
    output_field = IntegerField()
    arg_joiner = f" = {LED} THEN 2 ELSE 0 END + CASE WHEN "
    template = "(CASE WHEN %(expressions)s THEN 1 ELSE 0 END)"


class Beginning(Func):
    """The first characters of a text, in small letters as far as they are ASCII."""

    arity = 1
    output_field = TextField()
    template = f"LOWER(SUBSTR(%(expressions)s, 1, {BEGINNING_CHARS}))"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        template = f'LOWER(SUBSTR(%(expressions)s, 1, {BEGINNING_CHARS}) COLLATE "C")'
        sql, params = self.as_sql(compiler, connection, template=template, **extra)
        return sql, tuple(params)


class Ending(Func):
    """The last characters of a text."""

    arity = 1
    output_field = TextField()
    template = f"SUBSTR(%(expressions)s, -{ENDING_CHARS})"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sql, params = self.as_sql(compiler, connection, template=f"RIGHT(%(expressions)s, {ENDING_CHARS})", **extra)
        return sql, tuple(params)


def begins_with(column: str, text: str) -> Q:
    """What `Beginning` has an index of, among texts that are given; large and small ASCII letters are the same."""
    start = "".join(char.lower() if char.isascii() else char for char in text)[:BEGINNING_CHARS]
    beginning = Beginning(column)
    within = GreaterThanOrEqual(beginning, start), LessThan(beginning, start + _LAST)
    return Q(Given(column)) & Q(within[0]) & Q(within[1])


def is_exactly(column: str, text: str) -> Q:
    """What `Ending` has an index of. Where the column just is something, SQLite puts that in its place everywhere."""
    return Q(Exact(Ending(column), text[-ENDING_CHARS:]), **{f"{column}__gte": text, f"{column}__lte": text})
