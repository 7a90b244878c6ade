"""How messages to shops are filed in the outbox: one channel, a group for each shop, a subject for each order."""

CHANNEL = "shop"


def subject_of(order_id: int) -> str:
    """Under which messages about an order stand; they go out in their order."""
    return f"order:{order_id}"


def group_of(shop_id: int | str) -> str:
    """Under which the messages for one shop go out together."""
    return f"shop:{shop_id}"
