"""Orders that every database gives alike: a missing value counts as the smallest."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import F, Index, Model
from django.db.models.expressions import OrderBy
from django.db.models.functions import Collate


class NullsLastIndex(Index):
    """An index in which NULL is smaller than all else: so SQLite does by itself, and PostgreSQL only when told.

    It serves `F(column).desc(nulls_last=True)` on both, and backwards `F(column).asc(nulls_first=True)`; these also for
    columns that are never NULL, where PostgreSQL is to see that an order is the index's.
    """

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Statement:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **kwargs)
        index = copy(self)
        index.fields_orders = [
            (name, _with_nulls(order, may_be_null=model._meta.get_field(name).null))
            for name, order in self.fields_orders
        ]
        return Index.create_sql(index, model, schema_editor, using, **kwargs)


class PathIndex(Index):
    """An index that begins with a key and a path: in the order of the path's bytes, as a folder lists them.

    SQLite compares bytes anyway and has the row's number in every index. PostgreSQL is told, and carries it along with
    the other columns.
    """

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Statement:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **kwargs)
        key, path, *others = self.fields
        index = Index(F(key), Collate(path, "C"), name=self.name, include=[*others, model._meta.pk.name])
        return index.create_sql(model, schema_editor, using, **kwargs)


def by_column(name: str) -> OrderBy:
    """The order by a column that may be NULL, `-` before its name for descending."""
    if name.startswith("-"):
        return F(name[1:]).desc(nulls_last=True)
    return F(name).asc(nulls_first=True)


def _with_nulls(order: str, *, may_be_null: bool) -> str:
    if order == "DESC":
        return "DESC NULLS LAST"
    return "NULLS FIRST" if may_be_null else order
