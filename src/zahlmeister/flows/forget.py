"""After its time nobody's name is kept: whatever was needed only to know who it was is emptied, and the figures stay.

Amounts, days and numbers stay, so that the books can still be read; the fingerprint of a bank line and the hash of a
file stay, so that an old file that comes again is still known. What is not settled is not forgotten. How long what is
kept says `accounting/retention.csv`; a worker looks once a week, and takes away a little at a time.

Steps of the history are kept like books. Afterwards their words are taken out; their hashes stay, so that whatever was
done since is proven as before (`history.record.forget_steps`).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from zahlmeister.accounting.models import Forgetting
from zahlmeister.accounting.retention import retention_of
from zahlmeister.banking.debit_models import DebitFile, Mandate
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import NEXT_ORDER, OrderState
from zahlmeister.collection.models import Case, CaseEvent
from zahlmeister.collection.states import WITH_THE_AGENCY
from zahlmeister.correspondence.models import SentLetter
from zahlmeister.history.record import Happened, forget_steps, record
from zahlmeister.intents.models import PaymentIntent, StoredMethod
from zahlmeister.intents.states import StoredState
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.trouble import BY_CHANCE, take_first
from zahlmeister.orders.models import Customer, Order, RefusedRow
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.prepaid.models import Customer as CentreCustomer
from zahlmeister.prepaid.models import Entry
from zahlmeister.programs.models import HandedInvoice
from zahlmeister.receivables.models import AdviceList, Allocation, OpenItem, PayerAccount, Payment
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import RefundState

Clock = Callable[[], datetime]
BY = "retention"
#: Rows of each kind in one transaction.
AT_ONCE = 500
_AGAIN = timedelta(days=7)
#: Stands where a file was, and where an empty account would mean that nobody knows it yet.
GONE = "forgotten"
_NAMED = Concat(Value(f"{GONE}:"), Cast("pk", CharField()))
_ENDED = [state for state, then in NEXT_ORDER.items() if not then or state is OrderState.EXECUTED]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is forgotten: the rows whose time is over and that still say who it was, and what they say afterwards.

    `app` names the class of retention. Without `blank` the rows are deleted; `path` is the column of their file.
    """

    name: str
    app: str
    old: Callable[[Merchant, date], QuerySet[Any]]
    blank: Mapping[str, object] = field(default_factory=dict)
    path: str = ""


def forget_next(*, clock: Clock) -> Merchant | None:
    """A worker's turn: forget some of what a merchant need not keep; when nothing is left, look again in a week."""
    now = clock()
    rests = Forgetting.objects.filter(merchant=OuterRef("pk"), look_at__gt=now)
    waiting = Merchant.objects.exclude(Exists(rests)).order_by(BY_CHANCE)
    return take_first("forget", waiting, lambda merchant: _turn(merchant, now), at=now)


def forget_old(merchant: Merchant, *, by: str, at: datetime) -> dict[str, int]:
    """Take the names out of whatever is older than it has to be kept; again it changes nothing.

    Returns:
        How many rows of each kind were changed.
    """
    counts: Counter[str] = Counter({kind.name: 0 for kind in _KINDS})
    while some := _forget_some(merchant, by, at):
        counts.update(some)
    return dict(counts)


def _turn(merchant: Merchant, now: datetime) -> None:
    if not _forget_some(merchant, BY, now):
        Forgetting.objects.update_or_create(merchant=merchant, defaults={"look_at": now + _AGAIN})


def _forget_some(merchant: Merchant, by: str, at: datetime) -> dict[str, int]:
    """Some of each kind, in one transaction; a file is gone before its row says so, so that none is left behind."""
    today = timezone.localdate(at)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        counts = {kind.name: _forget(kind, merchant, today) for kind in _KINDS}
        counts["steps"] = forget_steps(merchant.pk, _begin_of("history", merchant, today), most=AT_ONCE)
        found = {name: count for name, count in counts.items() if count}
        if found:
            record(merchant.pk, [Happened("merchant", merchant.pk, "forgotten", by, facts=found)], at=at)
    return found


def _begin_of(app: str, merchant: Merchant, today: date) -> datetime:
    day = retention_of(app).ended_before(merchant.country, today)
    return timezone.make_aware(datetime.combine(day, time.min))


def _forget(kind: _Kind, merchant: Merchant, today: date) -> int:
    before = retention_of(kind.app).ended_before(merchant.country, today)
    rows = list(kind.old(merchant, before).order_by("pk")[:AT_ONCE])
    if not rows:
        return 0
    for row in rows if kind.path else ():
        default_storage.delete(getattr(row, kind.path))
    mine = type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows])  # noqa: SLF001 - Django's own name
    return int(mine.update(**kind.blank) if kind.blank else mine.delete()[0])


def _orders(merchant: Merchant, before: date) -> QuerySet[Order]:
    young = Q(settled_on__isnull=True, open_minor__gt=0) | Q(settled_on__gte=before) | Q(opened_on__gte=before)
    kept = OpenItem.objects.filter(young | Q(surplus_minor__gt=0), order=OuterRef("pk"))
    old = OpenItem.objects.filter(order=OuterRef("pk"))
    rows = Order.objects.filter(Exists(old), merchant=merchant).exclude(Exists(kept))
    return rows.exclude(_SAYS_NOBODY)


def _invoices(merchant: Merchant, before: date) -> QuerySet[HandedInvoice]:
    forgotten = Order.objects.filter(_SAYS_NOBODY, pk=OuterRef("order"))
    return HandedInvoice.objects.filter(Exists(forgotten), merchant=merchant, created_at__date__lt=before)


def _lines(merchant: Merchant, before: date) -> QuerySet[BankTransaction]:
    waiting = Payment.objects.filter(transaction=OuterRef("pk"), open_minor__gt=0)
    rows = BankTransaction.objects.filter(merchant=merchant, booked_on__lt=before).exclude(Exists(waiting))
    return rows.exclude(counterparty="", counterparty_number="", remittance="")


def _clues(merchant: Merchant, before: date) -> QuerySet[Allocation]:
    """Why a payment was found to be for an order that is forgotten: the clues name who paid."""
    del before
    forgotten = Order.objects.filter(_SAYS_NOBODY, item=OuterRef("item"))
    return Allocation.objects.filter(Exists(forgotten), merchant=merchant).exclude(clues=[])


def _suggestions(merchant: Merchant, before: date) -> QuerySet[Payment]:
    rows = Payment.objects.filter(merchant=merchant, booked_on__lt=before, open_minor=0)
    return rows.exclude(candidates=[])


def _customers(merchant: Merchant, before: date) -> QuerySet[Customer]:
    """Those of whom every order was forgotten."""
    del before  # the orders' own
    known = Order.objects.filter(customer=OuterRef("pk")).exclude(name="", company="", email="")
    rows = Customer.objects.filter(Exists(Order.objects.filter(customer=OuterRef("pk"))), merchant=merchant)
    return rows.exclude(Exists(known)).exclude(name="", company="", email="", number="")


def _payers(merchant: Merchant, before: date) -> QuerySet[PayerAccount]:
    """What was learned of customers who are forgotten."""
    del before
    return PayerAccount.objects.filter(merchant=merchant, customer__identity__startswith=f"{GONE}:")


def _files(merchant: Merchant, before: date) -> QuerySet[StatementImport]:
    """Statement files all of whose lines are old and settled."""
    lines = BankTransaction.objects.filter(first_import=OuterRef("pk"))
    known = lines.filter(Q(booked_on__gte=before) | ~Q(counterparty="", counterparty_number="", remittance=""))
    rows = StatementImport.objects.filter(merchant=merchant, finished_at__date__lt=before)
    return rows.exclude(Exists(known)).exclude(path=GONE)


def _lists(merchant: Merchant, before: date) -> QuerySet[AdviceList]:
    rows = AdviceList.objects.filter(merchant=merchant, handed_in_at__date__lt=before, payment__open_minor=0)
    return rows.exclude(path=GONE)


def _transfers(merchant: Merchant, before: date) -> QuerySet[PaymentOrder]:
    rows = PaymentOrder.objects.filter(merchant=merchant, state__in=_ENDED, execute_on__lt=before)
    return rows.exclude(creditor_name="", creditor_number="")


def _payment_files(merchant: Merchant, before: date) -> QuerySet[PaymentFile]:
    waiting = PaymentOrder.objects.filter(file=OuterRef("pk")).exclude(state__in=_ENDED)
    rows = PaymentFile.objects.filter(merchant=merchant, created_at__date__lt=before)
    return rows.exclude(Exists(waiting)).exclude(path=GONE)


def _debit_files(merchant: Merchant, before: date) -> QuerySet[DebitFile]:
    return DebitFile.objects.filter(merchant=merchant, created_at__date__lt=before).exclude(path=GONE)


def _mandates(merchant: Merchant, before: date) -> QuerySet[Mandate]:
    """A mandate ends by itself when it was not used for three years, which is less than any retention."""
    rows = Mandate.objects.filter(merchant=merchant).annotate(used=Coalesce(F("last_used_on"), F("signed_on")))
    return rows.filter(used__lt=before).exclude(debtor_number="")


def _refunds(merchant: Merchant, before: date) -> QuerySet[Refund]:
    ended = (RefundState.PAID, RefundState.CANCELLED)
    rows = Refund.objects.filter(merchant=merchant, state__in=ended, created_at__date__lt=before)
    return rows.exclude(paid_on__gte=before).exclude(iban=GONE)


def _claims(merchant: Merchant, before: date) -> QuerySet[Case]:
    """Claims that no agency has any more, and of which nothing was said since: the debtor is named in them."""
    later = CaseEvent.objects.filter(case=OuterRef("pk"), at__date__gte=before)
    rows = Case.objects.filter(merchant=merchant, handed_over_on__lt=before).exclude(hand_over__in=WITH_THE_AGENCY)
    return rows.exclude(Exists(later)).exclude(claim={})


def _news_of_claims(merchant: Merchant, before: date) -> QuerySet[CaseEvent]:
    """What was said about them; and news that no case was found for."""
    old = CaseEvent.objects.filter(Q(case__claim={}) | Q(case=None), merchant=merchant, at__date__lt=before)
    return old.exclude(text="", facts={}, by="")


def _refused_rows(merchant: Merchant, before: date) -> QuerySet[RefusedRow]:
    """Why rows of old files were not taken: the sentences repeat what stood there."""
    return RefusedRow.objects.filter(merchant=merchant, order_import__created_at__date__lt=before)


def _intents(merchant: Merchant, before: date) -> QuerySet[PaymentIntent]:
    return PaymentIntent.objects.filter(merchant=merchant, expires_at__date__lt=before).exclude(email="")


def _stored(merchant: Merchant, before: date) -> QuerySet[StoredMethod]:
    """What nobody is charged by any more."""
    rows = StoredMethod.objects.filter(merchant=merchant, state=StoredState.GONE, created_at__date__lt=before)
    later = PaymentIntent.objects.filter(stored=OuterRef("pk"), created_at__date__gte=before)
    return rows.exclude(Exists(later)).exclude(label="", owner="")


def _messages(merchant: Merchant, before: date) -> QuerySet[Message]:
    ended = (MessageState.DELIVERED, MessageState.DROPPED)
    rows = Message.objects.filter(merchant=merchant, state__in=ended, ended_at__date__lt=before)
    return rows.exclude(payload={})


def _letters(merchant: Merchant, before: date) -> QuerySet[SentLetter]:
    return SentLetter.objects.filter(merchant=merchant, sent_at__date__lt=before).exclude(path=GONE)


def _visitors(merchant: Merchant, before: date) -> QuerySet[CentreCustomer]:
    """Customers of the centre who have not been there for so long and of whose money nothing lies there."""
    newest = Entry.objects.filter(account__customer=OuterRef("pk"))
    later = newest.filter(at__date__gte=before)
    holds = newest.exclude(paid_after_minor=0).filter(
        ~Exists(Entry.objects.filter(account=OuterRef("account"), ordinal__gt=OuterRef("ordinal")))
    )
    rows = CentreCustomer.objects.filter(merchant=merchant, created_at__date__lt=before)
    rows = rows.exclude(signed_in_at__date__gte=before).exclude(Exists(later)).exclude(Exists(holds))
    return rows.exclude(email__startswith=f"{GONE}:")


def _emptied(*columns: str, **others: object) -> dict[str, object]:
    return {**dict.fromkeys(columns, ""), **others}


_SAYS_NOBODY = Q(name="", company="", email="", street="", iban="")
_KINDS: Sequence[_Kind] = (
    _Kind("orders", "orders", _orders, _emptied(
        "name", "company", "email", "street", "postcode", "city", "iban", "phone", "customer_number",
        "tracking_numbers", delivery={},
    )),
    _Kind("invoices", "orders", _invoices, path="path"),
    _Kind("refused rows", "orders", _refused_rows),
    _Kind("lines", "banking", _lines, _emptied(
        "counterparty", "counterparty_number", "counterparty_bic", "ultimate_party", "remittance", "end_to_end_id",
        "mandate_id", "creditor_reference", pieces=[],
    )),
    _Kind("clues", "receivables", _clues, {"clues": []}),
    _Kind("suggestions", "receivables", _suggestions, {"candidates": []}),
    _Kind("customers", "orders", _customers, _emptied("number", "name", "company", "email", identity=_NAMED)),
    _Kind("payers", "learning", _payers),
    _Kind("files", "banking", _files, {"path": GONE}, path="path"),
    _Kind("lists", "receivables", _lists, {"path": GONE}, path="path"),
    _Kind("transfers", "banking", _transfers, _emptied(
        "creditor_name", "creditor_number", "creditor_bic", "text", "payee_name", address={},
    )),
    _Kind("payment files", "banking", _payment_files, {"path": GONE}, path="path"),
    _Kind("debit files", "banking", _debit_files, {"path": GONE}, path="path"),
    _Kind("mandates", "banking", _mandates, _emptied("debtor_name", "debtor_number", "debtor_bic")),
    _Kind("refunds", "refunds", _refunds, _emptied("name", "bic", "contact", iban=GONE, failed=[])),
    _Kind("claims", "collection", _claims, {"claim": {}}),
    _Kind("news of claims", "collection", _news_of_claims, {"text": "", "facts": {}, "by": ""}),
    _Kind("provider payments", "intents", _intents, _emptied("email")),
    _Kind("stored methods", "intents", _stored, _emptied("label", "owner")),
    _Kind("messages", "outbox", _messages, {"payload": {}, "answer": {}}),
    _Kind("letters", "correspondence", _letters, _emptied("reader", "subject", "place", "bounce", path=GONE), "path"),
    _Kind("visitors", "prepaid", _visitors, _emptied(
        "name", "password", email=_NAMED, sealed=b"", has_second_factor=False, is_blocked=True,
    )),
)  # fmt: skip
