"""Direct debits we ask the bank to collect: one debit, those of one account and day, and the file.

As with transfers, whatever can be constructed here can be written and is valid.
"""

from dataclasses import dataclass, replace
from datetime import date

from zahlmeister.formats.payments.checks import (
    EEA,
    LONGEST_TEXT,
    SEPA,
    check_amount,
    check_bic,
    check_code,
    check_creditor_id,
    check_day,
    check_iban,
    check_id,
    check_unique,
)
from zahlmeister.formats.payments.letters import Letters, Speller
from zahlmeister.formats.payments.mandates import Mandate, Scheme, Sequence
from zahlmeister.formats.payments.order_file import OrderFile
from zahlmeister.formats.payments.parties import OwnAccount, Party
from zahlmeister.money.accounts import is_qr_iban
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import Calendar
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """One collection in euro from one debtor, by one mandate."""

    end_to_end_id: str
    amount: Amount
    debtor: Party
    iban: str
    mandate: Mandate
    bic: str | None = None
    text: str | None = None
    purpose: str | None = None

    def __post_init__(self) -> None:
        own = self.end_to_end_id
        check_id(own, "end-to-end id")
        check_amount(self.amount, own)
        check_iban(self.iban, own)
        check_bic(self.bic, self.iban, own)
        check_code(self.purpose, f"purpose of {own}")
        if self.amount.currency != "EUR" or self.iban[:2] not in SEPA or is_qr_iban(self.iban):
            raise Refused(f"{own}: a SEPA direct debit collects euro from an ordinary account within SEPA.")
        if self.iban[:2] not in EEA and self.debtor.address is None:
            raise Refused(f"{own}: from {self.iban[:2]} the debtor's town and country must be named (EPC rulebook).")

    def spelled(self, speller: Speller) -> "DirectDebit":
        """Names and text in the bank's letters."""
        own, mandate = self.end_to_end_id, self.mandate
        amendment = mandate.amendment.spelled(speller, own) if mandate.amendment else None
        return replace(
            self,
            debtor=self.debtor.spelled(speller, f"the debtor of {own}"),
            mandate=replace(mandate, amendment=amendment),
            text=None if self.text is None else speller(self.text, f"text of {own}", LONGEST_TEXT),
        )


@dataclass(frozen=True, slots=True)
class DebitGroup:
    """Collections to one account on one day, of one scheme and one sort of use."""

    group_id: str
    creditor: Party
    account: OwnAccount
    creditor_id: str
    collect_on: date
    debits: tuple[DirectDebit, ...]
    scheme: Scheme = Scheme.CORE
    sequence: Sequence = Sequence.RECURRENT
    is_batch: bool = True
    category: str | None = None

    def __post_init__(self) -> None:
        check_id(self.group_id, "group id")
        check_code(self.category, f"category of group {self.group_id}")
        check_creditor_id(self.creditor_id, f"group {self.group_id}")
        check_day(self.collect_on, Calendar.TARGET, f"group {self.group_id}")
        if not self.debits:
            raise Refused(f"Group {self.group_id} holds no direct debit.")
        if is_qr_iban(self.account.iban):
            raise Refused(f"{self.account.iban} is a QR-IBAN; name the account's ordinary IBAN.")
        if self.sequence is Sequence.ONLY:
            mandates = (debit.mandate.mandate_id.upper() for debit in self.debits)
            check_unique(mandates, f"mandate of group {self.group_id}, though it is for one use only")

    @property
    def letters(self) -> Letters:
        return Letters.GERMAN

    @property
    def end_to_end_ids(self) -> tuple[str, ...]:
        return tuple(debit.end_to_end_id for debit in self.debits)

    @property
    def total(self) -> Amount:
        return sum((debit.amount for debit in self.debits), Amount.zero("EUR"))

    def spelled(self, speller: Speller) -> "DebitGroup":
        """All names and texts in the bank's letters."""
        return replace(
            self,
            creditor=self.creditor.spelled(speller, f"the creditor of {self.group_id}"),
            debits=tuple(debit.spelled(speller) for debit in self.debits),
        )


@dataclass(frozen=True, slots=True)
class DebitFile(OrderFile[DebitGroup]):
    """What becomes one pain.008 file."""

    def _check(self) -> None:
        today = self.created_at.date()
        for group in self.groups:
            if group.collect_on <= today:
                raise Refused(
                    f"Group {group.group_id} should be collected on {group.collect_on}; "
                    "banks need it a banking day before."
                )
        for debit in self.debits:
            if debit.mandate.signed_on > today:
                raise Refused(f"{debit.end_to_end_id}: mandate {debit.mandate.mandate_id} is signed in the future.")

    @property
    def debits(self) -> tuple[DirectDebit, ...]:
        return tuple(debit for group in self.groups for debit in group.debits)
