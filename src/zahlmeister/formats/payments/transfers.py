"""Transfers we ask the bank for: one order, the orders of one account and day, and the file.

Whatever can be constructed here can be written and is valid: there is no other check behind it.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, StrEnum

from zahlmeister.formats.payments.checks import (
    EEA,
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_TEXT,
    SEPA,
    check_amount,
    check_bic,
    check_code,
    check_day,
    check_iban,
    check_id,
)
from zahlmeister.formats.payments.letters import Letters, Speller
from zahlmeister.formats.payments.order_file import OrderFile
from zahlmeister.formats.payments.parties import OwnAccount, Party
from zahlmeister.money.accounts import is_qr_iban
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import Calendar
from zahlmeister.money.references import is_creditor_reference, is_qr_reference
from zahlmeister.refusals import Refused


class Market(Enum):
    """Whose rules the bank follows, by the country of the account that pays."""

    GERMAN = Letters.GERMAN, "DK"
    AUSTRIAN = Letters.GERMAN, "PSA"
    SWISS = Letters.SWISS, "SPS"

    @classmethod
    def of(cls, iban: str) -> "Market":
        """The German rules are those of SEPA, and hold wherever no others do."""
        return {"AT": cls.AUSTRIAN, "CH": cls.SWISS, "LI": cls.SWISS}.get(iban[:2], cls.GERMAN)

    @property
    def letters(self) -> Letters:
        return self.value[0]


class Kind(StrEnum):
    """The sorts of payment that must not share a group; the letters are those of the Swiss guidelines."""

    SEPA = "S"  # euro within SEPA
    DOMESTIC = "D"  # francs or euro within Switzerland and Liechtenstein
    FOREIGN = "X"  # anything else from a Swiss account


class Speed(StrEnum):
    """How fast the money should go."""

    ORDINARY = "ordinary"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One transfer.

    `end_to_end_id` is our key: it comes back in statements and status reports, and the same order always carries the
    same one, so that nothing is paid twice. `text` is free, `reference` structured: RF… (ISO 11649), a Swiss QR
    reference, or an Austrian Zahlungsreferenz; only Swiss domestic orders take both. `on_behalf_of` is whom we pay
    for, when the account is not theirs.
    """

    end_to_end_id: str
    amount: Amount
    creditor: Party
    iban: str
    bic: str | None = None
    text: str | None = None
    reference: str | None = None
    purpose: str | None = None
    on_behalf_of: str | None = None

    def __post_init__(self) -> None:
        check_id(self.end_to_end_id, "end-to-end id")
        check_amount(self.amount, self.end_to_end_id)
        check_iban(self.iban, self.end_to_end_id)
        check_bic(self.bic, self.iban, self.end_to_end_id)
        check_code(self.purpose, f"purpose of {self.end_to_end_id}")
        if is_qr_iban(self.iban) is not is_qr_reference(self.reference or ""):
            raise Refused(
                f"{self.end_to_end_id}: a QR-IBAN and a QR reference belong together; "
                f"{self.iban} and “{self.reference or 'no reference'}” do not."
            )

    def spelled(self, speller: Speller) -> "PaymentOrder":
        """Names and text in the bank's letters."""
        own = self.end_to_end_id
        text = self.text
        behalf = self.on_behalf_of
        return replace(
            self,
            creditor=self.creditor.spelled(speller, f"the creditor of {own}"),
            text=None if text is None else speller(text, f"text of {own}", LONGEST_TEXT),
            on_behalf_of=None if behalf is None else speller(behalf, f"name behind {own}", LONGEST_NAME),
        )


def kind_of(order: PaymentOrder, market: Market) -> Kind:
    """Which sort of payment this is from an account of that market. Refused where the market does not know it."""
    currency, country = order.amount.currency, order.iban[:2]
    if market is Market.SWISS and country in {"CH", "LI"} and currency in {"CHF", "EUR"}:
        return Kind.DOMESTIC
    if currency == "EUR" and country in SEPA and not is_qr_iban(order.iban):
        return Kind.SEPA
    if market is Market.SWISS and not is_qr_iban(order.iban):
        return Kind.FOREIGN
    if is_qr_iban(order.iban):
        why = "a QR-IBAN can be paid in francs or euro from a Swiss account only; ask for the ordinary IBAN"
    else:
        why = f"a SEPA transfer is in euro and within SEPA, not in {currency} to {country}"
    raise Refused(f"{order.end_to_end_id}: {why}.")


@dataclass(frozen=True, slots=True)
class TransferGroup:
    """Orders of one account for one day and of one sort.

    `is_batch` asks for one booking of the sum.
    """

    group_id: str
    debtor: Party
    account: OwnAccount
    execute_on: date
    orders: tuple[PaymentOrder, ...]
    speed: Speed = Speed.ORDINARY
    is_batch: bool = True
    category: str | None = None

    def __post_init__(self) -> None:
        check_id(self.group_id, "group id")
        check_code(self.category, f"category of group {self.group_id}")
        if not self.orders:
            raise Refused(f"Group {self.group_id} holds no order.")
        if is_qr_iban(self.account.iban):
            raise Refused(f"{self.account.iban} is a QR-IBAN: it only receives. Name the account's ordinary IBAN.")
        if len({(kind_of(order, self.market), order.amount.currency) for order in self.orders}) > 1:
            raise Refused(f"Group {self.group_id} mixes currencies or sorts of payment; make a group for each.")
        if self.speed is Speed.INSTANT and self.kind is Kind.FOREIGN:
            raise Refused(f"Group {self.group_id}: a foreign payment cannot be instant.")
        if self.speed is Speed.ORDINARY:
            check_day(self.execute_on, self._calendar, f"group {self.group_id}")
        for order in self.orders:
            self._check(order)

    @property
    def market(self) -> Market:
        return Market.of(self.account.iban)

    @property
    def letters(self) -> Letters:
        return self.market.letters

    @property
    def end_to_end_ids(self) -> tuple[str, ...]:
        return tuple(order.end_to_end_id for order in self.orders)

    @property
    def kind(self) -> Kind:
        return kind_of(self.orders[0], self.market)

    @property
    def total(self) -> Amount:
        return sum((order.amount for order in self.orders), Amount.zero(self.orders[0].amount.currency))

    @property
    def _calendar(self) -> Calendar:
        return Calendar.SWISS if self.orders[0].amount.currency == "CHF" else Calendar.TARGET

    def _check(self, order: PaymentOrder) -> None:
        """The rules that depend on where the money comes from."""
        own = order.end_to_end_id
        if order.text is not None and order.reference is not None and self.kind is not Kind.DOMESTIC:
            raise Refused(f"{own}: a transfer carries a text or a reference, not both.")
        self._check_reference(order)
        if self.kind in {Kind.DOMESTIC, Kind.FOREIGN} and order.creditor.address is None:
            raise Refused(f"{own}: Swiss banks want the creditor's town and country for this sort of payment.")
        if self.kind is Kind.FOREIGN and order.bic is None:
            raise Refused(f"{own}: a foreign payment needs the BIC of the creditor's bank.")
        if self.kind is Kind.SEPA and order.iban[:2] not in EEA and self.debtor.address is None:
            raise Refused(f"{own}: to {order.iban[:2]} the payer's own town and country must be named (EPC rulebook).")

    def _check_reference(self, order: PaymentOrder) -> None:
        reference = order.reference
        if reference is None or is_qr_iban(order.iban):
            return
        if self.market is Market.AUSTRIAN:  # a Zahlungsreferenz is any id
            check_id(reference, f"reference ({order.end_to_end_id})")
        elif reference != "".join(reference.split()).upper() or not is_creditor_reference(reference):
            raise Refused(
                f"{order.end_to_end_id}: “{reference[:LONGEST_ID]}” is no creditor reference (RF…); send it as text."
            )

    def spelled(self, speller: Speller) -> "TransferGroup":
        """All names and texts in the bank's letters."""
        return replace(
            self,
            debtor=self.debtor.spelled(speller, f"the debtor of {self.group_id}"),
            orders=tuple(order.spelled(speller) for order in self.orders),
        )


@dataclass(frozen=True, slots=True)
class TransferFile(OrderFile[TransferGroup]):
    """What becomes one pain.001 file."""

    def _check(self) -> None:
        if len({group.market for group in self.groups}) > 1:
            raise Refused(f"File {self.message_id} mixes accounts of several countries; make a file for each bank.")
        for group in self.groups:
            if group.execute_on < self.created_at.date():
                raise Refused(f"Group {group.group_id} should be executed on {group.execute_on}, which is over.")

    @property
    def orders(self) -> tuple[PaymentOrder, ...]:
        return tuple(order for group in self.groups for order in group.orders)
