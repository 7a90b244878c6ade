"""Payment providers call `/api/providers/<connection>`: what they say is checked, kept once, and looked into.

The answer comes at once, and the payment is asked about by a worker: a provider waits a few seconds and calls again.
"""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from zahlmeister.api.knock import guarded, said
from zahlmeister.flows.hear_provider import hear
from zahlmeister.refusals import Refused, Unreachable


@guarded
def provider(request: HttpRequest, connection_id: int) -> HttpResponse:
    """A payment provider says that something happened."""
    try:
        hear(connection_id, request.headers, request.body, at=timezone.now())
    except Refused as refusal:
        return said(str(refusal), 400)
    except Unreachable as refusal:
        return said(str(refusal), 503)  # whether it was the provider could not be found out; it calls again
    return said("ok")
