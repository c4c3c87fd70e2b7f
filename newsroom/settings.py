"""All settings. What differs from place to place comes from the environment; defaults are for production.

SECRET_KEY            required unless DEBUG
DEBUG                 for development and the demo; default off
ALLOWED_HOSTS         host names, separated by commas
CSRF_TRUSTED_ORIGINS  origins with scheme, separated by commas; needed where the proxy changes the host name
DATABASE_URL          sqlite:////absolute/path or postgres://user:password@host:port/name;
                      default SQLite in var/newsroom.sqlite3
PREPARED_STATEMENTS   whether PostgreSQL keeps statements that come again and again; default on, but off where a pooler
                      stands between
HTTPS                 the desk is reached over https only; default on unless DEBUG
SECURE_SSL_REDIRECT   http is redirected to https here; default as HTTPS; turn off where the proxy does it
HSTS_SECONDS          how long browsers are told to keep to https; default 30 days
BEHIND_PROXY          a reverse proxy in front sets X-Forwarded-Proto and X-Forwarded-For; default off
LOG_LEVEL             default INFO
LOG_FORMAT            line (for people, the default) or json (one object a line, with request and user)
"""

from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from newsroom.database import read_database_url

BASE_DIR = Path(__file__).resolve().parent.parent

SESSION_HOURS = 12
LOCKOUT_MINUTES = 15

env = environ.Env()


def _integer(name: str, default: int) -> int:
    try:
        return int(env(name, default=default))
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from problem


# --- Where it runs --------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="only-for-debug" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set it to a long random text that stays the same, or DEBUG=1 to try it out."
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

DATABASES = {
    "default": read_database_url(
        env("DATABASE_URL", default=""),
        default=BASE_DIR / "var" / "newsroom.sqlite3",
        prepares=env.bool("PREPARED_STATEMENTS", default=None),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- What it is made of ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "newsroom.apps.NewsroomAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "articles.apps.ArticlesConfig",  # before the queue of tasks: its db_worker is that of the queue with more to it
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "axes",
]

MIDDLEWARE = [
    "newsroom.logs.RequestLog",  # the first: it measures all the others, and their lines carry its number
    # Pages are a tenth as long then; random bytes and a masked CSRF token stand against guessing by length (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "newsroom.policy.Policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "newsroom.messages.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "articles.desk.busy.BusyDatabase",
    "axes.middleware.AxesMiddleware",  # the last: nothing after it may put another page for its refusal
]

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "articles.desk.frame.frame",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",  # what is rendered most, see docs/decisions/0018
        "DIRS": [BASE_DIR / "templates" / "fragments"],
        "OPTIONS": {
            "environment": "articles.fragments.environment",
            "context_processors": ["articles.desk.frame.frame"],
        },
    },
]

LANGUAGE_CODE = "en"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

FORMS_URLFIELD_ASSUME_HTTPS = True  # as Django 6 does; drop the line then

# --- Static files ---------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# In production names carry a digest and are kept for ever by browsers: `manage.py collectstatic` writes them.
# In development (and in the tests) files are served from where they lie.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG

# --- Users and sessions ---------------------------------------------------------------------------

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # the first: it refuses before a password is looked at
    "articles.desk.users.Users",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

SESSION_ENGINE = "articles.desk.sessions"
SESSION_COOKIE_AGE = SESSION_HOURS * 3600  # an editor's day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # the token is in every form; no script needs the cookie
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "articles.desk.account.csrf_failed"

# Five wrong passwords lock this name from this address: by the name alone anyone could lock an editor out,
# by the address alone one editor would lock out the whole office.
AXES_ENABLE_ADMIN = False  # its tables are for whoever runs the desk, not for editors
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=LOCKOUT_MINUTES)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "articles.desk.account.locked_out"

# --- Work outside the request ---------------------------------------------------------------------

# Nothing but articles/jobs.py knows of it. `manage.py db_worker` carries it out.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- What browsers are told -----------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "https:", "data:"],  # the previews of pictures that articles name
        "frame-src": ["https://www.youtube-nocookie.com", "https://player.vimeo.com"],  # a video, once it is asked for
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"  # a source that an editor opens does not learn where the desk is
SECURE_CONTENT_TYPE_NOSNIFF = True

HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from this machine, without the proxy
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = _integer("HSTS_SECONDS", 30 * 24 * 3600) if HTTPS else 0
SILENCED_SYSTEM_CHECKS = [
    # Both would bind hosts beyond this one to https: for the owner of the whole domain to decide.
    "security.W005",  # SECURE_HSTS_INCLUDE_SUBDOMAINS
    "security.W021",  # SECURE_HSTS_PRELOAD
]

# Only where a proxy sets these two headers on every request: else any client could claim to be on https, or
# to be someone else to the lock-out above.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_CLIENT_IP_CALLABLE = "newsroom.proxy.client_address"

# --- Log ------------------------------------------------------------------------------------------

LOG_FORMAT = env("LOG_FORMAT", default="line").lower()
if LOG_FORMAT not in {"line", "json"}:
    raise ImproperlyConfigured("LOG_FORMAT must be line or json.")

# To stderr, always: stdout belongs to the reports of the commands.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "newsroom.logs.JsonLines"},
    },
    "filters": {"request": {"()": "newsroom.logs.WithRequest"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "articles": {"level": env("LOG_LEVEL", default="INFO").upper()},
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "axes": {"level": "WARNING"},
        "newsroom": {"level": env("LOG_LEVEL", default="INFO").upper()},
        # Of each request the log has one line already; gunicorn and the development server have theirs.
        "newsroom.requests": {"level": "WARNING" if DEBUG else env("LOG_LEVEL", default="INFO").upper()},
    },
}
