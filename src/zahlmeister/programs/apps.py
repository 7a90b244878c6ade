"""The Django app of this noun."""

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.programs"
    label = "programs"
