"""The Django app of this noun."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.payouts"
    label = "payouts"
