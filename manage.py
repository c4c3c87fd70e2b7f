#!/usr/bin/env python
"""Django's command line for this project."""

import gc
import os
import sys

COULD_NOT_START = 3
OBJECTS_BETWEEN_COLLECTIONS = 20_000


def main() -> int | None:
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)  # Python's 700 cost a tenth of the start, and find nothing
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
    except ImportError:
        return refuse("Django is not installed for this Python; run ./dev setup, then ./dev manage.")
    try:
        load_settings()
    except ImproperlyConfigured as problem:
        return refuse(str(problem))
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    finally:
        gc.freeze()  # the end: to look through all of it for cycles once more costs a fifth of the start
    return 0


def load_settings() -> None:
    """Here, since Django's own command line would say the same in a stack trace and exit 1."""
    from django.conf import settings

    settings.INSTALLED_APPS  # noqa: B018 - the first look at any setting loads them all


def refuse(sentence: str) -> int:
    print(f"newsroom cannot start: {sentence}", file=sys.stderr)
    return COULD_NOT_START


if __name__ == "__main__":
    sys.exit(main())
