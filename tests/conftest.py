"""The run as a whole: which database, which tests it holds, what every test may ask for.

TEST_DB=sqlite (the default) or postgres chooses the database; `-m postgres` chooses PostgreSQL by itself.
On PostgreSQL only those tests run that use the database. The fast part, `-m "not browser and not postgres"`, leaves
those out that are marked thorough, and runs some cases of those marked broad. What the environment sets for the desk
does not reach the tests.
"""

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from pathlib import Path

import django
import hypothesis
import pytest
from django.test import TransactionTestCase
from pytest_django.plugin import blocking_manager_key

from tests.postgres import PostgresMissing, throw_away_server
from tests.prepared import copy_prepared, template_on_postgres

FOREIGN_VARIABLES = [
    *("ALLOWED_HOSTS", "BEHIND_PROXY", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "HSTS_SECONDS", "HTTPS"),
    *("LOG_LEVEL", "PREPARED_STATEMENTS", "SECRET_KEY", "SECURE_SSL_REDIRECT"),
    *("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"),  # set where the tests run from a git hook
]
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "site"
MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there has names of its own
ENOUGH = 4 << 30
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}

# A shared machine may be slow at any one example: no limit of time for each.
hypothesis.settings.register_profile("whole", deadline=None)
hypothesis.settings.register_profile("fast", deadline=None, max_examples=25)

on_postgres = pytest.StashKey[bool]()
resources = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # till all is loaded: see pytest_collection_finish
    config.stash[on_postgres] = "postgres" in (os.environ.get("TEST_DB"), config.option.markexpr)
    hypothesis.settings.load_profile("fast" if _is_fast_part(config) else "whole")
    is_worker = hasattr(config, "workerinput")  # of pytest-xdist: it takes over the environment of its parent
    if not is_worker:
        _set_environment(config)
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    django.setup()
    _make_logins_cheap()


def pytest_unconfigure() -> None:
    resources.close()


def _set_environment(config: pytest.Config) -> None:
    for name in FOREIGN_VARIABLES:
        os.environ.pop(name, None)
    os.environ["GIT_CONFIG_GLOBAL"] = os.devnull  # git as where nobody has configured it
    os.environ["GIT_CONFIG_NOSYSTEM"] = "1"
    _write_to_memory()
    # The many processes that the tests start need not compile the desk anew, each of them.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # Plain http, and static files from where they lie; settings.DEBUG itself is off in tests.
    os.environ["DEBUG"] = "1"
    if config.stash[on_postgres] and not config.option.collectonly:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that the server goes too
        try:
            os.environ["DATABASE_URL"] = resources.enter_context(throw_away_server())
        except PostgresMissing as problem:
            pytest.exit(str(problem), returncode=pytest.ExitCode.USAGE_ERROR)


def _write_to_memory() -> None:
    """What a run writes need not outlive it, and for nothing do tests wait as long as for a disk. TMPDIR goes first."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ENOUGH:
        os.environ["TMPDIR"] = tempfile.tempdir = os.fspath(MEMORY)


def _make_logins_cheap() -> None:
    from django.conf import settings

    from tests import logins

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    logins.make_cheap()


@pytest.hookimpl(tryfirst=True)  # before -m is applied
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "page" in _fixtures(item) or "browser" in _fixtures(item):
            item.add_marker("browser")
    keep = _runs_on_postgres if config.stash[on_postgres] else _runs_on_sqlite
    wanted = [item for item in items if keep(item)]
    if _is_fast_part(config):
        wanted = list(_fast(wanted))
    if left_out := set(items).difference(wanted):
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = wanted


def _is_fast_part(config: pytest.Config) -> bool:
    return "not postgres" in config.option.markexpr


def _fast(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Nothing thorough, and of a broad test the first case and then every so-manieth."""
    seen: Counter[str] = Counter()
    for item in items:
        broad = item.get_closest_marker("broad")
        test = item.nodeid.partition("[")[0]
        if not item.get_closest_marker("thorough") and not (broad and seen[test] % broad.args[0]):
            yield item
        seen[test] += 1


def pytest_collection_finish() -> None:
    """What is loaded now stays: looking through it for garbage again and again takes an eighth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def _runs_on_sqlite(item: pytest.Item) -> bool:
    return item.get_closest_marker("postgres") is None


def _runs_on_postgres(item: pytest.Item) -> bool:
    """What uses the run's database; not what only starts processes on a SQLite file of its own."""
    has_file_of_its_own = "with_tables" in _fixtures(item) and DATABASE_FIXTURES.isdisjoint(_fixtures(item))
    return item.get_closest_marker("postgres") is not None or (_uses_database(item) and not has_file_of_its_own)


def _uses_database(item: pytest.Item) -> bool:
    cls = getattr(item, "cls", None)
    return (
        any(item.get_closest_marker(name) for name in ("django_db", "postgres"))
        or not DATABASE_FIXTURES.isdisjoint(_fixtures(item))
        or (isinstance(cls, type) and issubclass(cls, TransactionTestCase))
    )


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {_database_name(config)}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Also into the file that ./dev test shows at the end of its two runs."""
    path = os.environ.get("NEWSROOM_TEST_SUMMARY")
    if path and not hasattr(config, "workerinput"):
        parts, _ = terminalreporter.build_summary_stats_line()
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(f"{_database_name(config)}: {', '.join(text for text, _ in parts)}\n")


def _database_name(config: pytest.Config) -> str:
    return "PostgreSQL" if config.stash[on_postgres] else "SQLite"


@pytest.fixture(scope="session")
def with_tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Writes a SQLite file with the tables of this version, as `migrate` would."""
    cache = getattr(request.config, "cache", None)  # gone with -p no:cacheprovider
    kept_in = Path(cache.mkdir("database")) if cache else tmp_path_factory.mktemp("prepared")
    return partial(copy_prepared, kept_in=kept_in)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    with_tables: Callable[[Path], None],
    django_db_modify_db_settings_parallel_suffix: None,
    template_lock: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """SQLite in a real file, as in production: in memory all threads would share one transaction.

    No worker has to migrate: that takes seconds.
    """
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"] == "newsroom.sqlite":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        with_tables(file)
        database["TEST"]["NAME"] = str(file)
    else:
        database["TEST"]["TEMPLATE"] = template_on_postgres(lock=template_lock)


@pytest.fixture(scope="session")
def template_lock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whose holder makes the template of the run's server: one file for all workers."""
    shared = tmp_path_factory.getbasetemp()
    return (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "template.lock"


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The file is there, with its tables."""
    from django.db import connection

    return connection.vendor == "sqlite"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test that empties its tables takes the groups away that migrations made; the next one finds them again."""
    yield
    if nextitem is None:  # the database is gone by now
        return
    marker = item.get_closest_marker("django_db")
    if (marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & {*_fixtures(item)}:
        with item.config.stash[blocking_manager_key].unblock():
            _make_groups()


def _make_groups() -> None:
    from django.contrib.auth.models import Group, Permission

    if Group.objects.exists():
        return
    for migration in ("0002_groups", "0004_desk"):
        for name, codenames in import_module(f"articles.migrations.{migration}").GROUPS.items():
            group, _ = Group.objects.get_or_create(name=name)
            group.permissions.add(*Permission.objects.filter(codename__in=codenames))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The root of a real site. It lies beside the project, not in it."""
    root = Path(os.environ.get("NEWSROOM_CORPUS") or CORPUS)
    if not root.is_dir():
        pytest.skip(f"no corpus at {root}; NEWSROOM_CORPUS names the root of a site to use")
    return root
