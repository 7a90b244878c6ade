"""Settings of the test suite: an own folder that is thrown away, quick passwords, otherwise as in production."""

import os
import tempfile

os.environ.setdefault("ZAHLMEISTER_HOME", tempfile.mkdtemp(prefix="zahlmeister-test-"))

from zahlmeister.project.settings import *  # noqa: F403 - settings are shared by star import, after the home is set

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
ALLOWED_HOSTS = ["*"]
MOST_PAGES = MOST_VISITS = 1_000_000  # tests are quicker than people
if DATABASES["default"]["ENGINE"] == "zahlmeister.project.sqlite":  # noqa: F405 - likewise
    DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"  # noqa: F405 - in memory, nobody stands in line
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # tests side by side count apart
