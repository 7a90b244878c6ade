"""When an instant order could not go as such: whether the ordinary transfer may take its place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from zahlmeister.formats.payments.reasons import Remedy
from zahlmeister.formats.payments.status import Standing, Verdict
from zahlmeister.formats.payments.transfers import Speed, TransferGroup


def instead_of_instant(
    group: TransferGroup, verdict_on: Callable[[str], Verdict], *, group_id: str, execute_on: date
) -> TransferGroup | None:
    """The orders of an instant group that may be sent again as ordinary transfers, as a group of their own.

    Only what the bank has definitely rejected for a reason of the instant scheme (too late, bank not online) goes
    again; of what timed out without an answer nothing is known, and it could be paid twice. The orders keep their
    end-to-end ids: they are the same payments.

    Args:
        group: as it was sent.
        verdict_on: what the status reports say of an end-to-end id.
        group_id: of the new group.
        execute_on: the banking day of the new group.

    Returns:
        None when nothing falls back.
    """
    if not group.falls_back or group.speed is not Speed.INSTANT:
        return None
    orders = tuple(order for order in group.orders if _is_refused_as_instant(verdict_on(order.end_to_end_id)))
    if not orders:
        return None
    return replace(group, group_id=group_id, execute_on=execute_on, orders=orders, speed=Speed.ORDINARY)


def _is_refused_as_instant(verdict: Verdict) -> bool:
    return (
        verdict.standing is Standing.REJECTED
        and bool(verdict.reasons)
        and all(each.known.transfer is Remedy.RETRY for each in verdict.reasons)
    )
