"""The Django app of this noun."""

from django.apps import AppConfig


class RefundsConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.refunds"
    label = "refunds"
