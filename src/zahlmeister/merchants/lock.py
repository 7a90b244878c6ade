"""One writer of a merchant's money at a time."""

from zahlmeister.merchants.models import Merchant


def lock(merchant_id: int) -> None:
    """Hold the merchant until the caller's transaction ends; every flow that moves money begins with this.

    The unclear money and the receivables of a merchant are one account each, so its writers take turns anyway. Taking
    the turn at the beginning means that what a flow reads is still so when it writes, and that no two of them wait for
    each other. On SQLite a writing transaction has the whole file to itself already.
    """
    list(Merchant.objects.select_for_update(no_key=True).filter(pk=merchant_id).values_list("pk"))
