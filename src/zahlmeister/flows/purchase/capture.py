"""A confirmed order is billed, whole or in part: the guarantor buys the claim, which is an open item of its own."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.timezone import localdate

from zahlmeister.connectors.erps.documents import InvoiceDocument
from zahlmeister.dunning.models import DunningCase
from zahlmeister.flows.purchase.both_sides import happened, hold_limit
from zahlmeister.flows.purchase.charge import charge
from zahlmeister.flows.purchase.confirm import instruction_for, paid_to, plain_instruction, reference_for
from zahlmeister.flows.purchase.sellers_order import settle_sellers_order
from zahlmeister.flows.send_payment_information import Informing
from zahlmeister.ledger.rules import claim_bought, claim_sold
from zahlmeister.matching.folding import compact
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import PaymentKind
from zahlmeister.orders.record import record_orders
from zahlmeister.orders.reported import ShopRow
from zahlmeister.purchase.dues import Cause, book_both
from zahlmeister.purchase.events import note_capture
from zahlmeister.purchase.models import Authorisation, Capture
from zahlmeister.purchase.moves import move
from zahlmeister.purchase.refusals import NotAuthorised
from zahlmeister.purchase.rules import guarantee_day
from zahlmeister.purchase.states import BILLABLE, AuthorisationState, DueKind, EventKind
from zahlmeister.receivables.keys import learn_key
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.open import open_items
from zahlmeister.refusals import Refused


def capture(of: Authorisation, _none: None, document: InvoiceDocument, by: str, at: datetime) -> Capture:
    """Take an invoice; inside the caller's transaction and both sides' turns.

    Raises:
        NotAuthorised: the order is not confirmed, is over, or less is left of it.
        Refused: the number was used for another invoice, or the currency is another.
    """
    _check(of, document, at)
    is_first = not Capture.objects.filter(authorisation=of).exists()
    reference = of.reference if is_first else reference_for(of.terms, paid_to(of.terms))
    item = _open(of, document, reference, is_first=is_first, by=by, at=at)
    made = _keep(of, document, item, reference, at)
    captured = of.captured_minor + document.minor
    is_whole = captured + of.released_minor == of.amount_minor
    state = AuthorisationState.CAPTURED if is_whole else AuthorisationState.PART_CAPTURED
    move(of, state, captured_minor=captured)
    hold_limit(of)
    cause = Cause(DueKind.FEE, localdate(at), at, document.number)
    seller, guarantor = of.merchant_id, of.terms.guarantor.merchant_id
    book_both(made, claim_bought(seller), claim_sold(guarantor), document.minor, cause)
    charge(made, cause)
    settle_sellers_order(of, by=by, at=at)
    facts: dict[str, Any] = {"invoice": made.number, "minor": made.gross_minor, "due_on": made.due_on.isoformat()}
    happened(of, "captured", by, at=at, **facts)
    happened(made, "captured", by, at=at, **facts, pays_on=made.pays_on.isoformat())
    plain = plain_instruction(instruction_for(made))
    note_capture(made, EventKind.CAPTURED, "", at=at, amount=made.gross_minor, instruction=plain)
    return made


def _check(of: Authorisation, document: InvoiceDocument, at: datetime) -> None:
    if of.state not in BILLABLE or of.expires_at <= at:
        word = "over" if of.expires_at <= at else f"“{of.get_state_display()}”"
        raise NotAuthorised(f"{document.name}: the authorisation of order {of} is {word}; nothing can be billed on it.")
    if document.currency != of.currency:
        raise Refused(f"{document.name} is in {document.currency}, the authorisation in {of.currency}.")
    if document.minor > of.left_minor:
        left, said = Amount(of.left_minor, of.currency), Amount(document.minor, of.currency)
        raise NotAuthorised(f"{document.name} is of {said}, and {left} of order {of} are left to bill.")
    if Capture.objects.filter(merchant_id=of.merchant_id, number=document.number).exists():
        raise Refused(f"{document.name}: this number was used for another invoice.")


def _open(
    of: Authorisation, document: InvoiceDocument, reference: str, *, is_first: bool, by: str, at: datetime
) -> OpenItem:
    """The claim as an order of the guarantor's, so that it is matched, reminded of and collected like any other."""
    shop, party = of.terms.shop, of.terms.guarantor.merchant_id
    row = _row(of, document, reference, is_first=is_first, today=localdate(at))
    recorded = record_orders(shop, [row], at=at)
    if not recorded.new:
        raise Refused(f"{document.name}: the guarantor has an order {row.number} of this shop already.")
    informing = Informing(shop)
    [item] = open_items(party, recorded.new, by=by, at=at)
    if not is_first:
        learn_key(party, [item], f"number:{compact(of.order_number)}")
    informing.tell([item], at=at)
    found = OpenItem.objects.select_related("order").get(pk=item.pk)
    DunningCase.objects.create(merchant_id=party, item=found)
    return found


def _row(of: Authorisation, document: InvoiceDocument, reference: str, *, is_first: bool, today: date) -> ShopRow:
    said, billing = of.application, of.application.get("billing") or {}
    street = " ".join(part for part in (billing.get("street", ""), billing.get("house_number", "")) if part)
    return ShopRow(
        line=1,
        number=of.order_number if is_first else f"{of.order_number[:40]}/{document.number}"[:64],
        amount=Amount(document.minor, document.currency),
        ordered_on=localdate(of.created_at),
        due_on=_due_on(of, document, today),
        invoice_number=document.number,
        payment_kind=PaymentKind.INVOICE.value,
        name=f"{said.get('first_name', '')} {said.get('last_name', '')}".strip() or None,
        company=said.get("company") or None,
        email=said.get("email") or None,
        street=street or None,
        postcode=billing.get("postcode") or None,
        city=billing.get("city") or None,
        country=billing.get("country") or None,
        reference=reference,
        language=said.get("language") or None,
        key="",
        phone=said.get("phone") or "",
        invoiced_on=document.invoiced_on,
        items=tuple(line.name for line in document.lines),
    )


def _keep(of: Authorisation, document: InvoiceDocument, item: OpenItem, reference: str, at: datetime) -> Capture:
    today, terms = localdate(at), of.terms
    return Capture.objects.create(
        merchant_id=of.merchant_id,
        authorisation=of,
        item=item,
        number=document.number,
        currency=document.currency,
        invoiced_on=document.invoiced_on,
        captured_on=today,
        due_on=_due_on(of, document, today),
        reference=reference,
        gross_minor=document.minor,
        price_minor=document.minor,
        version=terms.version,
        pays_on=guarantee_day(today, terms.weekday, terms.guarantee_days),
        created_at=at,
    )


def _due_on(of: Authorisation, document: InvoiceDocument, today: date) -> date:
    return document.due_on or max(document.invoiced_on, today) + timedelta(days=of.terms.term_days)
