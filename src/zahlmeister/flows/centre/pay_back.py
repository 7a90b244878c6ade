"""A customer wants his balance back: what he had paid in, to where it came from, or to another account.

What was granted never goes back as money. It leaves the balance at once, so that it cannot be spent as well, and is
owed until it has left: by a transfer like any other refund, or at the provider by whom it was paid. Who releases it is
the merchant's rule; to an account that nobody has paid from before it is always a person.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.payer_account import unusable
from zahlmeister.flows.back_at_provider import order_back, release
from zahlmeister.flows.centre.by_provider import credited
from zahlmeister.flows.centre.stays import TO_RELEASE, give_up, waits_for_release
from zahlmeister.flows.centre.stop_charging import Because, stop_charging
from zahlmeister.flows.centre.tell import tell_of_back
from zahlmeister.formats.payments.checks import check_iban
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import PaymentIntent, ProviderRefund
from zahlmeister.intents.queries import refundable_minor
from zahlmeister.intents.states import PAID
from zahlmeister.intents.states import GoesBack as AtProvider
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.verification import require_verified
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.enter import Change, enter
from zahlmeister.prepaid.models import Account, AnnouncedTransfer
from zahlmeister.prepaid.queries import balance_of, centre_of
from zahlmeister.prepaid.rules import Balance, NotEnough, told_number
from zahlmeister.prepaid.states import EntryKind, GivesBack, TransferState
from zahlmeister.receivables.going_back import origin_of
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.moves import move
from zahlmeister.refunds.queries import next_number
from zahlmeister.refunds.states import Origin, RefundState
from zahlmeister.refusals import Refused

BY = "customer"
HOUSE = "house"
#: What the way is called that leads to an account which the customer names.
OTHER = "other"
#: So many ways that money has come are offered.
_MOST = 5


@dataclass(frozen=True, slots=True)
class Way:
    """Where a balance may go back to: `code` names it, at most `most` minor units; an account or a payment."""

    code: str
    most: int
    on: date | None = None
    name: str = ""
    iban: str = ""
    bic: str = ""
    account: BankAccount | None = None
    intent: PaymentIntent | None = None


@dataclass(frozen=True, slots=True)
class BackWanted:
    """What a customer wants back, and by which way; `key` names the form. Name and IBAN count for another account."""

    minor: int
    key: str
    way: str
    name: str = ""
    iban: str = ""


def ways_back(account: Account) -> list[Way]:
    """Where the money of a balance has come from and can go back to: payments at providers, and bank accounts."""
    return [*_payments(account), *_accounts(account)]


def ask_back(account: Account, wanted: BackWanted, *, at: datetime) -> Refund:
    """Take money off a balance that is to go back to its customer; the same key again is the same refund.

    Raises:
        Refused: the merchant gives nothing back or is not verified, the account is blocked, this way does not hold so
            much, or the named account is none.
        NotEnough: less was paid in and is still there.
    """
    require_verified(account.merchant)
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        source = f"balance:{account.pk}:{wanted.key}"
        known = Refund.objects.filter(merchant_id=account.merchant_id, source=source).first()
        if known is not None:
            return known
        standing = Account.objects.select_related("merchant", "customer").get(pk=account.pk)
        way, rule = _way(standing, wanted), centre_of(account.merchant_id).gives_back
        _check(standing, way, wanted.minor, rule)
        refund = _promised(standing, way, wanted, source, at)
        if rule == GivesBack.KNOWN and way.code != OTHER and not _held(refund).filter(needs_second=True).exists():
            _let_go(refund, by=HOUSE, at=at)
        tell_of_back(standing, refund, at=at)
    return refund


def release_back(merchant: Merchant, refund_id: int, *, by: str, at: datetime, person_id: int | None = None) -> Refund:
    """A person lets it go, who is no second person for it then; twice is once.

    Raises:
        Refused: there is no such refund, or it was withdrawn.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        refund = _refund(merchant, refund_id)
        if waits_for_release(refund):
            _let_go(refund, by=by, at=at, person_id=person_id)
        elif refund.state == RefundState.CANCELLED:
            raise Refused("This was withdrawn or rejected meanwhile; look again.")
    return refund


def reject_back(merchant: Merchant, refund_id: int, *, by: str, at: datetime, reason: str) -> Refund:
    """A person says no: it is balance again, and the customer reads why. Twice is once.

    Raises:
        Refused: no reason is given, or it was released.
    """
    if not reason.strip():
        raise Refused("Say why it is not paid back; the customer is told.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        refund = _refund(merchant, refund_id)
        if refund.state == RefundState.CANCELLED:
            return refund
        if not waits_for_release(refund):
            raise Refused("This was released meanwhile; look again.")
        give_up(refund, by=by, at=at, reason=reason.strip())
    return refund


def _way(account: Account, wanted: BackWanted) -> Way:
    if wanted.way != OTHER:
        found = next((way for way in ways_back(account) if way.code == wanted.way), None)
        if found is None:
            raise Refused("Nothing can go back by this way any more; choose another one.")
        return found
    iban = tidy(wanted.iban)
    check_iban(iban, "refund")
    name = " ".join(wanted.name.split())[:140]
    if not name:
        raise Refused("The recipient's name is missing; the bank compares it with the account.")
    return Way(OTHER, balance_of(account).paid, name=name, iban=iban)


def _check(account: Account, way: Way, minor: int, rule: str) -> None:
    if rule == GivesBack.NEVER or account.is_blocked:
        raise Refused("Of this account nothing can be paid back at present; ask the shop.")
    if minor <= 0:
        raise Refused("An amount above zero is needed to send back.")
    held = balance_of(account).paid
    if minor > held:
        raise NotEnough(
            f"{Amount(max(held, 0), account.currency)} were paid in and are still there; no more goes back."
        )
    if minor > way.most:
        raise Refused(f"By this way at most {Amount(way.most, account.currency)} can go back.")


def _promised(account: Account, way: Way, wanted: BackWanted, source: str, at: datetime) -> Refund:
    amount, intent = Amount(wanted.minor, account.currency), way.intent
    refund = Refund.objects.create(
        id=new_id(),
        merchant_id=account.merchant_id,
        number=next_number(account.merchant_id),
        source=source,
        origin=Origin.HOUSE,
        prepaid=account.pk,
        amount_minor=amount.minor,
        currency=amount.currency,
        state=RefundState.STOPPED,
        reason=TO_RELEASE,
        name=way.name,
        iban=way.iban,
        bic=way.bic,
        is_going_back=way.account is not None,
        by_provider=intent.connection.name if intent else "",
        account=way.account,
        contact=account.customer.email,
        due_on=localdate(at),
        created_by=BY,
        created_at=at,
    )
    if intent is not None:
        back = order_back(intent, amount, key=f"balance-{refund.pk}", by=BY, at=at)
        # it is kept from being sent, and what is left of the payment from being promised twice, until it is released
        ProviderRefund.objects.filter(pk=back.pk).update(look_at=None, subject=f"refund:{refund.pk}")
    entry = f"intent:{intent.pk}:back:{refund.pk}" if intent else f"balance:back:{refund.pk}"
    enter(account, Change(EntryKind.REFUND, Balance(amount.minor), entry, refund.reference), by=BY, at=at)
    stop_charging(account, Because.GOES_BACK, key=f"refund:{refund.pk}", at=at)
    facts = {"amount": str(amount), "to": way.iban or refund.by_provider, "account": told_number(account.number)}
    record(account.merchant_id, [Happened("refund", refund.pk, "promised", BY, "", facts)], at=at)
    return refund


def _let_go(refund: Refund, *, by: str, at: datetime, person_id: int | None = None) -> None:
    """It leaves: at the provider at the next turn, by a transfer like every refund that is due."""
    if refund.by_provider:
        for held in _held(refund).filter(state=AtProvider.ASKED).select_related("intent"):
            release(held, by=by, person_id=person_id, at=at)
        move(refund, RefundState.PLANNED, reason="")
        move(refund, RefundState.ORDERED)
    else:
        move(refund, RefundState.PLANNED, reason="", due_on=localdate(at), look_at=None)
    record(refund.merchant_id, [Happened("refund", refund.pk, "released", by)], at=at)


def _held(refund: Refund) -> QuerySet[ProviderRefund]:
    return ProviderRefund.objects.filter(merchant_id=refund.merchant_id, subject=f"refund:{refund.pk}")


def _refund(merchant: Merchant, refund_id: int) -> Refund:
    refund = Refund.objects.filter(merchant=merchant, pk=refund_id, prepaid__isnull=False).first()
    if refund is None:
        raise Refused("There is no such refund of a balance; look again.")
    return refund


def _payments(account: Account) -> list[Way]:
    rows = PaymentIntent.objects.filter(merchant_id=account.merchant_id, account=account.pk, state__in=PAID)
    found = [
        Way(f"payment-{row.pk}", min(refundable_minor(row), credited(row)), localdate(row.paid_at), intent=row)
        for row in rows.select_related("connection").order_by("-id")[:_MOST]
        if row.paid_at is not None
    ]
    return [way for way in found if way.most > 0]


def _accounts(account: Account) -> list[Way]:
    """Bank accounts that this customer has paid from, and whose money a person or his rule took for the customer's."""
    rows = AnnouncedTransfer.objects.filter(
        merchant_id=account.merchant_id,
        account__customer=account.customer_id,
        state=TransferState.CREDITED,
        currency=account.currency,
    )
    found: dict[str, Way] = {}
    paid = balance_of(account).paid
    for row in rows.select_related("payment__transaction__account__merchant").order_by("-id")[: 4 * _MOST]:
        said = row.payment.transaction if row.payment else None
        if said is None or unusable(origin_of(said)) is not None:
            continue
        code = f"account-{said.counterparty_number}"
        name, bic = said.counterparty[:140], said.counterparty_bic if len(said.counterparty_bic) <= 11 else ""
        way = Way(code, paid, said.booked_on, name, said.counterparty_number, bic, said.account)
        found.setdefault(code, way)
    return [way for way in found.values() if way.most > 0][:_MOST]
