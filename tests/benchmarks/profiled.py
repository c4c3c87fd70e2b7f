"""Runs a command of `manage.py` under the profiler, without Django's start: FILE COMMAND [ARGUMENT ...]."""

from __future__ import annotations

import cProfile
import os
import sys

import django
from django.core.management import call_command


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    django.setup()
    file, *command = sys.argv[1:]
    profile = cProfile.Profile()
    profile.runcall(call_command, *command)
    profile.dump_stats(file)


if __name__ == "__main__":
    main()
