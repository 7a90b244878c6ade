"""The Django app of this noun."""

from django.apps import AppConfig


class IntentsConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.intents"
    label = "intents"
