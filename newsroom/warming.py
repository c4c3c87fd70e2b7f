"""What a web process does before its first request, so that none waits for it."""

from __future__ import annotations

import gc

from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.urls import get_resolver

from newsroom.sqlite.checkpoints import carry_over_beside


def warm_up() -> None:
    """Read the pages' modules and the fragments; and let the garbage collector forget what stays until the end.

    Else it looks through all of that every now and then, while each thread of the process stands still: a fifth of a
    second. What is written goes into SQLite's file beside the requests from here on.
    """
    _ = get_resolver().url_patterns
    for engine in engines.all():
        if isinstance(engine, Jinja2):
            for name in engine.env.list_templates():
                engine.env.get_template(name)
    carry_over_beside()
    gc.collect()
    gc.freeze()
