"""What a person sets about deciding: what buyers are told, the block list, and the bureaus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from zahlmeister.connectors.bureaus.contract import Enquiry, Interest
from zahlmeister.credit.keys import BLOCKABLE, Kind, blocked
from zahlmeister.credit.models import BlockedKey, BureauConnection, CreditSettings
from zahlmeister.credit.states import OnError
from zahlmeister.flows.purchase.ask_bureau import keep_secrets, secrets_of, spoken_to
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused, Unreachable

#: Data that are not kept long enough to answer a buyer who asks, or longer than anybody could want.
LEAST_DAYS, MOST_DAYS = 30, 1095


def save_settings(
    merchant: Merchant, *, told_since: date | None, told_by: str, keep_days: int, by: str, at: datetime
) -> CreditSettings:
    """Keep what the merchant says once.

    Raises:
        Refused: a day without its document, or data kept too short or too long.
    """
    if told_since is not None and not told_by.strip():
        raise Refused("Name the document that tells buyers of it: the law wants it documented.")
    if not LEAST_DAYS <= keep_days <= MOST_DAYS:
        raise Refused(f"Data are kept between {LEAST_DAYS} and {MOST_DAYS} days.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        told = {"told_since": told_since, "told_by": told_by.strip()[:200], "keep_days": keep_days}
        row, _ = CreditSettings.objects.update_or_create(merchant=merchant, defaults=told)
        facts = {"told_since": str(told_since or ""), "told_by": row.told_by, "keep_days": keep_days}
        record(merchant.pk, [Happened("credit_settings", row.pk, "changed", by, "", facts)], at=at)
    return row


@dataclass(frozen=True, slots=True)
class Block:
    """Whom a person wants on the block list, why, and until when."""

    kind: Kind
    typed: str
    why: str
    until: date | None = None


def block(merchant: Merchant, wanted: Block, *, by: str, at: datetime) -> BlockedKey:
    """Put a key on the block list; it is kept as a keyed hash, and what was typed is not kept.

    Raises:
        Refused: there is no reason, or it is on the list already.
        Unreadable: it is none of its kind.
    """
    if wanted.kind not in BLOCKABLE or not wanted.why.strip():
        raise Refused("Say why: whoever is on the block list may ask.")
    digest, hint = blocked(merchant.pk, wanted.kind, wanted.typed, merchant.country)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        told = {"hint": hint[:80], "why": wanted.why.strip()[:240], "until": wanted.until, "by": by, "at": at}
        row, is_new = BlockedKey.objects.get_or_create(
            merchant=merchant, kind=wanted.kind, digest=digest, defaults=told
        )
        if not is_new:
            raise Refused("It is on the block list already.")
        record(merchant.pk, [Happened("blocked", row.pk, "blocked", by, row.why, {"kind": str(wanted.kind)})], at=at)
    return row


def unblock(merchant: Merchant, blocked_id: int, *, by: str, at: datetime) -> None:
    """Take a key off the block list.

    Raises:
        Refused: it is not there.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        row = BlockedKey.objects.filter(merchant=merchant, pk=blocked_id).first()
        if row is None:
            raise Refused("It is not on the block list.")
        record(merchant.pk, [Happened("blocked", row.pk, "unblocked", by, row.why)], at=at)
        row.delete()


@dataclass(frozen=True, slots=True)
class BureauWanted:
    """A bureau as a person wants it; an empty key stays as it is."""

    name: str
    address: str
    key: str = ""
    on_error: OnError = OnError.STOP
    cache_days: int = 30
    more: Mapping[str, Any] = field(default_factory=dict)  # green_to, yellow_to, position, is_on


def save_bureau(
    merchant: Merchant, bureau_id: int | None, wanted: BureauWanted, *, by: str, at: datetime
) -> BureauConnection:
    """Keep a bureau, new or changed.

    Raises:
        Refused: the name is taken, a grade is none, or another merchant's bureau is meant.
    """
    green, yellow = (
        _grade(wanted.more.get(name, usual)) for name, usual in (("green_to", "2.5"), ("yellow_to", "3.5"))
    )
    if green > yellow:
        raise Refused("Green ends where yellow begins: its grade must be the smaller one.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rows = BureauConnection.objects.filter(merchant=merchant)
        row = rows.filter(pk=bureau_id).first() if bureau_id else BureauConnection(pk=new_id(), merchant=merchant)
        if row is None:
            raise Refused("This bureau does not exist.")
        if rows.filter(name=wanted.name).exclude(pk=row.pk).exists():
            raise Refused(f"There is a bureau “{wanted.name}” already; choose another name.")
        row.name, row.on_error, row.cache_days = wanted.name, wanted.on_error, wanted.cache_days
        row.position, row.is_on = int(wanted.more.get("position", 0)), bool(wanted.more.get("is_on", True))
        row.settings = {"address": wanted.address, "green_to": str(green), "yellow_to": str(yellow)}
        keep_secrets(row, secrets_of(row) | ({"key": wanted.key} if wanted.key else {}))
        row.save(force_insert=bureau_id is None)
        record(merchant.pk, [Happened("bureau", row.pk, "changed", by, row.name)], at=at)
    return row


def try_bureau(bureau: BureauConnection) -> str:
    """Ask about nobody at all; a sentence of what is wrong, or nothing."""
    nobody = Enquiry(
        "try",
        Interest.CREDIT,
        "Erika",
        "Mustermann",
        "",
        "",
        date(1964, 8, 12),
        "Heidestraße",
        "17",
        "51147",
        "Köln",
        "DE",
    )
    try:
        with spoken_to(bureau) as there:
            there.ask(nobody)
    except (Unreachable, Refused) as stop:
        return str(stop)
    return ""


def _grade(typed: object) -> Decimal:
    try:
        grade = Decimal(str(typed).replace(",", "."))
    except InvalidOperation:
        grade = Decimal(0)
    if not 1 <= grade <= 6:
        raise Refused(f"“{str(typed)[:20]}” is no grade; write one from 1 to 6, such as 2.5.")
    return grade
