"""The same is done to many rows at once: each by itself, as a person would do it, and all of them taken back together.

A row that cannot be done does not keep the others; it is kept with its reason. A house that dies in the middle has done
some rows and no row by half, and the form sent again does the rest: which row is being done is written before it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from zahlmeister.desk.models import ManyAct
from zahlmeister.dunning.states import Pause
from zahlmeister.flows import assign_payment, change_refund, hold_refund, send_payment_information, steer_dunning
from zahlmeister.flows.centre.pay_back import release_back
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refusal, Refused

#: One row: the merchant, the row's number, by whom and when.
Do = Callable[..., None]
#: So many rows at once; more are done by filters, one page after the other.
MOST = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be done to many rows, and what takes it back; None where it cannot be taken back.

    What `is_told_by_time` knows by the instant whether it was done already: it is always told that of the act.
    """

    do: Do
    undo: Do | None
    is_told_by_time: bool = False


def _pause(merchant: Merchant, item_id: int, *, by: str, at: datetime) -> None:
    steer_dunning.pause(merchant, item_id, Pause.OTHER, None, by=by, at=at)


def _withdraw(merchant: Merchant, refund_id: int, *, by: str, at: datetime) -> None:
    change_refund.cancel_refund(Refund.objects.get(merchant=merchant, pk=refund_id), by=by, at=at)


def _hold(merchant: Merchant, refund_id: int, *, by: str, at: datetime) -> None:
    hold_refund.hold_refund(Refund.objects.get(merchant=merchant, pk=refund_id), by=by, at=at)


def _let_go_on(merchant: Merchant, refund_id: int, *, by: str, at: datetime) -> None:
    hold_refund.let_refund_go_on(Refund.objects.get(merchant=merchant, pk=refund_id), by=by, at=at)


def _release(merchant: Merchant, refund_id: int, *, by: str, at: datetime) -> None:
    person = Person.objects.filter(email=by).values_list("pk", flat=True).first()
    release_back(merchant, refund_id, by=by, at=at, person_id=person)


KINDS: Mapping[str, Kind] = {
    "payments-ignore": Kind(assign_payment.ignore, assign_payment.unignore),
    "orders-pause": Kind(_pause, steer_dunning.resume),
    "reminders-pause": Kind(_pause, steer_dunning.resume),
    "letters-again": Kind(send_payment_information.send_letter_again, None, is_told_by_time=True),
    "refunds-hold": Kind(_hold, _let_go_on),
    "refunds-release": Kind(_release, None),
    "refunds-withdraw": Kind(_withdraw, None),  # what was promised again is another refund
}


def act_on_many(merchant: Merchant, kind: str, rows: Sequence[int], key: str, *, by: str, at: datetime) -> ManyAct:
    """Do it to these rows; sent again with the same key, only what is missing of it is done.

    Raises:
        Refused: there are none, or too many.
    """
    if not rows or len(rows) > MOST:
        raise Refused(f"Choose between one and {MOST} rows.")
    with transaction.atomic(durable=True):
        act, _new = ManyAct.objects.get_or_create(
            merchant=merchant, key=key, defaults={"kind": kind, "by": by, "at": at}
        )
    if act.undone_at is not None:
        raise Refused("This was taken back already; look at the list again.")
    unsure, when = act.doing, act.at if KINDS[kind].is_told_by_time else at
    for row in dict.fromkeys(rows):
        if row not in act.rows:
            _one(act, partial(KINDS[kind].do, merchant, row, by=by, at=when), row, was_begun=row == unsure)
    return act


def take_back(merchant: Merchant, act: ManyAct, *, by: str, at: datetime) -> dict[str, str]:
    """Take back what an act has done; what cannot be taken back any more is answered with its reason."""
    if act.undone_at is not None:
        raise Refused("This was taken back already; look at the list again.")
    undo = KINDS[act.kind].undo
    if undo is None:
        raise Refused("This cannot be taken back.")
    refused: dict[str, str] = {}
    for row in act.rows:
        try:
            undo(merchant, row, by=by, at=at)
        except Refusal as why:
            refused[str(row)] = str(why)
    with transaction.atomic(durable=True):
        ManyAct.objects.filter(pk=act.pk).update(undone_at=at)
    return refused


def _one(act: ManyAct, do: Callable[[], None], row: int, *, was_begun: bool) -> None:
    """Do one row; one that was begun and says no now has been done before the house died."""
    act.doing = row
    _keep(act)
    try:
        do()
    except Refusal as why:
        if was_begun:
            act.rows.append(row)
        else:
            act.refused[str(row)] = str(why)
    else:
        act.rows.append(row)
        act.refused.pop(str(row), None)
    act.doing = None
    _keep(act)


def _keep(act: ManyAct) -> None:
    with transaction.atomic(durable=True):
        act.save(update_fields=["rows", "refused", "doing"])
