"""The door for web servers."""

import os

from zahlmeister.cli.serve import office

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zahlmeister.project.settings")
application = office()
