"""The Django app of this noun."""

from django.apps import AppConfig


class DunningConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.dunning"
    label = "dunning"
