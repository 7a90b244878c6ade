"""The Django app of this noun."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    """Tells Django where the tables are."""

    name = "zahlmeister.collection"
    label = "collection"
