"""The Django app of this noun."""

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.history"
    label = "history"
