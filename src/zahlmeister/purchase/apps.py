"""The Django app of this noun."""

from django.apps import AppConfig


class PurchaseConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.purchase"
    label = "purchase"
