"""The Django app of this noun."""

from django.apps import AppConfig


class BankingConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.banking"
    label = "banking"
