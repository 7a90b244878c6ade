"""The Django app of this noun."""

from django.apps import AppConfig


class ErpsConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.erps"
    label = "erps"
