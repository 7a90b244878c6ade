"""What can be asked about programs."""

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery

from zahlmeister.orders.models import Shop
from zahlmeister.programs.models import Callback, ProgramKey
from zahlmeister.programs.scopes import Scope


def shops_with_programs(merchant_id: int) -> QuerySet[Shop]:
    """The shops that a program speaks for, or once did.

    With `keys` that are valid, `used_on`, their last use, and `called_at`, where the program is called.
    """
    valid = Q(program_keys__revoked_at=None, program_keys__scopes=Scope.SHOP_PROGRAM)
    rows = Shop.objects.filter(merchant_id=merchant_id, program_keys__isnull=False)
    rows = rows.annotate(keys=Count("program_keys", filter=valid), used_on=Max("program_keys__used_on"))
    called = Callback.objects.filter(shop=OuterRef("pk"), version=2).values("address")[:1]
    return rows.annotate(called_at=Subquery(called)).order_by("name")


def valid_keys(shop: Shop) -> QuerySet[ProgramKey]:
    """The keys by which a program comes in, newest first."""
    rows = ProgramKey.objects.filter(merchant_id=shop.merchant_id, shop=shop, scopes=Scope.SHOP_PROGRAM)
    return rows.filter(revoked_at=None).order_by("-id")


def api_keys(merchant_id: int) -> QuerySet[ProgramKey]:
    """The keys for version 1, valid ones first, then the newest."""
    rows = ProgramKey.objects.filter(merchant_id=merchant_id).exclude(scopes=Scope.SHOP_PROGRAM)
    return rows.select_related("shop").order_by(F("revoked_at").desc(nulls_first=True), "-id")


def callback_of(shop: Shop) -> Callback | None:
    """Where the shop's program is called, if it wants to be."""
    return Callback.objects.filter(merchant_id=shop.merchant_id, shop=shop, version=2).first()


def webhooks(merchant_id: int) -> QuerySet[Callback]:
    """The merchant's webhooks."""
    return Callback.objects.filter(merchant_id=merchant_id, version=1).select_related("shop")
