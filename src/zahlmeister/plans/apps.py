"""The Django app of this noun."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.plans"
    label = "plans"
