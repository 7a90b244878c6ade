"""The Django app of this noun."""

from django.apps import AppConfig


class PrepaidConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.prepaid"
    label = "prepaid"
