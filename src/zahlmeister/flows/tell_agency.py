"""Agencies are told: the deliverer of the outbox's channel “agency”.

Called outside any transaction with messages of one agency, oldest first. A worker that dies after the agency has heard
says it again under the same key, and the agency knows it by that.
"""

from collections.abc import Sequence

from django.db import transaction

from zahlmeister.collection.models import Case, CaseEvent
from zahlmeister.collection.states import HandOver
from zahlmeister.connectors.agencies.contract import Agency, Invoice
from zahlmeister.connectors.web import Declined
from zahlmeister.flows.enclose_invoice import invoice_of
from zahlmeister.flows.reach_agency import spoken_to
from zahlmeister.merchants.lock import lock
from zahlmeister.outbox.deliver import claimed_at, one_by_one
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Never, Outcome
from zahlmeister.refusals import Refused, Unreachable, Unreadable

#: A case that was taken back before it was sent is not handed over any more.
_NOT_SENT = (HandOver.WITHDRAWN, HandOver.REJECTED)


def deliver(messages: Sequence[Message]) -> list[Outcome]:
    """Tell one agency what these messages say.

    Raises:
        Unreachable: the agency does not answer; nothing is known to be told.
    """
    cases = _cases(messages)
    agency = cases[int(messages[0].payload["case"])].agency
    try:
        with spoken_to(agency) as there:
            return one_by_one(messages, lambda message: _outcome(there, message, cases))
    except (Refused, Unreadable) as stop:  # a person has to look at its settings, and what is to be told waits
        raise Unreachable(str(stop), permanent=True) from stop


def _outcome(there: Agency, message: Message, cases: dict[int, Case]) -> Outcome:
    """What the agency declines is that message's own; that it does not answer concerns all of them."""
    try:
        return _one(there, message, cases[int(message.payload["case"])])
    except Declined as said:
        return Never(str(said)) if said.permanent else Later(str(said))
    except Unreachable as stop:
        if not stop.permanent:
            raise
        return Never(str(stop))
    except Unreadable as wrong:
        return Never(str(wrong))


def _one(there: Agency, message: Message, case: Case) -> Outcome:
    if "event" in message.payload:
        event = CaseEvent.objects.get(merchant_id=case.merchant_id, pk=message.payload["event"])
        there.tell({**event.facts, "case": case.number}, message.key)
        return Done()
    if case.hand_over in _NOT_SENT:
        return Done({"heard": "nobody"})
    document = invoice_of(case.item.order, at=claimed_at(message))
    invoice = Invoice(f"{document[0]}.pdf", document[1]) if document else None
    number = there.submit(case.claim, invoice, message.key)
    if number:
        with transaction.atomic(durable=True):
            lock(case.merchant_id)
            Case.objects.filter(pk=case.pk, number="").update(number=number[:80])
    return Done({"number": number})


def _cases(messages: Sequence[Message]) -> dict[int, Case]:
    wanted = {int(message.payload["case"]) for message in messages}
    rows = Case.objects.filter(merchant_id=messages[0].merchant_id, pk__in=wanted)
    return {case.pk: case for case in rows.select_related("agency", "item__order")}
