"""The Django app of this noun."""

from django.apps import AppConfig


class LearningConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.learning"
    label = "learning"
