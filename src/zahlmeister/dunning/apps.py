"""The Django app of this noun."""

from django.apps import AppConfig
from django.conf import settings


class DunningConfig(AppConfig):
    """Tells Django where the tables are, and the law where this installation keeps newer base rates."""

    name = "zahlmeister.dunning"
    label = "dunning"

    def ready(self) -> None:
        from zahlmeister.dunning.law import keep_in

        keep_in(settings.HOME / "law")
