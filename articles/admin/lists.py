"""What every list and every page of the admin has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst

from articles.admin_site import LIST_NAMES
from articles.filters import ControlFilter, DateFilter
from articles.ordering import by_column
from articles.paging import CappedPaginator, bounded

ROWS_PER_PAGE = 50
_FOUND = "_found_by_words_alone"


class DeskChangeList(ChangeList):
    """A list that says what it holds, and remembers which filters are used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = list_name(self.model)
        self.filter_params = {name: values for name, values in self.filter_params.items() if any(values)}

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[Any]:
        """As asked for, and the same on every database: a missing value counts as the smallest.

        Among equals it goes on as the index does, so that nothing has to be sorted.
        """
        orders = super().get_ordering(request, queryset)
        if ORDER_VAR in self.params and len(orders) == 2 and isinstance(orders[0], str):
            orders = [orders[0], *cast(DeskAdmin, self.model_admin).among_equals(orders[0])]
        return [self._with_nulls(one) for one in orders]

    def get_results(self, request: HttpRequest) -> None:
        """No page costs more as the table grows, whatever the list is narrowed by."""
        fitting = self.queryset
        if fitting.query.where and not self._is_of_dates_alone:
            every = self.apply_select_related(self.root_queryset.order_by(*fitting.query.order_by))
            self.queryset = bounded(every, fitting, request.__dict__.get(_FOUND))
        super().get_results(request)

    def _with_nulls(self, order: Any) -> Any:
        if not isinstance(order, str):
            return order
        name = order.removeprefix("-")
        if name == "pk":
            return by_column(order) if cast(DeskAdmin, self.model_admin).has_nulls_last else order
        return by_column(order) if self.lookup_opts.get_field(name.partition("__")[0]).null else order

    @property
    def _is_of_dates_alone(self) -> bool:
        """In the order of dates that is one stretch of its index."""
        used = [spec for spec in self.filter_specs if isinstance(spec, ControlFilter) and spec.value()]
        return not self.query and not self.params.get(ORDER_VAR) and all(isinstance(one, DateFilter) for one in used)

    @property
    def active_filters(self) -> list[tuple[str, str, str]]:
        """Title, words, and the address without it, of each filter that narrows the list."""
        used = [spec for spec in self.filter_specs if isinstance(spec, ControlFilter) and spec.in_words()]
        return [(str(spec.title), spec.in_words(), self._without(str(spec.parameter_name))) for spec in used]

    @property
    def without_query(self) -> str:
        """The address without the words that were searched for."""
        return self._without(SEARCH_VAR)

    @property
    def kept_order(self) -> str:
        """The order that was clicked, for the form of the filters to keep."""
        return str(self.params.get(ORDER_VAR, ""))

    def _without(self, name: str) -> str:
        return self.get_query_string({name: None})


class DeskAdmin(ModelAdmin):  # type: ignore[type-arg]
    """Lists of a fixed number of queries, none of which counts or reads a whole table. Nothing is ever deleted."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = ROWS_PER_PAGE
    list_max_show_all = 0
    actions: Sequence[str] | None = None
    view_on_site = False
    change_list_template = "admin/articles/change_list.html"
    has_nulls_last: ClassVar[bool] = False
    """The orders that can be clicked have a `NullsLastIndex`."""

    def among_equals(self, order: str) -> Sequence[str]:
        """The further order of rows that are equal in this one."""
        return ("-pk",) if order.startswith("-") else ("pk",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskChangeList

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["list_name"] = list_name(self.model)
        return super().render_change_form(request, context, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @property
    def media(self) -> forms.Media:
        """Without the scripts of the stock admin, none of which these pages use."""
        return forms.Media()


class ReadOnlyAdmin(DeskAdmin):
    """Records that the machine writes and people read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def note_found(request: HttpRequest, keys: list[int]) -> None:
    """The list need not look for what is found, up to one more than `CAP`: a search that nothing else narrows knows."""
    request.__dict__[_FOUND] = keys


def list_name(model: type[Model]) -> str:
    """What the list of these records is called."""
    return LIST_NAMES.get(model.__name__) or str(capfirst(model._meta.verbose_name_plural))


def user_of(request: HttpRequest) -> User:
    """Who asks; behind the admin's door everyone has logged in."""
    return cast(User, request.user)
