"""The Django app of this noun."""

from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.correspondence"
    label = "correspondence"
