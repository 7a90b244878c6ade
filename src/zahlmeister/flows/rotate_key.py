"""Another secret for the installation: everything that an older one has sealed is sealed with the newest, row by row.

Nothing has to stand still, and whoever dies in the middle goes on by doing it again: what is sealed with the newest
secret is left alone. The old secret leaves the key file when nothing is sealed with it any more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction

from zahlmeister.accounting.models import BookDelivery
from zahlmeister.banking.models import Connection
from zahlmeister.collection.models import Agency
from zahlmeister.correspondence import pages, stops
from zahlmeister.correspondence.models import MailAccount, MailReturns, PrintAccount
from zahlmeister.credit.keys import PURPOSE as CREDIT
from zahlmeister.credit.models import BureauConnection
from zahlmeister.erps.models import ErpConnection
from zahlmeister.flows import close_month
from zahlmeister.flows.rotate_numbers import numbers_anew
from zahlmeister.flows.seal_files import files_anew
from zahlmeister.intents.models import ProviderConnection
from zahlmeister.merchants.cells import cell_names, in_cell, one_move
from zahlmeister.merchants.key_file import Keys, keys, new_secret, write
from zahlmeister.merchants.lasting import lasting_key
from zahlmeister.merchants.marks import mark_key
from zahlmeister.merchants.models import Cell, LastingKey, Merchant, ProofDocument
from zahlmeister.merchants.seal import Unopened, public_key, sealed_anew
from zahlmeister.orders.models import ShopConnection
from zahlmeister.prepaid.models import Customer
from zahlmeister.programs.models import Callback, Write
from zahlmeister.refusals import Refused

#: So many rows are sealed anew in one transaction.
BATCH = 200
#: Whoever read the key file before it changed has written by then.
REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Store:
    """A column that holds sealed values; `purpose` is what they are sealed for, filled in with the row."""

    rows: models.Manager[Any]
    column: str
    purpose: str


#: Every column whose values are sealed. A test compares it with the models.
STORES = (
    Store(BookDelivery.objects, "sealed", "books:{0.merchant_id}"),
    Store(Connection.objects, "sealed", "connection:{0.pk}"),
    Store(Connection.objects, "conversation", "conversation:{0.pk}"),
    Store(Agency.objects, "sealed", "agency:{0.pk}"),
    Store(MailAccount.objects, "sealed", "mail:{0.merchant_id}"),
    Store(MailReturns.objects, "sealed", "mail-returns:{0.merchant_id}"),
    Store(PrintAccount.objects, "sealed", "print:{0.merchant_id}"),
    Store(BureauConnection.objects, "sealed", "bureau:{0.pk}"),
    Store(ErpConnection.objects, "sealed", "erp:{0.pk}"),
    Store(ErpConnection.objects, "signing", "erp-signing:{0.pk}"),
    Store(ProviderConnection.objects, "sealed", "provider:{0.pk}"),
    Store(LastingKey.objects, "sealed", "lasting:{0.merchant_id}:{0.purpose}"),
    Store(Cell.objects, "sealed", "cell:{0.name}"),
    Store(ShopConnection.objects, "sealed", "shop:{0.pk}"),
    Store(Customer.objects, "sealed", "centre:{0.pk}"),
    Store(Callback.objects, "sealed", "callback:{0.pk}"),
    Store(Write.objects, "sealed", "write:{0.pk}"),
    Store(Session.objects, "session_data", "session"),
)
#: What second factors are sealed for (see `office.adapters`).
FACTOR = "second-factor"
#: Links that are printed on paper and have no end; what verifies them outlives the secret.
LASTING_MARKS = (pages.PURPOSE, stops.PURPOSE)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found: values sealed with an older secret, those that no secret opens, and files that are not there."""

    older: int = 0
    lost: int = 0
    gone: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.older + other.older, self.lost + other.lost, self.gone + other.gone)


def prepare(path: Path) -> None:
    """Add a secret that opens and is believed, and makes nothing yet: for several hosts, each with the file.

    Raises:
        Refused: one waits already, or an older one is still there.
    """
    known = keys(path)
    if known.coming or len(known.used) > 1:
        raise Refused("A change of the secret is under way; `zahlmeister rotate-key` goes on with it.")
    write(path, replace(known, coming=new_secret()))


def begin(path: Path) -> bool:
    """Let a new secret, or the one that was prepared, seal and sign from now on.

    Returns:
        Whether one was changed; when an older one is still there, the change is under way and goes on.
    """
    known = keys(path)
    if len(known.used) > 1:
        return False
    for cell in cell_names(fresh=True):
        with in_cell(cell):
            for merchant_id in Merchant.objects.values_list("pk", flat=True):
                lasting_key(merchant_id, CREDIT)  # of the secret that made them, before another one is the first
    write(path, replace(known, used=(known.coming or new_secret(), *known.used), coming=""))
    return True


def seal_anew(told: Callable[[str, Tally], None] | None = None, *, is_tried: bool = False) -> Tally:
    """Seal with the newest secret whatever an older one has sealed, in every cell, and every file.

    Args:
        told: is told after each column what was found in it.
        is_tried: only look.
    """
    total = Tally()
    for cell in cell_names(fresh=True):
        with in_cell(cell):
            for name, found in chain(_columns(is_tried=is_tried), _others(is_tried=is_tried)):
                if told is not None:
                    told(name, found)
                total += found
    files = files_anew(is_tried=is_tried)
    found = Tally(older=files.older if is_tried else files.sealed, lost=len(files.lost))
    if told is not None:
        told("files", found)
    return total + found


def finish(path: Path, *, at: datetime, ends_links: bool = False) -> Keys:
    """Take the older secrets out of the key file.

    Args:
        path: the key file.
        at: now.
        ends_links: let links that they made end, too, because somebody else has seen them.

    Raises:
        Refused: something is still sealed with one, the file was changed a moment ago, or a merchant is moving.
    """
    known = keys(path)
    if len(known.used) == 1:
        raise Refused("There is no older secret; `zahlmeister rotate-key` makes a new one.")
    if at.timestamp() - path.stat().st_mtime < REST.total_seconds():
        minutes = int(REST.total_seconds()) // 60
        raise Refused(f"The secret changed less than {minutes} minutes ago; whoever began before may still be writing.")
    with one_move():  # whoever moves meanwhile would not be seen at either place
        left = seal_anew(is_tried=True).older
    if left:
        raise Refused(f"{left} values are still sealed with an older secret; `zahlmeister rotate-key` seals them anew.")
    newest, *older = known.used
    marks = [(purpose, mark_key(purpose, secret)) for secret in older for purpose in LASTING_MARKS]
    publics = [(close_month.PURPOSE, public_key(close_month.PURPOSE, secret)) for secret in older]
    made = Keys(
        used=(newest,),
        coming=known.coming,
        marks=() if ends_links else (*known.marks, *marks),
        publics=(*known.publics, *publics),
    )
    write(path, made)
    return made


# ---- columns -------------------------------------------------------------------------------------------------------


def _columns(*, is_tried: bool) -> Iterator[tuple[str, Tally]]:
    for store in STORES:
        found = Tally()
        for rows in _batches(store.rows):
            with transaction.atomic(durable=True):
                for row in rows:
                    found += _one(store, row, is_tried=is_tried)
        yield f"{store.rows.model.__name__}.{store.column}", found


def _one(store: Store, row: models.Model, *, is_tried: bool) -> Tally:
    kept = getattr(row, store.column)
    is_text = isinstance(kept, str)
    try:
        made = sealed_anew(kept.encode() if is_text else bytes(kept), store.purpose.format(row))
    except Unopened:
        return Tally(lost=1)
    if made is None:
        return Tally()
    if not is_tried:  # somebody who writes it meanwhile does so with the newest
        same = store.rows.filter(pk=row.pk, **{store.column: kept})
        same.update(**{store.column: made.decode() if is_text else made})
    return Tally(older=1)


def _batches(kept: models.Manager[Any]) -> Iterator[list[Any]]:
    rows = list(kept.order_by("pk")[:BATCH])
    while rows:
        yield rows
        rows = list(kept.filter(pk__gt=rows[-1].pk).order_by("pk")[:BATCH])


# ---- account numbers, second factors and documents -----------------------------------------------------------------


def _others(*, is_tried: bool) -> Iterator[tuple[str, Tally]]:
    for column, older, lost in numbers_anew(is_tried=is_tried):
        yield column, Tally(older, lost)
    others = ((Authenticator.objects, "Authenticator.data", _factor), (ProofDocument.objects, "proofs", _document))
    for kept, name, one in others:
        rows = chain.from_iterable(_batches(kept))
        yield name, sum((one(row, is_tried=is_tried) for row in rows), Tally())


def _factor(row: Authenticator, *, is_tried: bool) -> Tally:
    try:
        made = {name: sealed_anew(row.data.get(name, "").encode(), FACTOR) for name in ("secret", "seed")}
    except Unopened:
        return Tally(lost=1)
    changed = {name: value.decode() for name, value in made.items() if value is not None}
    if changed and not is_tried:
        Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=row.data | changed)
    return Tally(older=1 if changed else 0)


def _document(row: ProofDocument, *, is_tried: bool) -> Tally:
    """The old file goes when the row names the new one."""
    try:
        with default_storage.open(row.path) as file:
            kept = file.read()
    except FileNotFoundError:
        return Tally(gone=1)
    try:
        made = sealed_anew(kept, f"proof:{row.merchant_id}")
    except Unopened:
        return Tally(lost=1)
    if made is None or is_tried:
        return Tally(older=0 if made is None else 1)
    path = default_storage.save(row.path, ContentFile(made))
    is_ours = ProofDocument.objects.filter(pk=row.pk, path=row.path).update(path=path)
    default_storage.delete(row.path if is_ours else path)
    return Tally(older=1)
