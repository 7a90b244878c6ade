"""The Django app of this noun."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.ledger"
    label = "ledger"
