"""The demo's purchases on invoice: a guarantor stands behind Brigitte, her ERP reports, and each stands elsewhere."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

from django.utils.timezone import localdate

from zahlmeister.banking.models import BankAccount
from zahlmeister.connectors.erps.documents import CreditNoteDocument, Document, InvoiceDocument, Line, ShipmentDocument
from zahlmeister.credit.rules import Application, Place
from zahlmeister.erps.receipts import Came
from zahlmeister.erps.states import Way
from zahlmeister.flows.erps.connect_erp import WantedErp, connect
from zahlmeister.flows.erps.receive_document import receive
from zahlmeister.flows.new_merchant import new_merchant
from zahlmeister.flows.purchase.agree_terms import agree_terms, name_guarantor
from zahlmeister.flows.purchase.authorise import authorise
from zahlmeister.flows.purchase.confirm import confirm
from zahlmeister.flows.purchase.dispute import dispute
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.purchase.models import Capture, GuaranteeTerms, Guarantor
from zahlmeister.purchase.states import AuthorisationState, Dispute
from zahlmeister.refusals import Refused

BY = "demo"
ERP = "Warenwirtschaft"
CURRENCY = "EUR"
PASSWORD = "Gartenzaun-am-Ring-26"  # noqa: S105 - nobody uses it but a demo
#: Number, amount in cents, who buys, how many days ago, and how far it is.
ORDERS = (
    ("P-7001", 8990, "Olga Otto", 21, "shipped"),
    ("P-7002", 14900, "Peter Pohl", 16, "disputed"),
    ("P-7003", 6450, "Rosa Rabe", 9, "credited"),
    ("P-7004", 13900, "Sven Sommer", 4, "billed"),
    ("P-7005", 4200, "Tilda Thoma", 1, "confirmed"),
    ("P-7006", 499_000, "Udo Unger", 1, "asked"),
)


def open_demo_purchase(merchant: Merchant, *, clock: Callable[[], datetime]) -> None:
    """Agree with the guarantor, connect the ERP, and let the orders of three weeks happen."""
    now = clock()
    begin = now - timedelta(days=ORDERS[0][3] + 1)
    party = new_merchant(
        "Sicherkauf (Demo)", email="sicherkauf@wollstube.example", person_name="Sigrid", password=PASSWORD
    )
    verify_merchant(party, Verification.VERIFIED, why="the demo's guarantor", by=BY, at=begin)
    BankAccount.objects.create(
        merchant=party, number="DE02500105170137075030", currency=CURRENCY, holder="Sicherkauf (Demo)"
    )
    guarantor = name_guarantor(party, Guarantor(kind="external", currency=CURRENCY), by=BY, at=begin)
    agree_terms(merchant, guarantor, GuaranteeTerms(is_approved=True), by=BY, at=begin)
    erp, _key = connect(merchant, WantedErp(ERP, Way.PROGRAM), by=BY, at=begin)
    came = Came(ERP, BY, erp)
    for place, (number, minor, name, days, how_far) in enumerate(ORDERS, 1):
        at = now - timedelta(days=days)
        _play(merchant, _application(place, number, minor, name), came, how_far, at=at)


def _play(merchant: Merchant, asked: Application, came: Came, how_far: str, *, at: datetime) -> None:
    made = authorise(merchant, asked, at=at, by=BY)
    if how_far == "asked" or made.state != AuthorisationState.ACCEPTED:
        return
    confirm(merchant, made.pk, at=at, by=BY)
    if how_far == "confirmed":
        return
    invoice, on = f"RE-{asked.order[2:]}", localdate(at)
    of, lines = asked.order, (Line("Wolle", asked.minor),)
    bill = InvoiceDocument(number=invoice, order=of, currency=CURRENCY, minor=asked.minor, invoiced_on=on, lines=lines)
    _sends(merchant, bill, came, at)
    if how_far == "billed":
        return
    parcel = f"0034043416109404255{asked.order[-1]}"
    left = ShipmentDocument(
        number=f"L-{invoice}", order=of, currency=CURRENCY, shipped_on=on, invoice=invoice, tracking=parcel
    )
    _sends(merchant, left, came, at)
    capture = Capture.objects.filter(merchant=merchant, number=invoice).first()
    if how_far == "disputed" and capture is not None:
        dispute(merchant, capture.pk, Dispute.FAULTY, None, by=BY, at=at + timedelta(days=5))
    if how_far == "credited":
        for number, about, minor in ((f"G-{invoice}", invoice, 1500), ("G-RE-7099", "RE-7099", 900)):
            credit = CreditNoteDocument(
                number=number, order=of, currency=CURRENCY, minor=minor, credited_on=on, invoice=about
            )
            _sends(merchant, credit, came, at)


def _sends(merchant: Merchant, document: Document, came: Came, at: datetime) -> None:
    with suppress(Refused):  # what belongs to nothing is kept, and the office shows why
        receive(merchant, document, came, at=at)


def _application(place: int, number: str, minor: int, name: str) -> Application:
    first, last = name.split()
    return Application(
        order=number,
        minor=minor,
        currency=CURRENCY,
        billing=Place(f"Gartenweg {place}", f"{10_115 + place}", "Berlin", "DE"),
        first_name=first,
        last_name=last,
        email=f"{first.lower()}@post.example",
        phone=f"+4930{9_000_000 + place}",
        born_on=date(1970 + place, place, place),
        was_told=True,
    )
