"""The Django app of this door; it has templates and no tables."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Tells Django where the templates are."""

    name = "zahlmeister.portal"
    label = "portal"
