"""The Django app of this noun."""

from django.apps import AppConfig


class AccountingConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.accounting"
    label = "accounting"
