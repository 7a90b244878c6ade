"""A year of guaranteed purchases on invoice: a played ERP and a played bank at the real doors, and what came of it.

Everything goes the way it goes in earnest: applications are decided, documents are received, statements are read, the
guarantor's files go to a bank. Beside it the ERP keeps books of its own, and at the end both are compared.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

from zahlmeister.banking.claim import claim
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.collection.models import Case
from zahlmeister.credit.rules import Application, Earlier, Place
from zahlmeister.erps.models import Receipt
from zahlmeister.erps.receipts import Came
from zahlmeister.flows.approve_payment import approve_payment, settle_doubt
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.check_nightly import check_today
from zahlmeister.flows.erps.receive_document import receive, take_next
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.make_payment_file import export_file, make_payment_file
from zahlmeister.flows.new_merchant import new_merchant
from zahlmeister.flows.payout_account import approve_account, ask_account, confirm_account
from zahlmeister.flows.purchase import follow_claims, follow_settlements, pay_guarantee, release, settle_week
from zahlmeister.flows.purchase.agree_terms import agree_terms, name_guarantor
from zahlmeister.flows.purchase.authorise import authorise
from zahlmeister.flows.purchase.confirm import confirm
from zahlmeister.flows.purchase.dispute import dispute, end_dispute, take_recourse
from zahlmeister.flows.purchase.review_credit import decide_review
from zahlmeister.flows.receive_statement import receive_statement
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.payouts.accounts import token
from zahlmeister.purchase.models import Capture, Due, GuaranteeTerms, Guarantor, PurchaseEvent, Settlement
from zahlmeister.purchase.states import AuthorisationState, Recourse
from zahlmeister.purchase.states import Dispute as Objection
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.cast import iban
from zahlmeister.sandbox.chance import dice
from zahlmeister.sandbox.erp import (
    CURRENCY,
    FEE,
    FEE_BASIS_POINTS,
    FEE_TAX,
    GUARANTEED_AFTER,
    Disputes,
    Event,
    GivesBack,
    Order,
    Ordered,
    Pays,
    SandboxErp,
    Sent,
)
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.names import BANKS, Country
from zahlmeister.sandbox.paying_bank import SandboxBank
from zahlmeister.sandbox.purchase_agency import NAME, PlayedAgency

BY = "sandbox"
_SELLER = "wolle@sandbox.example"
_SIGN_IN = {"password": "seil-und-garn-26"}
AGENCY = iban(dice(0, "agency"), BANKS[Country.GERMANY][2])
CAME = Came("sandbox", BY)
#: On days without news workers find nothing; on these they look all the same, and reminders and the agency have theirs.
WORKED_ON, AGENCY_DAYS = (1, 4), (2, 5)
#: So long after the last order everything has ended.
AFTERWARDS = timedelta(days=110)
_TURNS: tuple[Callable[..., object], ...] = (
    take_next,
    release.expire_next,
    follow_claims.follow_next,
    pay_guarantee.pay_next,
    settle_week.settle_next,
    follow_settlements.follow_next,
    follow_settlements.receive_next,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of a year, and what should have; amounts in minor units. `wrong` names all that does not fit.

    `carried` is what the last settlement brought forward: below zero the merchant owes it, such as for a credit note
    after the last payout. What was paid out, with it, is what the ERP's books expect. `withheld` are invoices that the
    guarantor did not pay when their day came, with the reason that was named last; `collected` the cases at the agency.
    """

    orders: int
    declined: int
    reviewed: int
    captures: int
    documents: int
    refused_at_first: int
    expected: int
    paid_out: int
    carried: int
    withheld: int
    reasons: Mapping[str, int]
    given_back: int
    collected: int
    lost: int
    latest_days: int
    wrong: tuple[str, ...]


@dataclass(slots=True)
class PurchaseYear:
    """The scene: who sells, who guarantees, their bank, and the ERP; `now` is the clock."""

    erp: SandboxErp
    folder: Path
    seller: Merchant = field(init=False)
    guarantor: Merchant = field(init=False)
    account: BankAccount = field(init=False)
    bank: SandboxBank = field(init=False)
    now: datetime = field(init=False)
    agency: PlayedAgency = field(init=False)
    refused: int = 0
    reviewed: int = 0
    declined: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.now = datetime.combine(self.erp.begins_on, time(8), UTC)
        self.bank = SandboxBank(today=self.erp.begins_on)
        self.seller = new_merchant("Wollversand", email=_SELLER, person_name="Wiebke", **_SIGN_IN)
        self.guarantor = new_merchant("Sicherkauf", email="sicher@sandbox.example", person_name="Sigrid", **_SIGN_IN)
        self._agree()

    def clock(self) -> datetime:
        """The scene's clock."""
        return self.now

    def play(self, seen: Callable[[date], None] = lambda _: None) -> Comparison:
        """Play day by day until everything has ended, and compare."""
        last = self.erp.orders_until + AFTERWARDS
        self.agency = PlayedAgency(self.guarantor, self.clock, self.erp.seed)
        try:
            while self.now.date() <= last:
                self._day(self.now.date())
                seen(self.now.date())
                self.now += timedelta(days=1)
        finally:
            self.agency.closes()
        return self.compare()

    def compare(self) -> Comparison:
        """What the house's books say, beside the ERP's."""
        bills = [bill for bill in self.erp.bills.values() if bill.order not in self.declined]
        captures = list(Capture.objects.filter(merchant=self.seller).select_related("authorisation"))
        settlements = list(Settlement.objects.filter(merchant=self.seller).order_by("on", "id"))
        expected = sum(bill.price - bill.fees for bill in bills)
        paid_out = sum(one.transfer_minor for one in settlements if one.state == "paid")
        carried = settlements[-1].forward_minor if settlements else 0
        late = [days for capture in captures if (days := _days_until_paid(capture)) is not None]
        events = PurchaseEvent.objects.filter(merchant=self.seller, kind="withheld").order_by("id")
        withheld = {event.invoice_number: event.body["reasons"][0] for event in events}
        wrong = [*check_books(self.seller), *check_books(self.guarantor)]
        if paid_out + carried != expected:
            wrong.append(f"{paid_out} was paid out, {carried} is carried forward, and the ERP's books say {expected}.")
        if len(captures) != len(bills):
            wrong.append(f"There are {len(captures)} captures, and the ERP wrote {len(bills)} invoices.")
        wrong += [
            f"Invoice {capture} was paid after {days} days, and no reason is named."
            for capture in captures
            if (days := _days_until_paid(capture)) is not None
            and days > GUARANTEED_AFTER
            and capture.number not in withheld
        ]
        wrong += [f"Invoice {bill.number}: {what}" for bill in bills if (what := self._differs(bill.number, captures))]
        receipts = Receipt.objects.filter(merchant=self.seller)
        wrong += [f"{row} was not taken: {row.why}" for row in receipts.exclude(state="taken") if self._counts(row)]
        return Comparison(
            orders=len(self.erp.orders),
            declined=len(self.declined),
            reviewed=self.reviewed,
            captures=len(captures),
            documents=receipts.count(),
            refused_at_first=self.refused,
            expected=expected,
            paid_out=paid_out,
            carried=carried,
            withheld=len(withheld),
            reasons=Counter(withheld.values()),
            given_back=sum(bool(capture.recourse) for capture in captures),
            collected=Case.objects.filter(merchant=self.guarantor).count(),
            lost=sum(capture.lost_minor for capture in captures),
            latest_days=max(late, default=0),
            wrong=tuple(wrong),
        )

    # --- a day

    def _day(self, today: date) -> None:
        events = list(self.erp.day(today))
        for event in events:
            self._happens(event)
        if today.isoweekday() in AGENCY_DAYS and (paid_out := self.agency.day()):
            self.bank.pay_in(self.account.number, paid_out.amount, name=NAME, iban=AGENCY, text=paid_out.number)
        self.bank.move_to(today)
        if self._read_statement(today) or events or today.isoweekday() in WORKED_ON:
            self._work()
        if self._send_file():
            self._read_statement(today)

    def _happens(self, event: Event) -> None:
        match event:
            case Ordered(order):
                self._orders(order)
            case Sent(document) if document.order not in self.declined:
                try:
                    receive(self.seller, document, CAME, at=self.now)
                except Refused:
                    self.refused += 1  # its elder comes later; the house tries it anew
            case Pays(invoice, minor) if capture := self._capture(invoice):
                payer = iban(dice(self.erp.seed, invoice), BANKS[Country.GERMANY][1])
                paid = Amount(minor, CURRENCY)
                name, text = capture.authorisation.name, capture.reference
                self.bank.pay_in(self.account.number, paid, name=name, iban=payer, text=text)
            case GivesBack(invoice) if capture := self._capture(invoice):
                take_recourse(self.guarantor, capture.pk, Recourse.NOT_SHIPPED, by=BY, at=self.now)
            case Disputes(invoice, is_over, is_buyer_right) if capture := self._capture(invoice):
                if is_over:
                    end_dispute(self.guarantor, capture.pk, is_buyer_right=is_buyer_right, by=BY, at=self.now)
                else:
                    dispute(self.seller, capture.pk, Objection.FAULTY, None, by=BY, at=self.now)

    def _orders(self, order: Order) -> None:
        number = order.buyer
        home = Place(f"Gartenweg {number + 1}", f"{10_115 + number % 80_000:05d}", "Berlin", "DE")
        application = Application(
            order=order.number,
            minor=order.minor,
            currency=CURRENCY,
            billing=home,
            delivery=replace(home, street=f"Bahnhofstraße {number + 1}") if order.is_elsewhere else None,
            registered_on=order.registered_on,
            customer_history=tuple(Earlier(day, 5_000) for day in order.paid_before),
            first_name=order.first_name,
            last_name=order.last_name,
            email=order.email,
            phone=f"+4930{9_000_000 + number}",
            born_on=date(1960 + number % 40, 1 + number % 12, 1 + number % 28),
            was_told=True,
        )
        made = authorise(self.seller, application, at=self.now, by=BY)
        if made.state == AuthorisationState.REVIEW and made.decision is not None:
            self.reviewed += 1
            may = self.reviewed % 4 != 0
            decide_review(self.seller, made.decision, "looked at", accept=may, by=BY, at=self.now)
            made.refresh_from_db()
        if made.state != AuthorisationState.ACCEPTED:
            self.declined.add(order.number)
            return
        confirm(self.seller, made.pk, at=self.now, by=BY)

    def _work(self) -> None:
        for turn in _TURNS:
            while turn(clock=self.clock) is not None:
                pass

    def _read_statement(self, today: date) -> bool:
        said = self.bank.statements(self.account.number)
        if not said:
            return False
        path = self.folder / f"statement-{today}.xml"
        write_camt053(path, said)
        handed_in = hand_in_statement(self.guarantor, BytesIO(path.read_bytes()), path.name, by=BY, at=self.now)
        work = claim(self.now, only=handed_in.statement_import.pk)
        if work is not None:
            receive_statement(work, clock=self.clock)
        return True

    def _approve(self) -> None:
        """Two people of the guarantor's look at the transfers that nothing agreed in advance lets go."""
        for order in PaymentOrder.objects.filter(merchant=self.guarantor, state=OrderState.DRAFTED):
            for person in Person.objects.filter(memberships__merchant=self.guarantor).order_by("pk"):
                settle_doubt(order, by=person, at=self.now)
                approve_payment(order, by=person, at=self.now)

    def _send_file(self) -> bool:
        self._approve()
        if not PaymentOrder.objects.filter(merchant=self.guarantor, state=OrderState.APPROVED).exists():
            return False
        check_today(self.guarantor, at=self.now)
        self.bank.hand_in(export_file(make_payment_file(self.account, by=BY, at=self.now), by=BY, at=self.now))
        return True

    # --- the scene and the comparison

    def _agree(self) -> None:
        roll, at = dice(self.erp.seed, "guarantor"), self.now
        for each in (self.seller, self.guarantor):
            verify_merchant(each, Verification.VERIFIED, why="sandbox", by=BY, at=at)
        number = iban(roll, BANKS[Country.GERMANY][0])
        self.account = BankAccount.objects.create(
            merchant=self.guarantor, number=number, currency=CURRENCY, holder="Sicherkauf"
        )
        bank = MerchantAccount("Sicherkauf", number, "SCHRDEFFXXX", "Bank", CURRENCY)
        self.bank.open_account(bank, Amount(100_000_000, CURRENCY))
        fees = {"fee_minor": FEE, "fee_basis_points": FEE_BASIS_POINTS, "fee_tax_basis_points": FEE_TAX}
        terms = GuaranteeTerms(is_approved=True, **fees)
        second = Person.objects.create_user("sven@sandbox.example", name="Sven")
        Membership.objects.create(merchant=self.guarantor, person=second, role=Role.OWNER)
        party = name_guarantor(self.guarantor, Guarantor(kind="external", currency=CURRENCY), by=BY, at=at)
        agree_terms(self.seller, party, terms, by=BY, at=at)
        wiebke = Person.objects.get(email=_SELLER)
        karl = Person.objects.create_user("karl@sandbox.example", name="Karl")
        Membership.objects.create(merchant=self.seller, person=karl, role=Role.OWNER)
        goes_to = iban(roll, BANKS[Country.GERMANY][1])
        asked = ask_account(self.seller, CURRENCY, name="Wollversand", number=goes_to, by=wiebke, at=at)
        confirm_account(asked, token(asked), by=wiebke, at=at)
        approve_account(asked, by=karl, at=at)

    def _capture(self, invoice: str) -> Capture | None:
        rows = Capture.objects.filter(merchant=self.seller, number=invoice)
        return rows.select_related("authorisation").first()

    def _differs(self, number: str, captures: list[Capture]) -> str:
        bill = self.erp.bills[number]
        capture = next((one for one in captures if one.number == number), None)
        if capture is None:
            return "it is not there."
        ours = {"gross": capture.gross_minor, "credited": capture.credited_minor, "due": capture.due_minor}
        theirs = {"gross": bill.minor, "credited": bill.credited, "due": bill.price}
        return "" if ours == theirs else f"{ours} here, {theirs} in the ERP."

    def _counts(self, row: Receipt) -> bool:
        return row.order_number not in self.declined


def _days_until_paid(capture: Capture) -> int | None:
    """Days from the capture to the settlement that paid the whole of it; None where nothing was to be paid."""
    if capture.due_minor <= 0:
        return None
    lines = Due.objects.filter(capture=capture, minor__gt=0).select_related("settlement")
    days = [line.settlement.on for line in lines if line.settlement is not None]
    return (max(days) - capture.captured_on).days if days else 10**6
