"""A carrier's collective payment is divided by its advice list: looked at first, then divided as a person says.

The list is kept as it came. What its lines mean is looked up anew each time it is shown, and once more when it is
applied: then everything is one transaction, and whatever has changed in between is refused.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from zahlmeister.formats.advice import Advice, AdviceRow, read_advice
from zahlmeister.history.record import Happened, record
from zahlmeister.matching.parcels import How, Meant, Parcel, WhyNot, meant, parcel_keys
from zahlmeister.merchants.cells import is_fenced
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider, Share, allocate, terms_of
from zahlmeister.receivables.candidates import DatabaseStore
from zahlmeister.receivables.kept import keep
from zahlmeister.receivables.models import AdviceList, Allocation, Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState
from zahlmeister.refusals import Refused, Unreadable

#: What a person may still divide.
DIVISIBLE = frozenset({*NEEDS_A_PERSON, PaymentState.NEW, PaymentState.EARLY})


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list: what it says, which item it means, how that was found, and why it is not assigned."""

    said: AdviceRow
    item_id: int | None
    how: How | None
    why_not: WhyNot | None

    @property
    def is_assignable(self) -> bool:
        return self.item_id is not None and self.why_not is None


@dataclass(frozen=True, slots=True)
class Division:
    """A payment beside its list."""

    payment: Payment
    advice: Advice
    rows: tuple[Row, ...]

    @property
    def kept(self) -> Amount:
        """What the carrier kept of this payment; nothing where the list tells fees that are charged apart."""
        made, left = self.advice.sum, Amount(self.payment.open_minor, self.payment.currency)
        return Amount.zero(made.currency) if made == left else self.advice.fees

    @property
    def difference(self) -> Amount:
        """What the payment has more than the list explains; below zero when it has less."""
        return Amount(self.payment.open_minor, self.payment.currency) - (self.advice.sum - self.kept)

    @property
    def is_whole(self) -> bool:
        """Whether the list explains the payment to the cent, and every line of it has found its order."""
        return not self.difference and bool(self.rows) and all(row.is_assignable for row in self.rows)


def hand_in_list(
    merchant: Merchant, payment_id: int, content: bytes, name: str, *, by: str, at: datetime
) -> AdviceList:
    """Keep a carrier's list with its payment. The same bytes again are the same list.

    Raises:
        Refused: no such payment, or nothing of it is left to divide.
        Unreadable: it is no list that we can read.
    """
    payment = _payment(merchant, payment_id)
    called = PurePath(name).name[:255] or "list"
    read_advice(content, name=called, currency=payment.currency)
    sha256 = hashlib.sha256(content).hexdigest()
    known = AdviceList.objects.filter(merchant=merchant, payment=payment, sha256=sha256).first()
    if known:
        return known
    suffix = PurePath(called).suffix[:8].lower()
    path = default_storage.save(f"lists/{merchant.pk}/{sha256}{suffix}", ContentFile(content))
    try:
        with transaction.atomic(durable=True):
            made = AdviceList.objects.create(
                merchant=merchant,
                payment=payment,
                name=called,
                sha256=sha256,
                path=path,
                handed_in_by=by,
                handed_in_at=at,
            )
            step = Happened("payment", payment.pk, "list_handed_in", by, facts={"name": called})
            record(merchant.pk, [step], at=at)
    except IntegrityError as trouble:  # somebody handed in the same bytes at the same moment
        default_storage.delete(path)
        if is_fenced(trouble):
            raise
        return AdviceList.objects.get(merchant=merchant, payment=payment, sha256=sha256)
    return made


def look_at(advice_list: AdviceList) -> Division:
    """The payment beside its list, as the orders stand now.

    Raises:
        Unreadable: the list is no longer in the file store.
    """
    payment = Payment.objects.select_related("transaction").get(pk=advice_list.payment_id)
    advice = read_advice(_content(advice_list), name=advice_list.name, currency=payment.currency)
    return Division(payment, advice, _rows(advice_list.merchant_id, advice))


def divide(
    advice_list: AdviceList,
    lines: Collection[int],
    *,
    by: str,
    at: datetime,
    source: str,
    keeps_rest: bool = False,
) -> None:
    """Assign the chosen lines of the list to their orders, and book what the carrier kept.

    Args:
        advice_list: of the payment that is divided.
        lines: the numbers of the lines that are to be assigned.
        by: the person's e-mail address.
        at: now.
        source: a key made for this decision; the same key again changes nothing.
        keeps_rest: whatever the lines make more than the payment has was kept by the carrier, though no list says so.

    Raises:
        Refused: nothing chosen, a line that cannot be assigned, more than there is, or somebody else was quicker.
        Unreadable: the list is no longer in the file store.
    """
    merchant, currency = advice_list.merchant, advice_list.payment.currency
    advice = read_advice(_content(advice_list), name=advice_list.name, currency=currency)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        if Allocation.objects.filter(merchant=merchant, source__startswith=f"list:{source}:").exists():
            return
        payment = _payment(merchant, advice_list.payment_id)
        division = Division(payment, advice, _rows(merchant.pk, advice))
        chosen = _chosen(division, lines)
        kept = _kept(division, chosen, keeps_rest=keeps_rest)
        if kept:
            keep(merchant.pk, payment, kept, source=source, at=at)
        facts = {"name": advice_list.name, "rows": len(chosen), "kept_minor": kept}
        record(merchant.pk, [Happened("payment", payment.pk, "divided_by_list", by, facts=facts)], at=at)
        allocate(
            merchant.pk,
            [_share(row, payment, source) for row in chosen],
            Decider(by, at, terms_of(merchant)),
        )


def _payment(merchant: Merchant, payment_id: int) -> Payment:
    payment = Payment.objects.filter(merchant=merchant, pk=payment_id).first()
    if payment is None:
        raise Refused("This payment does not exist.")
    if payment.state not in DIVISIBLE or not payment.open_minor:
        raise Refused("Nothing of this payment is left to divide.")
    return payment


def _content(advice_list: AdviceList) -> bytes:
    if not default_storage.exists(advice_list.path):
        raise Unreadable(f"“{advice_list.name}” is no longer in the file store; please hand it in again.")
    with default_storage.open(advice_list.path) as file:
        return bytes(file.read())


def _rows(merchant_id: int, advice: Advice) -> tuple[Row, ...]:
    """What each line means, looked up for all lines at once."""
    parcels = [_parcel(row) for row in advice.rows]
    keys = dict.fromkeys(key for parcel in parcels for key in parcel_keys(parcel))
    store = DatabaseStore(merchant_id)
    digest = store.digest
    digests = {key: digest(key) for key in keys}
    by_digest = store.look_up(list(dict.fromkeys(digests.values()))) if digests else {}
    found = {key: by_digest.get(number, ()) for key, number in digests.items()}
    items = store.items(sorted({number for ids in found.values() for number in ids}))
    return tuple(_row(said, answer) for said, answer in zip(advice.rows, meant(parcels, found, items), strict=True))


def _parcel(row: AdviceRow) -> Parcel:
    return Parcel(
        line=row.line,
        minor=row.amount.minor,
        currency=row.amount.currency,
        tracking_number=row.tracking_number,
        order_number=row.order_number,
        name=row.name,
    )


def _row(said: AdviceRow, answer: Meant) -> Row:
    return Row(said, answer.item.id if answer.item else None, answer.how, answer.why_not)


def _chosen(division: Division, lines: Collection[int]) -> list[Row]:
    chosen = [row for row in division.rows if row.said.line in lines]
    if not chosen:
        raise Refused("Choose at least one line of the list.")
    for row in chosen:
        if not row.is_assignable:
            raise Refused(f"Line {row.said.line} of the list cannot be assigned any more; look at it again.")
    return chosen


def _kept(division: Division, chosen: Sequence[Row], *, keeps_rest: bool) -> int:
    """What the carrier kept of the chosen lines: their own fees, else what it kept of the whole."""
    zero = Amount.zero(division.advice.currency)
    made = sum((row.said.amount for row in chosen), zero)
    left = Amount(division.payment.open_minor, division.payment.currency)
    own = sum((row.said.fee for row in chosen if row.said.fee), zero)
    kept = zero if not division.kept else own or division.kept
    if keeps_rest and made - kept > left:
        kept = made - left
    if made - kept > left:
        raise Refused(f"The chosen lines make {made - kept}, but only {left} of this payment are left.")
    return min(kept, made).minor


def _share(row: Row, payment: Payment, source: str) -> Share:
    if row.item_id is None:
        raise AssertionError("Only assignable lines are chosen.")
    clues = [{"kind": f"list_{row.how}", "facts": _facts(row), "weight": 0}]
    return Share(
        item_id=row.item_id,
        minor=row.said.amount.minor,
        source=f"list:{source}:{row.said.line}",
        payment_id=payment.pk,
        clues=clues,
    )


def _facts(row: Row) -> list[str]:
    """By what the line found its order, and where it stands in the list."""
    named = {How.TRACKING_NUMBER: row.said.tracking_number, How.ORDER_NUMBER: row.said.order_number}
    text = named.get(row.how) if row.how else None
    return [text or row.said.name or "", str(row.said.line)]
