"""The way in for a WSGI server: gunicorn newsroom.wsgi."""

import os

from django.core.wsgi import get_wsgi_application

from newsroom.warming import warm_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

application = get_wsgi_application()
warm_up()
