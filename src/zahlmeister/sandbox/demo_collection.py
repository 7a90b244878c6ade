"""The demo's unpaid invoices: reminded for two months, and some of them with an agency."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from django.utils.timezone import localdate

from zahlmeister.collection.models import Agency, Case
from zahlmeister.collection.queries import creditor
from zahlmeister.dunning.policies import standard
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.describe_claim import candidates
from zahlmeister.flows.hand_over import hand_over
from zahlmeister.flows.hear_agency import hear_next
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.run_dunning import run_next
from zahlmeister.flows.steer_collection import AgencyWanted, save_agency, save_creditor
from zahlmeister.flows.tell_agency import deliver
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import PaymentKind, Shop
from zahlmeister.sandbox.agency import AgencyCase, AgencyDesk, AgencyServer

NAME = "Inkasso Nord"
KEY = "demo"
BY = "demo"
#: Number, amount in cents, who bought, where, and how many days ago.
INVOICES = (
    ("WS-9801", 8990, "Eva Ehrlich", ("Lindenweg 4", "20095", "Hamburg", "DE"), 86),
    ("WS-9807", 15480, "Frieda Fuchs", ("Am Anger 12", "99084", "Erfurt", "DE"), 83),
    ("WS-9815", 4235, "Gustav Graf", ("Mühlgasse 1", "8010", "Graz", "AT"), 80),
    ("WS-9822", 23900, "Hanna Holm", ("Seestraße 30", "24103", "Kiel", "DE"), 78),
    ("WS-9830", 3150, "Ivo Imhof", ("", "8001", "Zürich", "CH"), 76),
    ("WS-9846", 7720, "Jule Jansen", ("Deichstraße 8", "26721", "Emden", "DE"), 41),
)
TERM = 14
#: Whose invoices are with the agency when the demo opens; the others wait for a click.
WITH_THE_AGENCY = ("WS-9801", "WS-9807", "WS-9815")


def remind(merchant: Merchant, shop: Shop, *, clock: Callable[[], datetime]) -> None:
    """Old invoices that nobody paid, and the reminders of every morning since."""
    now = clock()
    import_orders(shop, [_row(place, one, localdate(now)) for place, one in enumerate(INVOICES, 2)], by=BY, clock=clock)
    policy = next(one for one in standard(merchant.pk) if one.payment_kind == PaymentKind.INVOICE)
    policy.is_on, policy.since = True, localdate(now) - timedelta(days=INVOICES[0][-1])
    policy.save()
    for days in range(INVOICES[0][-1] - TERM, 0, -1):
        morning = (now - timedelta(days=days)).replace(hour=9)
        run_next(clock=partial(_instant, morning))


def _instant(at: datetime) -> datetime:
    return at


def open_demo_agency(merchant: Merchant, *, clock: Callable[[], datetime]) -> AgencyServer:
    """Open the agency, with a contract at the first time; the cases that it had it still has."""
    desk = AgencyDesk(clock)
    desk.cases |= {case.reference: _known(case) for case in Case.objects.filter(merchant=merchant)}
    server = AgencyServer(desk, key=KEY)
    agency = Agency.objects.filter(merchant=merchant, name=NAME).first()
    if agency is not None:
        agency.settings = {**agency.settings, "address": server.address}
        agency.save(update_fields=["settings"])
        return server
    if creditor(merchant.pk) is None:
        save_creditor(merchant, _CREDITOR, by=BY, at=clock())
    wanted = AgencyWanted(NAME, "paywise", {"address": server.address}, ["DE", "AT", "CH"], {"key": KEY})
    save_agency(merchant, None, wanted, by=BY, at=clock())
    _play(merchant, desk, clock)
    return server


def _play(merchant: Merchant, desk: AgencyDesk, clock: Callable[[], datetime]) -> None:
    """Eva has paid the agency a part, about Frieda it asks something, Gustav has paid in full."""
    now = clock()
    ready = {
        one.item.order.number: one.item for one in candidates(merchant, at=now, today=localdate(now)) if one.can_go
    }
    cases = {
        number: hand_over(merchant, ready[number].pk, by=BY, at=now) for number in WITH_THE_AGENCY if number in ready
    }
    while deliver_next(clock=clock, deliverers={"agency": deliver}) is not None:
        pass
    for number, case in cases.items():
        desk.accept(case.reference)
        _LIVES[number](desk, case.reference)
    if cases:
        desk.pay_out()
        hear_next(clock=clock)


def _eva(desk: AgencyDesk, reference: str) -> None:
    desk.progress(reference, "Telefonat mit der Schuldnerin: Zahlung in zwei Raten vereinbart")
    desk.collect(reference, 4000)


def _frieda(desk: AgencyDesk, reference: str) -> None:
    desk.progress(reference, "E-Mail und Brief an die Schuldnerin")
    desk.ask(reference, "Die Schuldnerin sagt, das Paket sei nicht angekommen. Liegt ein Zustellnachweis vor?")


def _gustav(desk: AgencyDesk, reference: str) -> None:
    desk.collect(reference, 1_000_000)
    desk.close(reference, "paid_full")


_LIVES = {"WS-9801": _eva, "WS-9807": _frieda, "WS-9815": _gustav}
_CREDITOR = {
    "name": "Brigittes Wollstube, Inhaberin Brigitte Berger",
    "street": "Spinnradgasse 3",
    "postcode": "79098",
    "city": "Freiburg im Breisgau",
    "country": "DE",
    "contact": "Brigitte Berger",
    "phone": "+49 761 000000",
    "email": "zahlung@wollstube.example",
    "subject": "Wolle und Garn",
}


def _row(line: int, told: tuple[str, int, str, tuple[str, str, str, str], int], today: date) -> OrderRow:
    number, minor, name, (street, postcode, city, country), days = told
    ordered_on = today - timedelta(days=days)
    return OrderRow(
        line=line,
        number=number,
        amount=Amount(minor, "EUR"),
        name=name,
        ordered_on=ordered_on,
        due_on=ordered_on + timedelta(days=TERM),
        payment_kind="invoice",
        invoice_number=f"RE-{number[3:]}",
        email=f"{name.split()[0].lower()}@post.example",
        street=street,
        postcode=postcode,
        city=city,
        country=country,
    )


def _known(case: Case) -> AgencyCase:
    owed = {"principal": case.principal_minor, "fees": case.fees_minor, "interest": case.interest_minor}
    return AgencyCase(case.reference, case.number, owed, state="accepted")
