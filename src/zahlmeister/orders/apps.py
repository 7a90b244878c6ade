"""The Django app of this noun."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.orders"
    label = "orders"
