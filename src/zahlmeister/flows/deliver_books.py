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
from zahlmeister.history.queries import steps_of
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.cells import unless_fenced
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.seal import is_same_place, opened, seal, still_good
from zahlmeister.merchants.trouble import take_first
from zahlmeister.outbox.write import tell
from zahlmeister.refusals import Refusal, Refused

Clock = Callable[[], datetime]
BY = "house"
_REST = timedelta(hours=1)
_LONGEST = timedelta(days=1)
_BETWEEN_TRIALS = timedelta(minutes=1)
_BEGINNING = "zb_"
_SECRETS = ("password", "key")
_TRIAL = "zahlmeister-trial.txt"


def deliver_books_next(*, clock: Clock) -> BookDelivery | None:
    """A worker's turn: deliver what one merchant's bookkeeper has not got yet."""
    now = clock()
    waiting = BookDelivery.objects.filter(look_at__lte=now).select_related("merchant").order_by("look_at", "pk")
    return take_first("deliver_books", waiting, lambda row: _deliver_or_say_why(row, now), at=now)


def _deliver_or_say_why(row: BookDelivery, now: datetime) -> None:
    mine = BookDelivery.objects.filter(pk=row.pk, look_at=row.look_at)
    if mine.update(look_at=now + _REST) != 1:
        return  # another worker has it
    try:
        deliver(row, at=now)
    except Refusal as refusal:
        wait = min(_REST * 2**row.failures, _LONGEST)
        BookDelivery.objects.filter(pk=row.pk).update(failures=row.failures + 1, error=str(refusal), look_at=now + wait)
    else:
        BookDelivery.objects.filter(pk=row.pk).update(failures=0, error="")


def deliver(row: BookDelivery, *, at: datetime) -> list[Batch]:
    """Deliver every batch that was not delivered yet, and last month's when its day has come.

    Raises:
        Refused: nothing can be exported, or the folder does not take the files.
        Unreachable: the server does not.
    """
    delivered = _deliver_waiting(row, at)  # what is there goes out, also when nothing new can be exported
    today = timezone.localdate(at)
    if today.day >= row.day:
        export_books(row.merchant, today.replace(day=1) - timedelta(days=1), by=BY, at=at)
        delivered += _deliver_waiting(row, at)
    return delivered


def _deliver_waiting(row: BookDelivery, at: datetime) -> list[Batch]:
    row.refresh_from_db()
    waiting = list(Batch.objects.filter(merchant=row.merchant, number__gt=row.through).order_by("number"))
    for batch in waiting:
        _WAYS[DeliveryWay(row.way)](row, batch, at)
        _note(row, batch, at)
    return waiting


def set_delivery(
    merchant: Merchant, way: str, told: Mapping[str, str | int], *, day: int, by: str, at: datetime
) -> BookDelivery:
    """Say where batches go from now on: new ones, and with another way in use before, those that it has not delivered.

    Args:
        merchant: whose.
        way: one of `DeliveryWay`.
        told: a folder's `path`; a server's `Access`; a mail's `address`. Password and key are sealed; where neither is
            told, those of the same server stay.
        day: of the month, 1 to 28, on which the month before is exported.
        by: who says so.
        at: now.

    Raises:
        Refused: the day is none, the folder is not there, or the password that is kept is for another server.
    """
    if not 1 <= day <= 28:
        raise Refused("The day of a month is between 1 and 28.")
    if way == DeliveryWay.FOLDER and not Path(str(told["path"])).is_dir():
        raise Refused(f"“{told['path']}” is no folder that this program can see.")
    secrets = {name: str(told[name]) for name in _SECRETS if told.get(name)}
    newest = Batch.objects.filter(merchant=merchant).aggregate(Max("number"))["number__max"] or 0
    with transaction.atomic():
        before = BookDelivery.objects.filter(merchant=merchant).first()
        wanted = {name: fact for name, fact in told.items() if name not in _SECRETS}
        kept = _kept_secret(before, wanted) if way == DeliveryWay.SFTP and not secrets else {}
        sealed = seal(secrets or kept, f"books:{merchant.pk}") if secrets or kept else b""
        row, _new = BookDelivery.objects.update_or_create(
            merchant=merchant,
            defaults={
                "way": way, "settings": wanted, "sealed": sealed, "day": day,
                "through": before.through if before else newest,
                "look_at": at, "failures": 0, "error": "", "created_by": by,
            },
        )  # fmt: skip
        facts = {"way": way, "day": day}
        record(merchant.pk, [Happened("merchant", merchant.pk, "delivery_changed", by, facts=facts)], at=at)
    return row


def _kept_secret(before: BookDelivery | None, wanted: Mapping[str, str | int]) -> dict[str, str]:
    """What is kept of the server that is wanted; nothing of what is kept goes to another one."""
    if before is None:
        return {}
    known = opened(bytes(before.sealed), f"books:{before.merchant_id}")
    return still_good(known, {}, is_same=_is_same_server(before, wanted))


def stop_delivery(merchant: Merchant, *, by: str, at: datetime) -> None:
    """Nothing goes out by itself any more; what was not delivered stays on the page. Again it changes nothing."""
    with transaction.atomic():
        gone, _of = BookDelivery.objects.filter(merchant=merchant).delete()
        if gone:
            record(merchant.pk, [Happened("merchant", merchant.pk, "delivery_stopped", by)], at=at)


def try_delivery(merchant: Merchant, *, by: str, at: datetime) -> DeliveryWay:
    """Lay a file down where batches go, and take it away; or send a mail that says what will come.

    Returns:
        The way that was tried.

    Raises:
        Refused: nothing goes out by itself, it was tried less than a minute ago, or the folder takes no file.
        Unreachable: the server does not let us in, or takes none.
    """
    row = BookDelivery.objects.filter(merchant=merchant).select_related("merchant").first()
    if row is None:
        raise Refused("Nobody has said yet how the files go out.")
    way = DeliveryWay(row.way)
    with transaction.atomic():  # noted before, so that what fails counts, too
        lock(merchant.pk)
        steps = steps_of(merchant.pk, "merchant", merchant.pk)
        if steps.filter(verb="delivery_tried", at__gt=at - _BETWEEN_TRIALS).exists():
            raise Refused("This was tried less than a minute ago; wait a moment.")
        record(merchant.pk, [Happened("merchant", merchant.pk, "delivery_tried", by, facts={"way": way.value})], at=at)
    _TRIALS[way](row, at)
    return way


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
    with unless_fenced():
        BookKey.objects.filter(pk=found.pk).exclude(used_on=at.date()).update(used_on=at.date())
    return found.merchant


def opens_books(key: str) -> bool:
    """Whether a key opens somebody's batches; nothing is kept of the question."""
    return BookKey.objects.filter(hashed=_hashed(key), revoked_at=None).exists()


def _note(row: BookDelivery, batch: Batch, at: datetime) -> None:
    with transaction.atomic(durable=True):
        if BookDelivery.objects.filter(pk=row.pk, through=batch.number - 1).update(through=batch.number) != 1:
            return  # another worker has laid the same file down
        row.through = batch.number
        facts = {"batch": batch.number, "way": row.way}
        record(row.merchant_id, [Happened("merchant", row.merchant_id, "books_delivered", BY, facts=facts)], at=at)


def _is_same_server(row: BookDelivery, wanted: Mapping[str, str | int]) -> bool:
    return row.way == DeliveryWay.SFTP and is_same_place(row.settings, wanted)


def _try_folder(row: BookDelivery, at: datetime) -> None:
    del at
    trial = Path(row.settings["path"]) / f".{_TRIAL}.part"
    try:
        trial.write_bytes(_TRIAL.encode())
        trial.unlink()
    except OSError as error:
        raise Refused(f"“{trial.parent}” takes no file ({error.strerror}).") from error


def _try_server(row: BookDelivery, at: datetime) -> None:
    del at
    with connected(_access(row)) as server:
        server.put(_TRIAL, _TRIAL.encode())
        server.take_away(_TRIAL)


def _try_mail(row: BookDelivery, at: datetime) -> None:
    reader, key = row.settings["address"], f"books_trial:{at.isoformat()}"
    letter = said(HouseKind.BOOKS_TRIAL, key, reader, {"merchant": row.merchant.name, "day": str(row.day)})
    with transaction.atomic():
        tell(row.merchant_id, [letter], at=at)


def _access(row: BookDelivery) -> Access:
    secrets = opened(bytes(row.sealed), f"books:{row.merchant_id}") if row.sealed else {}
    return Access(**{**row.settings, **secrets})


def _into_folder(row: BookDelivery, batch: Batch, at: datetime) -> None:
    del at
    target = Path(row.settings["path"]) / batch.name
    unread = target.with_name(f".{batch.name}.part")
    content = batch_file(batch)
    try:
        if _lies_there(batch, content, target.read_bytes() if target.exists() else None):
            return
        unread.write_bytes(content)
        unread.replace(target)
    except OSError as error:
        raise Refused(f"“{target.parent}” takes no file ({error.strerror}).") from error


def _onto_server(row: BookDelivery, batch: Batch, at: datetime) -> None:
    del at
    content = batch_file(batch)
    with connected(_access(row)) as server:
        if not _lies_there(batch, content, server.content_of(batch.name)):
            server.put(batch.name, content)
            server.release(batch.name)


def _lies_there(batch: Batch, content: bytes, found: bytes | None) -> bool:
    """Whether what lies under the name of a batch is that batch, laid down before somebody could note it.

    Raises:
        Refused: it is another file, which nobody may lose.
    """
    if found is not None and found != content:
        raise Refused(f"Another file lies under the name “{batch.name}”; move it away.")
    return found is not None


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
_TRIALS: dict[DeliveryWay, Callable[[BookDelivery, datetime], None]] = {
    DeliveryWay.FOLDER: _try_folder,
    DeliveryWay.SFTP: _try_server,
    DeliveryWay.MAIL: _try_mail,
}
