"""Lists within a query: the rows of a subquery as one column, so that a row comes with all that belongs to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, IntegerField, JSONField, Model, QuerySet, Subquery, TextField
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

from articles.compiled import attnames, row_of

Read = Callable[[Any], Any]


class Gathered(Subquery):
    """What a queryset has for the outer row, as a list of its objects in its order; on both databases as JSON.

    `names` are those of the columns that come beside the key (all, where there are none) and of annotations; what is
    left out is deferred, as after `only`. No column may hold bytes.
    """

    output_field = JSONField()

    def __init__(self, queryset: QuerySet[Any], *names: str) -> None:
        self.model = queryset.model
        fields = self.model._meta.concrete_fields
        self.fields = [
            field for field in fields if not names or field.primary_key or {field.attname, field.name} & {*names}
        ]
        known = {name for field in self.fields for name in (field.attname, field.name)}
        self.added = [name for name in names if name not in known]
        self._names = [field.attname for field in self.fields]
        super().__init__(queryset.values(*self._columns()))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, template: str | None = None, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        names = ", ".join(connection.ops.quote_name(name) for name in self._columns())
        is_postgres = connection.vendor == "postgresql"
        rows = f"JSON_AGG(JSON_BUILD_ARRAY({names}))" if is_postgres else f"JSON_GROUP_ARRAY(JSON_ARRAY({names}))"
        template = f"(SELECT {rows} FROM (%(subquery)s) gathered)"  # noqa: S608 - names of columns
        return super().as_sql(compiler, connection, template, **extra)

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        reads = [_reading(field, connection) for field in self.fields]

        def objects(value: Any, *_: Any) -> list[Any]:
            rows = json.loads(value) if isinstance(value, str) else value
            return [self._object(row, reads) for row in rows or ()]

        return [objects]

    def _columns(self) -> list[str]:
        return [*self._names, *self.added]

    def _object(self, row: Sequence[Any], reads: Sequence[Read | None]) -> Any:
        one = row_of(self.model, self._names, _read(row, reads))
        for name, value in zip(self.added, row[len(reads) :], strict=True):
            setattr(one, name, value)
        return one


class Bare(Gathered):
    """The same as bare values, the key first: of many small rows the objects would cost more than all else."""

    def _object(self, row: Sequence[Any], reads: Sequence[Read | None]) -> Any:
        return [*_read(row, reads), *row[len(reads) :]] if any(reads) else row


class Lines(Subquery):
    """The texts that a queryset has for the outer row, each in a line of one text; NULL where it has none."""

    output_field = TextField()

    def __init__(self, queryset: QuerySet[Any], text: Combinable) -> None:
        super().__init__(queryset.values(one=text))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, template: str | None = None, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        joined = "STRING_AGG(one, CHR(10))" if connection.vendor == "postgresql" else "GROUP_CONCAT(one, CHAR(10))"
        template = f"(SELECT {joined} FROM (%(subquery)s) gathered)"  # noqa: S608 - our own words
        return super().as_sql(compiler, connection, template, **extra)


class Counted(Subquery):
    """How many rows a queryset has for the outer row; a slice of it counts up to its end."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


class Joined:
    """The columns of a model and of those that it points to, for a `values_list`; and objects made of its rows."""

    def __init__(self, model: type[Model], *relations: str) -> None:
        self._model, self._own = model, attnames(model)
        self._related = [
            (name, one, attnames(one)) for name, one in ((name, _related(model, name)) for name in relations)
        ]
        self.names = (*self._own, *(f"{name}__{column}" for name, _, columns in self._related for column in columns))

    def made(self, row: Sequence[Any]) -> Any:
        """The object with those that it points to; the row may go on behind its columns."""
        values = iter(row)
        made = row_of(self._model, self._own, islice(values, len(self._own)))
        for name, model, columns in self._related:
            one = row_of(model, columns, islice(values, len(columns)))
            if one.pk is not None:
                setattr(made, name, one)
        return made


def hold(owner: Model, relation: str, objects: Iterable[Model]) -> None:
    """Let `owner.relation.all()` answer with these, as after `prefetch_related`."""
    manager = getattr(owner, relation)
    rows = manager.get_queryset()
    rows._result_cache = [*objects]
    rows._prefetch_done = True
    for one in rows._result_cache:
        setattr(one, manager.field.name, owner)
    owner.__dict__.setdefault("_prefetched_objects_cache", {})[manager.field.remote_field.cache_name] = rows


def _read(row: Sequence[Any], reads: Sequence[Read | None]) -> list[Any]:
    return [value if read is None else read(value) for value, read in zip(row, reads, strict=False)]


def _related(model: type[Model], name: str) -> type[Model]:
    related: type[Model] = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return related


def _reading(field: Field[Any, Any], connection: BaseDatabaseWrapper) -> Read | None:
    """How a value of a column is read out of JSON; None: it is as it stands."""
    if connection.vendor == "postgresql":  # moments and numbers of batches are text there, and JSON is JSON
        return field.to_python
    column = field.get_col(field.model._meta.db_table)
    steps = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
    if not steps:
        return None

    def read(value: Any) -> Any:
        for step in steps:
            value = step(value, column, connection)
        return value

    return read
