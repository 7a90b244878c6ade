"""What can be asked about asking: what is held back, what comes next for an item, what was sent, and the last run."""

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from zahlmeister.dunning.forecast import Coming, coming, standing_of
from zahlmeister.dunning.models import DunningCase, DunningPolicy, DunningRun, Notice
from zahlmeister.dunning.policies import Policies, standard
from zahlmeister.orders.models import Order
from zahlmeister.receivables.queries import OWED


def next_of(merchant_id: int, item_id: int, *, today: date) -> Coming | None:
    """What comes next for one item if it is not paid; None when nothing does."""
    row = standing_of(merchant_id, item_id)
    return coming(row, Policies(merchant_id), today=today) if row else None


def held(merchant_id: int) -> QuerySet[DunningCase]:
    """Items that the last run left although their day had come, the newest first."""
    rows = DunningCase.objects.filter(merchant_id=merchant_id, held_on__isnull=False, item__state__in=OWED)
    return rows.select_related("item__order").order_by("-held_on", "-id")


def last_run(merchant_id: int) -> DunningRun | None:
    """The newest run; None before the first."""
    return DunningRun.objects.filter(merchant_id=merchant_id).order_by("-day").first()


def notices_of(merchant_id: int, item_id: int) -> list[Notice]:
    """What was asked for an item, newest first."""
    return list(Notice.objects.filter(merchant_id=merchant_id, item_id=item_id).order_by("-level"))


def notices(merchant_id: int) -> QuerySet[Notice]:
    """All that was asked or left out, newest first."""
    rows = Notice.objects.filter(merchant_id=merchant_id).select_related("item__order")
    return rows.order_by("-on", "-id")


def case_of(merchant_id: int, item_id: int) -> DunningCase | None:
    """Where asking for an item stands; None when nobody has asked yet."""
    return DunningCase.objects.filter(merchant_id=merchant_id, item_id=item_id).first()


def pauses(merchant_id: int, items: Sequence[int]) -> set[int]:
    """The items, among these, that nobody is asked for until somebody resumes, or until a day."""
    rows = DunningCase.objects.filter(merchant_id=merchant_id, item_id__in=items).exclude(paused_for="")
    return set(rows.values_list("item_id", flat=True))


def policies(merchant_id: int) -> list[DunningPolicy]:
    """The policies kept, and the beginning of those that are not: for every kind of payment at least one."""
    kept = list(
        DunningPolicy.objects.filter(merchant_id=merchant_id).select_related("shop").order_by("shop__name", "id")
    )
    general = {row.payment_kind for row in kept if row.shop_id is None and not row.customer_group}
    return [*(row for row in standard(merchant_id) if row.payment_kind not in general), *kept]


def policy(merchant_id: int, kind: str, shop_id: int | None, customer_group: str = "") -> DunningPolicy | None:
    """The policy for a kind, a shop and a customer group as it is kept, else as it would begin.

    None for a kind nobody is asked for. A group's begins as what counts for everybody, switched off.
    """
    rows = DunningPolicy.objects.filter(merchant_id=merchant_id, payment_kind=kind)
    rows = rows.filter(shop_id=shop_id) if shop_id else rows.filter(shop__isnull=True)
    found = {row.customer_group: row for row in rows.filter(customer_group__in=("", customer_group))}
    if customer_group in found:
        return found[customer_group]
    begin = found.get("") or next((row for row in standard(merchant_id) if row.payment_kind == kind), None)
    if begin is not None and customer_group:
        begin.is_on, begin.customer_group = False, customer_group
    return begin


def customer_groups(merchant_id: int) -> list[str]:
    """The customer groups that shops have told of, and those that have a policy."""
    found: set[str] = set()
    for rows in (Order.objects, DunningPolicy.objects):
        named = rows.filter(merchant_id=merchant_id).exclude(customer_group="")
        found.update(named.order_by().values_list("customer_group", flat=True).distinct())
    return sorted(found, key=str.lower)
