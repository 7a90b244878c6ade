"""The order is placed: the buyer is told whom to pay, to which account, and with which reference."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.references import new_reference
from zahlmeister.flows.purchase.both_sides import happened, lock_both
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.accounts import is_qr_iban, tidy
from zahlmeister.money.amount import Amount
from zahlmeister.money.banks import bank_of
from zahlmeister.purchase import queries
from zahlmeister.purchase.assignment import assignment_text
from zahlmeister.purchase.events import note
from zahlmeister.purchase.models import Authorisation, Capture, GuaranteeTerms
from zahlmeister.purchase.moves import move
from zahlmeister.purchase.states import AuthorisationState, EventKind
from zahlmeister.receivables.destination import Sale
from zahlmeister.receivables.pay_to import Accounts
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Instruction:
    """How a buyer pays: so much to this account, with this reference, until a day."""

    payee: str
    iban: str
    bic: str
    bank: str
    amount: Amount
    reference: str
    due_on: date


def confirm(merchant: Merchant, number: int, *, at: datetime, by: str) -> Instruction:
    """Confirm an accepted order. Twice is once, and gives the same answer.

    Raises:
        Refused: it was not accepted, it is over, or the guarantor has no account to pay to.
    """
    found = queries.authorisation(merchant.pk, number)
    if found is None:
        raise Refused("This authorisation does not exist.")
    account = paid_to(found.terms)
    with transaction.atomic(durable=True):
        lock_both(found.terms)
        found.refresh_from_db()
        if found.confirmed_at is None:
            _check_open(found, at)
            reference = reference_for(found.terms, account)
            move(found, AuthorisationState.CONFIRMED, reference=reference, confirmed_at=at)
            happened(found, "confirmed", by, at=at, reference=reference)
            plain = plain_instruction(instruction_of(found, account, at))
            note(found, EventKind.CONFIRMED, "", at=at, amount=found.amount_minor, instruction=plain)
    return instruction_of(found, account, found.confirmed_at or at)


def paid_to(terms: GuaranteeTerms) -> BankAccount:
    """The guarantor's account that buyers pay to.

    Raises:
        Refused: it has none in this currency.
    """
    party = terms.guarantor.merchant
    account = Accounts(party).account_for(Sale(terms.currency, terms.shop_id, party.country))
    if account is None:
        raise Refused(f"The guarantor {party} has no account in {terms.currency} that buyers could pay to.")
    return account


def reference_for(terms: GuaranteeTerms, account: BankAccount) -> str:
    """A payment reference that nothing else of the guarantor has; inside the caller's transaction and turn."""
    return new_reference(terms.guarantor.merchant_id, is_qr=is_qr_iban(tidy(account.number)))


def instruction_of(of: Authorisation, account: BankAccount, at: datetime) -> Instruction:
    """How the whole order is paid."""
    due_on = localdate(at) + timedelta(days=of.terms.term_days)
    return _instruction(account, of.terms, of.amount, of.reference, due_on)


def instruction_for(capture: Capture) -> Instruction:
    """How what is open of an invoice is paid."""
    terms = capture.authorisation.terms
    return _instruction(paid_to(terms), terms, capture.item.open, capture.reference, capture.due_on)


def plain_instruction(said: Instruction) -> dict[str, object]:
    """As an ERP is told, with the notice that belongs on the invoice."""
    return {
        "payee": said.payee,
        "iban": said.iban,
        "bic": said.bic,
        "bank": said.bank,
        "amount": said.amount.minor,
        "reference": said.reference,
        "due_on": said.due_on.isoformat(),
        "notice": notices(said),
    }


def notices(said: Instruction) -> dict[str, str]:
    """What the invoice has to say about whom its claim belongs to, by language."""
    facts = {"payee": said.payee, "iban": said.iban, "reference": said.reference}
    return {language: assignment_text(language, **facts) for language in ("de", "en")}


def _instruction(
    account: BankAccount, terms: GuaranteeTerms, amount: Amount, reference: str, due_on: date
) -> Instruction:
    number = tidy(account.number)
    bank = bank_of(number)
    return Instruction(
        payee=account.holder or terms.guarantor.merchant.name,
        iban=number,
        bic=account.bic or (bank.bic or "" if bank else ""),
        bank=bank.name if bank else "",
        amount=amount,
        reference=reference,
        due_on=due_on,
    )


def _check_open(of: Authorisation, at: datetime) -> None:
    if of.state != AuthorisationState.ACCEPTED:
        raise Refused(f"Order {of} is “{of.get_state_display()}” and cannot be confirmed.")
    if of.expires_at <= at:
        raise Refused(f"The authorisation of order {of} ended on {localdate(of.expires_at)}; ask for a new one.")
