"""The settings of the desk, with its static files in a folder of the benchmark.

With PLAIN_WAIT it waits for the writer's turn as SQLite itself does, in place of our way. No login is measured: the
passwords of its editors are cheap to check.
"""

import os
from pathlib import Path

from newsroom.settings import *  # noqa: F403
from newsroom.settings import DATABASES

STATIC_ROOT = Path(os.environ["STATIC_ROOT"])
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if os.environ.get("PLAIN_WAIT"):
    DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"
