"""What can be asked about programs."""

from django.db.models import Count, Max, Q, QuerySet

from zahlmeister.orders.models import Shop
from zahlmeister.programs.models import Callback, ProgramKey


def shops_with_programs(merchant_id: int) -> QuerySet[Shop]:
    """The shops that a program speaks for, or once did: with `keys` that are valid and `used_on`, their last use."""
    valid = Q(program_keys__revoked_at=None)
    rows = Shop.objects.filter(merchant_id=merchant_id, program_keys__isnull=False)
    rows = rows.annotate(keys=Count("program_keys", filter=valid), used_on=Max("program_keys__used_on"))
    return rows.select_related("callback").order_by("name")


def valid_keys(shop: Shop) -> QuerySet[ProgramKey]:
    """The keys by which a program comes in, newest first."""
    return ProgramKey.objects.filter(merchant_id=shop.merchant_id, shop=shop, revoked_at=None).order_by("-id")


def callback_of(shop: Shop) -> Callback | None:
    """Where the shop's program is called, if it wants to be."""
    return Callback.objects.filter(merchant_id=shop.merchant_id, shop=shop).first()
