"""The WSGI application that web servers load: `voicepact.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicepact.settings")

application = get_wsgi_application()
