"""Approved transfers become a file for the bank, and somebody fetches it.

The bytes are in the file storage before the books know of the file: whoever dies in between leaves bytes that no row
names and nobody can fetch. One transaction makes the row, puts each order into it by compare-and-swap and posts; an
order can be in one file only. Only a file that has a row is handed out, so that the bank never has an order that we
believe to be waiting.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.bank_file import BankFile
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing import OrderChanged, as_written, look_at, move, move_file, note_doubt
from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_queries import ready_orders, takes_one_group
from zahlmeister.banking.outgoing_states import FileState, OrderState
from zahlmeister.banking.velocity import Caps, within
from zahlmeister.flows.screen_payment import SANCTIONED, doubt_about, require_proof, was_looked_at
from zahlmeister.formats.payments.messages import Written
from zahlmeister.formats.payments.parties import OwnAccount, Party
from zahlmeister.formats.payments.transfers import Market, Speed, TransferFile, TransferGroup, kind_of
from zahlmeister.formats.payments.write_transfers import write_transfers
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import PAYMENT_NOT_MADE, PAYMENT_ORDERED
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.money.banking_days import Calendar, banking_day, next_banking_day
from zahlmeister.refusals import Refused

#: Orders of one day and one speed.
Days = Mapping[tuple[date, bool], Sequence[PaymentOrder]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file made now would hold, and which approved orders it would leave out.

    `stopped` are those whose payee's name stands in the way, `capped` those beyond what may leave on a day.
    """

    days: Days
    stopped: Sequence[PaymentOrder]
    capped: Sequence[PaymentOrder] = ()

    @property
    def orders(self) -> list[PaymentOrder]:
        return [order for orders in self.days.values() for order in orders]

    @property
    def total_minor(self) -> int:
        return sum(order.amount_minor for order in self.orders)


def preview(account: BankAccount, *, at: datetime) -> Preview:
    """The approved orders of an account that are due by its next banking day, by the day they would be executed."""
    today = timezone.localdate(at)
    days: dict[tuple[date, bool], list[PaymentOrder]] = defaultdict(list)
    ready = ready_orders(account, next_banking_day(today, _calendar(account.currency)))
    stopped = [order for order in ready if look_at(order).stopped_by]
    wanted = [order for order in ready if order not in stopped]
    capped = []
    for order, fits in zip(wanted, _fits(account, wanted, today), strict=True):
        if fits:
            days[day_of_execution(order, today), order.is_instant].append(order)
        else:
            capped.append(order)
    return Preview(days, stopped, capped)


def _fits(account: BankAccount, wanted: Sequence[PaymentOrder], today: date) -> list[bool]:
    """Which orders fit under the merchant's caps of a day, with what was put into files today."""
    caps = Caps(account.merchant.day_cap_minor, account.merchant.recipient_cap_minor)
    if caps == Caps():
        return [True] * len(wanted)
    gone = PaymentOrder.objects.filter(
        merchant_id=account.merchant_id, currency=account.currency, file__created_at__date=today
    ).exclude(state=OrderState.REJECTED)
    left = list(gone.values_list("creditor_number", "amount_minor"))
    return within([(order.creditor_number, order.amount_minor) for order in wanted], left, caps)


def _screen(account: BankAccount, at: datetime) -> None:
    """Lists change from day to day: whoever is on one by now is looked at again."""
    until = next_banking_day(timezone.localdate(at), _calendar(account.currency))
    for order in ready_orders(account, until):
        doubt, why = doubt_about(order, at=at)
        if doubt == SANCTIONED and not was_looked_at(order, doubt):
            with transaction.atomic(durable=True):
                lock(account.merchant_id)
                note_doubt(order, doubt)
                record(account.merchant_id, [Happened("transfer", order.pk, doubt, "house", why)], at=at)


def day_of_execution(order: PaymentOrder, today: date) -> date:
    """The day we ask the bank for: as wanted, but not in the past and, unless instant, not when banks are closed."""
    day = max(order.execute_on, today)
    return day if order.is_instant else banking_day(day, calendar=_calendar(order.currency))


def make_payment_files(account: BankAccount, *, by: str, at: datetime) -> list[PaymentFile]:
    """Put all approved orders of an account that are due into files for its bank: into one, if the bank takes that.

    Raises:
        Refused: there is none, or somebody else has just changed one of them.
    """
    if not takes_one_group(account):
        return [make_payment_file(account, by=by, at=at)]
    _screen(account, at)
    days = preview(account, at=at).days
    parts: list[Days | None] = [{key: part} for key, orders in days.items() for part in _by_fints(key, orders)]
    return [make_payment_file(account, by=by, at=at, only=part) for part in parts or [None]]


def _by_fints(key: tuple[date, bool], orders: Sequence[PaymentOrder]) -> list[Sequence[PaymentOrder]]:
    """Ordinary transfers of a day go together, instant ones one by one."""
    _, is_instant = key
    return [[order] for order in orders] if is_instant else [orders]


def make_payment_file(account: BankAccount, *, by: str, at: datetime, only: Days | None = None) -> PaymentFile:
    """Put all approved orders of an account that are due, or only these, into one file for its bank.

    Raises:
        Refused: there is none, or somebody else has just changed one of them.
    """
    if only is None:
        _screen(account, at)
    found = preview(account, at=at) if only is None else Preview(only, ())
    if found.capped and not found.orders:
        raise Refused(
            "What may leave on one day has left already; the rest can go tomorrow, or an owner lifts the cap."
        )
    if not found.orders:
        raise Refused("No approved transfer of this account is due.")
    message_id = f"ZM-{new_id()}"
    plan = file_of(account, found.days, message_id, timezone.localtime(at))
    written = write_transfers(plan)
    path = default_storage.save(f"payment-files/{account.merchant_id}/{message_id}.xml", ContentFile(written.data))
    file = _file(account, found, written, message_id, path)
    file.created_at, file.created_by = at, by
    try:
        with transaction.atomic(durable=True):
            lock(account.merchant_id)
            file.save(force_insert=True)
            _hand_over(file, plan, found.orders)
    except OrderChanged:
        default_storage.delete(path)
        raise
    return file


def file_of(account: BankAccount, days: Days, message_id: str, now: datetime) -> TransferFile:
    """The file that these orders make: a group per day, speed and sort of payment.

    Each order is booked by itself: a statement in MT940 tells of a sum only the sum, and nobody could follow the order.

    Raises:
        Refused: a bank would reject it; the sentence says why.
    """
    market = Market.of(account.number)
    own = OwnAccount(account.number, account.bic or None)
    debtor = Party(account.holder or account.merchant.name)
    groups: list[TransferGroup] = []
    for (day, is_instant), orders in sorted(days.items()):
        sorts = defaultdict(list)
        for order in map(as_written, orders):
            sorts[kind_of(order, market)].append(order)
        groups += [
            TransferGroup(
                f"{message_id}-{len(groups) + number}",
                debtor,
                own,
                day,
                tuple(alike),
                speed=Speed.INSTANT if is_instant else Speed.ORDINARY,
                is_batch=False,
            )
            for number, alike in enumerate(sorts.values(), start=1)
        ]
    return TransferFile(message_id, now, account.holder or account.merchant.name, tuple(groups))


def export_file(file: PaymentFile, *, by: str, at: datetime) -> bytes:
    """The bytes for the bank. They are always the same, so that a bank refuses the second as known.

    Raises:
        Refused: it was withdrawn, a payee was found to be wrong before anybody had it, or the storage lost it.
    """
    data = stored(file)
    with transaction.atomic(durable=True):
        lock(file.merchant_id)
        file.refresh_from_db()
        require_proof(file)
        if file.state != FileState.EXPORTED:
            check_payees(file)
            move_file(file, FileState.EXPORTED, exported_at=at, exported_by=by)
        elif file.fell_back.exists():
            raise Refused(f"The bank has answered {file.message_id}, and a transfer of it goes in another file.")
        record(file.merchant_id, [Happened("payment_file", file.pk, "exported", by)], at=at)
    return data


def withdraw_file(file: PaymentFile, *, by: str, at: datetime) -> None:
    """Take back a file that nobody has fetched; its orders are approved again and wait for the next one.

    Raises:
        Refused: somebody has fetched it and may hand it in at any time.
    """
    with transaction.atomic(durable=True):
        lock(file.merchant_id)
        file.refresh_from_db()
        withdraw(file, by=by, at=at)


def withdraw(file: PaymentFile, *, by: str, at: datetime) -> None:
    """The same inside the caller's transaction and turn."""
    move_file(file, FileState.WITHDRAWN)
    orders = list(file.orders.order_by("pk"))
    for order in orders:
        move(order, OrderState.APPROVED, file=None, group_id="")
    day = timezone.localdate(at)
    sources = [f"transfer:{order.pk}:withdrawn:{file.pk}" for order in orders]
    bookings = [Booking(PAYMENT_NOT_MADE, o.amount, source, day) for o, source in zip(orders, sources, strict=True)]
    post(file.merchant_id, bookings, at=at)
    steps = [Happened("transfer", order.pk, "withdrawn", by, file.message_id) for order in orders]
    record(file.merchant_id, [Happened("payment_file", file.pk, "withdrawn", by), *steps], at=at)


def _file(account: BankAccount, found: Preview, written: Written, message_id: str, path: str) -> PaymentFile:
    return PaymentFile(
        merchant_id=account.merchant_id,
        account=account,
        message_id=message_id,
        path=path,
        sha256=hashlib.sha256(written.data).hexdigest(),
        count=len(found.orders),
        total_minor=found.total_minor,
        currency=account.currency,
        changes=[[change.field, change.before, change.after] for change in written.changes],
    )


def _hand_over(file: PaymentFile, plan: TransferFile, orders: Sequence[PaymentOrder]) -> None:
    """Put the orders into the file and post that they are on their way; none may have changed since it was written."""
    group_of = {each: group.group_id for group in plan.groups for each in group.end_to_end_ids}
    for order in orders:
        move(order, OrderState.IN_FILE, file=file, group_id=group_of[order.end_to_end_id])
    day = timezone.localdate(file.created_at)
    bookings = [Booking(PAYMENT_ORDERED, o.amount, f"transfer:{o.pk}:ordered:{file.pk}", day) for o in orders]
    post(file.merchant_id, bookings, at=file.created_at)
    steps = [Happened("transfer", order.pk, "in_file", file.created_by, file.message_id) for order in orders]
    record(file.merchant_id, [Happened("payment_file", file.pk, "made", file.created_by), *steps], at=file.created_at)


def check_payees(file: PaymentFile) -> None:
    """Refuse when the bank has found a payee of the file to be somebody else, or a transfer is in doubt.

    Raises:
        Refused: with the transfer that must be looked at.
    """
    for order in file.orders.select_related("merchant").prefetch_related("approvals"):
        if order.doubt:
            raise Refused(f"There is a doubt about {order.end_to_end_id}; look at it first, or withdraw the file.")
        if look_at(order).stopped_by:
            raise Refused(
                f"The payee of {order.end_to_end_id} must be looked at first; withdraw the file or confirm the name."
            )


def stored(file: BankFile) -> bytes:
    """The bytes for the bank, as they were made.

    Raises:
        Refused: the storage has lost or changed them.
    """
    if not default_storage.exists(file.path):
        raise Refused(f"The file {file.message_id} is no longer in the file store; restore it from the backup.")
    with default_storage.open(file.path) as kept:
        data = bytes(kept.read())
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise Refused(f"The file {file.message_id} was changed in the file store; it is not handed out.")
    return data


def _calendar(currency: str) -> Calendar:
    return Calendar.SWISS if currency == "CHF" else Calendar.TARGET
