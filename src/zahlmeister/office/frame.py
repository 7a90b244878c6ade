"""What the frame around every page shows."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest

from zahlmeister.office.access import OfficeRequest
from zahlmeister.office.rail import rail
from zahlmeister.outbox.hold import held


def frame(request: HttpRequest) -> dict[str, object]:
    """The rail with what needs a person, and for whom somebody works. Pages without a merchant have no rail."""
    if getattr(request, "merchant", None) is None or request.headers.get("HX-Request"):
        return {}
    known = cast("OfficeRequest", request)
    entries = list(rail(known))
    waiting = {entry.name: entry.waits for entry in entries}
    return {
        "merchant": known.merchant,
        "merchants": known.merchants,
        "visit": known.visit,
        "owed_texts": known.owed_texts if known.rights.is_owner else [],
        "hold": held(settings.HOME),
        "rail": entries,
        "waiting_payments": waiting.get("payments", 0),
    }
