"""The Django app of this noun."""

from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.receivables"
    label = "receivables"
