"""The Django app of this noun."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.outbox"
    label = "outbox"
