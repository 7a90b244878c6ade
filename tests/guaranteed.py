"""The stage of guaranteed purchases: Brigitte sells, a guarantor stands behind her, its bank and her ERP are played."""

from datetime import UTC, date, datetime
from pathlib import Path

from tests.stage import ACCOUNT, ANNA, Paid, Stage, camt
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.connectors.erps.documents import (
    Cancellation,
    CreditNoteDocument,
    DirectPayment,
    InvoiceDocument,
    Line,
    ReturnAnnounced,
    ReturnReceived,
    ShipmentDocument,
)
from zahlmeister.credit.ladder import RuleSet
from zahlmeister.credit.rule_sets import publish
from zahlmeister.credit.rules import Application, Place
from zahlmeister.flows.assign_payment import assign
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.make_payment_file import make_payment_file
from zahlmeister.flows.purchase import follow_claims, follow_settlements, pay_guarantee, release, settle_week
from zahlmeister.flows.purchase.agree_terms import agree_terms, name_guarantor
from zahlmeister.flows.purchase.authorise import authorise
from zahlmeister.flows.purchase.confirm import Instruction, confirm
from zahlmeister.flows.purchase.take_document import Taken, take
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.states import Verification
from zahlmeister.payouts.models import PayoutAccount
from zahlmeister.purchase.events import after
from zahlmeister.purchase.models import Authorisation, Capture, Due, GuaranteeTerms, Guarantor, Settlement

#: A Monday.
BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)
SELLERS_IBAN = "DE75512108001245126199"


class Market:
    """Brigitte and her guarantor, with a clock that can be set."""

    def __init__(self, merchant: Merchant, folder: Path, **terms: object) -> None:
        self.merchant = merchant
        self.party = Merchant.objects.create(name="Sicherkauf AG", slug="sicherkauf")
        self.stage = Stage(self.party, folder, BEGIN)
        self.account = BankAccount.objects.create(
            merchant=self.party, number=ACCOUNT, currency="EUR", holder="Sicherkauf AG"
        )
        for each in (merchant, self.party):
            verify_merchant(each, Verification.VERIFIED, why="seen", by="operator", at=BEGIN)
        publish(merchant.pk, RuleSet("EUR", {}), why="whoever asks may", preview={}, by="operator", at=BEGIN)
        said = {"kind": "external", "currency": "EUR"}
        self.guarantor = name_guarantor(self.party, Guarantor(**said), by="operator", at=BEGIN)
        wanted = GuaranteeTerms(**{"is_approved": True, **terms})
        self.terms = agree_terms(merchant, self.guarantor, wanted, by="operator", at=BEGIN)
        one, two = (self._owner(name) for name in ("brigitte", "karl"))
        PayoutAccount.objects.create(
            merchant=merchant, currency="EUR", name="Brigittes Wollstube", number=SELLERS_IBAN, state="active",
            asked_by=one, asked_at=BEGIN, confirmed_at=BEGIN, approved_by=two, usable_from=BEGIN.date(),
        )  # fmt: skip
        self._sent = 0

    def _owner(self, name: str) -> Person:
        person = Person.objects.create_user(f"{name}@{self.merchant.slug}.example", name=name)
        Membership.objects.create(merchant=self.merchant, person=person, role=Role.OWNER)
        return person

    @property
    def today(self) -> date:
        return self.stage.now.date()

    # the shop and the ERP

    def application(self, order: str = "1001", minor: int = 10_000, **more: object) -> Application:
        said = {"first_name": "Anna", "last_name": "Weber", "email": "anna@post.example", **more}
        home = Place("Lindenweg", "10115", "Berlin", "DE", "5")
        return Application(order=order, minor=minor, currency="EUR", billing=home, **said)  # type: ignore[arg-type]

    def authorises(self, order: str = "1001", minor: int = 10_000, **more: object) -> Authorisation:
        asked = self.application(order, minor, **more)
        return authorise(self.merchant, asked, at=self.stage.now, by="erp")

    def confirms(self, order: str = "1001", minor: int = 10_000, **more: object) -> Instruction:
        made = self.authorises(order, minor, **more)
        return confirm(self.merchant, made.pk, at=self.stage.now, by="erp")

    def sends(self, document: object) -> Taken:
        return take(self.merchant, document, at=self.stage.now, by="erp")  # type: ignore[arg-type]

    def bills(self, number: str = "R1", minor: int = 10_000, order: str = "1001", *, ships: bool = True) -> Capture:
        lines = (Line("Wolle", minor),)
        said = {"number": number, "order": order, "currency": "EUR", "minor": minor, "lines": lines}
        taken = self.sends(InvoiceDocument(invoiced_on=self.today, **said))
        if ships:
            self.ships(number, order)
        return Capture.objects.get(pk=taken.number)

    def ships(self, invoice: str = "R1", order: str = "1001") -> Taken:
        said = {"number": f"L-{invoice}", "order": order, "currency": "EUR", "invoice": invoice}
        return self.sends(ShipmentDocument(shipped_on=self.today, tracking="00340", **said))

    def credits(self, minor: int, number: str = "G1", invoice: str = "R1") -> Taken:
        said = {"number": number, "order": "", "currency": "EUR", "invoice": invoice, "minor": minor}
        return self.sends(CreditNoteDocument(credited_on=self.today, **said))

    def announces_return(self, minor: int, number: str = "A1", invoice: str = "R1") -> Taken:
        said = {"number": number, "order": "", "currency": "EUR", "invoice": invoice, "minor": minor}
        return self.sends(ReturnAnnounced(announced_on=self.today, **said))

    def receives_return(self, minor: int, received_on: date, number: str = "RE1", invoice: str = "R1") -> Taken:
        said = {"number": number, "order": "", "currency": "EUR", "invoice": invoice, "minor": minor}
        return self.sends(ReturnReceived(received_on=received_on, **said))

    def was_paid_directly(self, minor: int, number: str = "D1", invoice: str = "R1") -> Taken:
        said = {"number": number, "order": "", "currency": "EUR", "invoice": invoice, "minor": minor}
        return self.sends(DirectPayment(paid_on=self.today, **said))

    def drops_rest(self, order: str = "1001", minor: int | None = None, number: str = "S1") -> Taken:
        return self.sends(
            Cancellation(number=number, order=order, currency="EUR", cancelled_on=self.today, minor=minor)
        )

    # the bank and the time

    def buyer_pays(self, minor: int, reference: str, iban: str = ANNA) -> None:
        """Money comes to the guarantor's account, and its statement is read."""
        self._sent += 1
        line = Paid(minor, reference, iban=iban, on=self.today, reference=f"P{self._sent}")
        self.stage.receive(self.stage.statement(line, opening=0), f"statement-{self._sent}.xml")

    def somebody_assigns(self, number: str = "R1") -> None:
        """The newest payment is assigned by hand: of what is over, nothing is assigned by itself."""
        [payment] = [one for one in self.stage.payments() if one.open_minor]
        share = [(self.capture(number).item_id, payment.open_minor)]
        assign(self.party, payment.pk, share, by="eva", at=self.stage.now, source=f"hand-{payment.pk}")

    def works(self) -> None:
        """What workers do of purchases, until nothing is left."""
        turns = (
            release.expire_next, follow_claims.follow_next, pay_guarantee.pay_next, settle_week.settle_next,
            follow_settlements.follow_next, follow_settlements.receive_next,
        )  # fmt: skip
        while [turn for turn in turns if turn(clock=self.stage.clock) is not None]:
            pass

    def passes(self, days: int) -> None:
        """Days pass; the workers work on Mondays, when something is due, and on the last day."""
        for left in reversed(range(days)):
            self.stage.later(days=1)
            if self.today.isoweekday() == 1 or not left:
                self.works()

    def bank_transfers(self) -> None:
        """The guarantor's file goes to its bank, which makes every transfer in it."""
        approved = PaymentOrder.objects.filter(merchant=self.party, state=OrderState.APPROVED)
        if approved.exists():
            make_payment_file(self.account, by="operator", at=self.stage.now)
        PaymentOrder.objects.filter(merchant=self.party, state=OrderState.IN_FILE).update(state=OrderState.EXECUTED)
        self.works()

    def sellers_stage(self) -> Stage:
        """Brigitte's own shop and bank."""
        stage = Stage(self.merchant, self.stage.folder, self.stage.now)
        BankAccount.objects.get_or_create(merchant=self.merchant, number=ACCOUNT, currency="EUR")
        return stage

    def seller_receives(self, minor: int, text: str) -> None:
        """The settlement's transfer is on Brigitte's own statement."""
        own = self.sellers_stage()
        own.receive(camt([Paid(minor, text, "Sicherkauf AG", on=self.today)], number=900, opening=0), "own.xml")
        self.stage.later(hours=2)
        self.works()

    def forgets_account(self) -> None:
        PayoutAccount.objects.update(state="refused")

    def knows_account(self) -> None:
        PayoutAccount.objects.update(state="active")

    def limits(self, debtor: int | None = None, total: int | None = None) -> None:
        Guarantor.objects.update(debtor_limit_minor=debtor, total_limit_minor=total)

    # what is asked afterwards

    def authorisation(self, order: str = "1001") -> Authorisation:
        return Authorisation.objects.get(merchant=self.merchant, order_number=order)

    def told(self) -> list[str]:
        """What the ERP is told, in its order."""
        return [one.kind for one in after(self.merchant.pk, 0)]

    def capture(self, number: str = "R1") -> Capture:
        return Capture.objects.get(merchant=self.merchant, number=number)

    def settlements(self) -> list[Settlement]:
        return list(Settlement.objects.filter(merchant=self.merchant).order_by("pk"))

    def transferred(self) -> list[int]:
        return [one.transfer_minor for one in self.settlements()]

    def book(self, merchant: Merchant, book: Book, about: int = 0) -> int:
        return balance(merchant.pk, book, "EUR", about=about).minor

    def wrong(self) -> list[str]:
        """What does not add up on either side; a good story ends with nothing."""
        found = [*check_books(self.merchant), *check_books(self.party)]
        if self.book(self.party, Book.ORDERS):
            found.append("The guarantor's claims and what it paid for them differ.")
        owed, sellers = (
            self.book(self.merchant, Book.WITH_GUARANTOR, self.party.pk),
            self.book(self.party, Book.SELLERS, self.merchant.pk),
        )
        on_its_way = sum(
            one.transfer_minor for one in self.settlements() if one.state in ("ordered", "paid") and not one.payment_id
        )
        if owed != -sellers + on_its_way:
            found.append(
                f"The merchant is owed {owed}, and the guarantor owes {-sellers} with {on_its_way} on its way."
            )
        found += [
            f"The lines of {one} do not make its sum."
            for one in self.settlements()
            if sum(one.lines.values_list("minor", flat=True)) != one.lines_minor
        ]
        return found + [f"The lines of {one} do not make what is due." for one in self.captures() if not _adds_up(one)]

    def captures(self) -> list[Capture]:
        return list(Capture.objects.filter(merchant=self.merchant).order_by("pk"))


def _adds_up(capture: Capture) -> bool:
    lines = Due.objects.filter(capture=capture).exclude(kind__in=("fee", "fee_tax"))
    return sum(lines.values_list("minor", flat=True)) == capture.due_minor
