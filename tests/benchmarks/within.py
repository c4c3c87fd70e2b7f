"""Runs a benchmark inside of Django, set up as in production but for http: MODULE [ARGUMENT ...]."""

from __future__ import annotations

import os
import runpy
import sys

import django


def main() -> None:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "newsroom.settings", "DEBUG": "1", "LOG_LEVEL": "ERROR"}
    from django.conf import settings

    settings.DEBUG = False  # static files from where they lie, all else as in production
    settings.ALLOWED_HOSTS = ["localhost"]
    django.setup()
    del sys.argv[0]
    runpy.run_module(f"tests.benchmarks.{sys.argv[0]}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
