"""The bookkeeper gets his files by themselves: laid into a folder or onto a server, by mail, or pulled with a key.

A batch is kept and never changes, so that laying it down again is the same file; a mail has a key and goes once. What
could not be delivered is tried again, later each time, and says why on the page *Bookkeeper*.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from zahlmeister.accounting.models import Batch, BookDelivery, BookKey, DeliveryWay
from zahlmeister.connectors.banks.sftp import Access, connected
from zahlmeister.flows.export_books import batch_file, export_books
from zahlmeister.flows.tell_people import Value, said
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.outbox.write import tell
from zahlmeister.refusals import Refusal, Refused

Clock = Callable[[], datetime]
BY = "house"
_REST = timedelta(hours=1)
_LONGEST = timedelta(days=1)
_BEGINNING = "zb_"


def deliver_books_next(*, clock: Clock) -> BookDelivery | None:
    """A worker's turn: deliver what one merchant's bookkeeper has not got yet."""
    now = clock()
    row = BookDelivery.objects.filter(look_at__lte=now).select_related("merchant").order_by("look_at", "pk").first()
    if row is None:
        return None
    mine = BookDelivery.objects.filter(pk=row.pk, look_at=row.look_at)
    if mine.update(look_at=now + _REST) != 1:
        return row  # another worker has it
    try:
        deliver(row, at=now)
    except Refusal as refusal:
        wait = min(_REST * 2**row.failures, _LONGEST)
        BookDelivery.objects.filter(pk=row.pk).update(failures=row.failures + 1, error=str(refusal), look_at=now + wait)
    else:
        BookDelivery.objects.filter(pk=row.pk).update(failures=0, error="")
    return row


def deliver(row: BookDelivery, *, at: datetime) -> list[Batch]:
    """Export last month when its day has come, and deliver every batch that was not delivered yet.

    Raises:
        Refused: nothing can be exported, or the folder does not take the files.
        Unreachable: the server does not.
    """
    today = timezone.localdate(at)
    if today.day >= row.day:
        export_books(row.merchant, today.replace(day=1) - timedelta(days=1), by=BY, at=at)
    row.refresh_from_db()
    waiting = list(Batch.objects.filter(merchant=row.merchant, number__gt=row.through).order_by("number"))
    for batch in waiting:
        _WAYS[DeliveryWay(row.way)](row, batch, at)
        _note(row, batch, at)
    return waiting


def set_delivery(
    merchant: Merchant, way: str, told: Mapping[str, str | int], *, day: int, by: str, at: datetime
) -> BookDelivery:
    """Say where new batches go from now on; those that there are have gone another way.

    Args:
        merchant: whose.
        way: one of `DeliveryWay`.
        told: a folder's `path`; a server's `Access`; a mail's `address`. Password and key are sealed.
        day: of the month, 1 to 28, on which the month before is exported.
        by: who says so.
        at: now.

    Raises:
        Refused: the day is none, or the folder is not there.
    """
    if not 1 <= day <= 28:
        raise Refused("The day of a month is between 1 and 28.")
    if way == DeliveryWay.FOLDER and not Path(str(told["path"])).is_dir():
        raise Refused(f"“{told['path']}” is no folder that this program can see.")
    secrets = {name: str(told[name]) for name in ("password", "key") if told.get(name)}
    newest = Batch.objects.filter(merchant=merchant).aggregate(Max("number"))["number__max"] or 0
    with transaction.atomic():
        row, _new = BookDelivery.objects.update_or_create(
            merchant=merchant,
            defaults={
                "way": way, "settings": {name: fact for name, fact in told.items() if name not in secrets},
                "sealed": seal(secrets, f"books:{merchant.pk}") if secrets else b"", "day": day, "through": newest,
                "look_at": at, "failures": 0, "error": "", "created_by": by,
            },
        )  # fmt: skip
        facts = {"way": way, "day": day}
        record(merchant.pk, [Happened("merchant", merchant.pk, "delivery_changed", by, facts=facts)], at=at)
    return row


def make_book_key(merchant: Merchant, *, by: str, at: datetime) -> str:
    """A new key that opens the merchant's batches and nothing else. Only here it can be read; older ones end."""
    key = _BEGINNING + token_urlsafe(32)
    with transaction.atomic():
        BookKey.objects.filter(merchant=merchant, revoked_at=None).update(revoked_at=at)
        BookKey.objects.create(merchant=merchant, hashed=_hashed(key), ending=key[-4:], created_by=by, created_at=at)
        record(merchant.pk, [Happened("merchant", merchant.pk, "book_key_made", by)], at=at)
    return key


def merchant_of_key(key: str, *, at: datetime) -> Merchant | None:
    """Whose batches a key opens; None when it opens nothing."""
    found = BookKey.objects.filter(hashed=_hashed(key), revoked_at=None).select_related("merchant").first()
    if found is None:
        return None
    BookKey.objects.filter(pk=found.pk).exclude(used_on=at.date()).update(used_on=at.date())
    return found.merchant


def _note(row: BookDelivery, batch: Batch, at: datetime) -> None:
    with transaction.atomic(durable=True):
        if BookDelivery.objects.filter(pk=row.pk, through=batch.number - 1).update(through=batch.number) != 1:
            return  # another worker has laid the same file down
        row.through = batch.number
        facts = {"batch": batch.number, "way": row.way}
        record(row.merchant_id, [Happened("merchant", row.merchant_id, "books_delivered", BY, facts=facts)], at=at)


def _into_folder(row: BookDelivery, batch: Batch, at: datetime) -> None:
    del at
    target = Path(row.settings["path"]) / batch.name
    unread = target.with_name(f".{batch.name}.part")
    try:
        unread.write_bytes(batch_file(batch))
        unread.replace(target)
    except OSError as error:
        raise Refused(f"“{target.parent}” takes no file ({error.strerror}).") from error


def _onto_server(row: BookDelivery, batch: Batch, at: datetime) -> None:
    del at
    access = Access(**{**row.settings, **opened(bytes(row.sealed), f"books:{row.merchant_id}")})
    with connected(access) as server:
        if batch.name not in server.lying():
            server.put(batch.name, batch_file(batch))
            server.release(batch.name)


def _by_mail(row: BookDelivery, batch: Batch, at: datetime) -> None:
    values: dict[str, Value] = {
        "merchant": row.merchant.name,
        "file": batch.name,
        "count": str(batch.rows),
        "first": batch.first,
        "last": batch.last,
    }
    letter = said(HouseKind.BOOKS_DELIVERED, f"batch:{batch.pk}", row.settings["address"], values, batch=batch.pk)
    tell(row.merchant_id, [letter], at=at)


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()


_WAYS: dict[DeliveryWay, Callable[[BookDelivery, Batch, datetime], None]] = {
    DeliveryWay.FOLDER: _into_folder,
    DeliveryWay.SFTP: _onto_server,
    DeliveryWay.MAIL: _by_mail,
}
