"""The Django app of this noun."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.desk"
    label = "desk"
