"""A month is closed: nothing is booked into it any more, and nobody can change it without being found out.

What comes late is booked on the first open day and keeps the day on which it happened (`meant_for`). The closing is
a hash over everything that the month came to, chained to the closing before it, and signed.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from zahlmeister.accounting.models import Closing
from zahlmeister.flows.check_books import check_books
from zahlmeister.history.queries import sealed_hashes
from zahlmeister.history.record import Happened, record, seal_steps
from zahlmeister.ledger.as_of import balances_on, first_day, month_lines
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.seal import is_signature, signing_key
from zahlmeister.refusals import Refused

PURPOSE = "closing"
_WITHOUT_MEANT = 1  # the form of closings that did not hold the day a late posting was meant for


def close_month(merchant: Merchant, month: date, *, by: Person, at: datetime) -> Closing:
    """Close a month; the months before it must be closed. Closing it again gives the same closing.

    Args:
        merchant: whose.
        month: any day of it.
        by: an owner.
        at: now.

    Raises:
        Refused: this person is no owner, the month is not over, an earlier one is open, or the books do not add up.
    """
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner closes a month.")
    first, last = bounds(month)
    found = check_books(merchant)  # read before anybody has to wait
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        if known := Closing.objects.filter(merchant=merchant, month=first).first():
            return known
        before = Closing.objects.filter(merchant=merchant).order_by("-month").first()
        _check(merchant, first, last, before, at)
        if found:
            raise Refused(f"The books do not add up, so that the month stays open: {found[0]}")
        closing = _closing(merchant, first, before, by, at)
        closing.save(force_insert=True)
        Merchant.objects.filter(pk=merchant.pk).update(books_closed_until=last)
        facts = {"month": f"{first:%Y-%m}", "digest": closing.digest}
        record(merchant.pk, [Happened("merchant", merchant.pk, "month_closed", by.email, facts=facts)], at=at)
    return closing


def next_to_close(merchant: Merchant, today: date) -> date | None:
    """The first day of the oldest month that is over and open; None when there is none."""
    newest = Closing.objects.filter(merchant=merchant).order_by("-month").first()
    begins = newest.last + timedelta(days=1) if newest else first_day(merchant.pk)
    if begins is None or bounds(begins)[1] >= today:
        return None
    return begins.replace(day=1)


def broken_closings(merchant: Merchant) -> list[str]:
    """What was changed in closed months, each in a sentence; an empty list is the good answer."""
    found: list[str] = []
    before: Closing | None = None
    for closing in Closing.objects.filter(merchant=merchant).order_by("month"):
        if (closing.before or "") != (before.digest if before else ""):
            found.append(f"The closing of {closing} does not follow the one before it.")
        postings, steps, digest = _digest(closing)
        if (postings, steps, digest) != (closing.postings, closing.steps, closing.digest):
            found.append(
                f"What was closed as {closing} was changed: {closing.postings} postings and {closing.steps} steps "
                f"were closed, {postings} and {steps} are there."
            )
        if not _is_signed(closing):
            found.append(f"The signature of the closing of {closing} is not right.")
        before = closing
    return found


def bounds(month: date) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = month.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _check(merchant: Merchant, first: date, last: date, before: Closing | None, at: datetime) -> None:
    if last >= timezone.localdate(at):
        raise Refused(f"The month {first:%Y-%m} is not over yet.")
    begins = before.last + timedelta(days=1) if before else first_day(merchant.pk)
    if begins is not None and begins.replace(day=1) < first:
        raise Refused(f"The month {begins:%Y-%m} is still open; close it first.")
    if before is not None and first <= before.last:
        raise Refused(f"The month {first:%Y-%m} lies before one that is closed.")


def _closing(merchant: Merchant, first: date, before: Closing | None, by: Person, at: datetime) -> Closing:
    last = bounds(first)[1]
    balances = [
        [book.value, about, currency, minor]
        for (book, about, currency), minor in sorted(balances_on(merchant.pk, last).items())
    ]
    key = signing_key(PURPOSE)
    closing = Closing(
        merchant=merchant,
        month=first,
        last=last,
        balances=balances,
        before=before.digest if before else "",
        public_key=key.public_key().public_bytes_raw().hex(),
        closed_by=by.email,
        closed_at=at,
    )
    seal_steps(merchant.pk, closing.pk)
    closing.postings, closing.steps, closing.digest = _digest(closing)
    closing.signature = key.sign(bytes.fromhex(closing.digest)).hex()
    return closing


def _digest(closing: Closing) -> tuple[int, int, str]:
    """How many postings and steps there are, and the hash over all that the closing stands for.

    SHA-256 over JSON lists, a line each: month, merchant, balances and digest before; each posting; each step.
    """
    merchant_id = closing.merchant_id
    mark = hashlib.sha256()
    _add(mark, [[str(closing.month), merchant_id, closing.balances, closing.before]])
    lines = month_lines(merchant_id, closing.month, closing.last)
    postings = _add(mark, (line[:-1] for line in lines) if closing.form == _WITHOUT_MEANT else lines)
    steps = _add(mark, sealed_hashes(merchant_id, closing.pk))
    return postings, steps, mark.hexdigest()


def _add(mark: "hashlib._Hash", lines: Iterable[Sequence[object]]) -> int:
    count = 0
    for line in lines:
        mark.update(json.dumps(line, default=_told, separators=(",", ":")).encode() + b"\n")
        count += 1
    return count


def _told(fact: object) -> str:
    return fact.hex() if isinstance(fact, bytes) else str(fact)


def _is_signed(closing: Closing) -> bool:
    """Whether this installation has signed it: by its own key, whatever key the row names."""
    try:
        return is_signature(PURPOSE, bytes.fromhex(closing.signature), bytes.fromhex(closing.digest))
    except ValueError:  # no hexadecimal digits
        return False
