"""The Django app of this noun."""

from django.apps import AppConfig


class MerchantsConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.merchants"
    label = "merchants"
