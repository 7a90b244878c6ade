"""The Django app of this noun."""

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.credit"
    label = "credit"
