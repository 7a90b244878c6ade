"""The Django app of this noun."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.office"
    label = "office"
