"""The shops that are asked by an API of their own: what a merchant types in, and what their codes usually mean."""

from zahlmeister.connectors.shops.system import ADDRESS, Defaults, Field, System

SHOPWARE6 = System(
    code="shopware6",
    label="Shopware 6",
    opener="zahlmeister.connectors.shops.shopware6.shop:open_shopware6",
    fields=(
        ADDRESS,
        Field("client_id", "access key ID", "of an integration: Settings, System, Integrations"),
        Field("client_secret", "secret access key", "shown once when the integration is made", is_secret=True),
    ),
    defaults={
        "prepayment": Defaults(("payment_prepayment",), ("payment:open",), "payment:paid", "order:cancelled"),
        "invoice": Defaults(
            ("payment_invoicepayment",), ("payment:open", "delivery:shipped"), "payment:paid", "payment:cancelled"
        ),
        "cod": Defaults(
            ("payment_cashpayment",), ("payment:open", "delivery:shipped"), "payment:paid", "payment:cancelled"
        ),
    },
)

WOOCOMMERCE = System(
    code="woocommerce",
    label="WooCommerce",
    opener="zahlmeister.connectors.shops.woocommerce:open_woocommerce",
    fields=(
        ADDRESS,
        Field(
            "consumer_key",
            "consumer key",
            "WooCommerce, Settings, Advanced, REST API; with the right to read and write",
            is_secret=True,
        ),
        Field("consumer_secret", "consumer secret", is_secret=True),
    ),
    defaults={
        "prepayment": Defaults(("bacs",), ("on-hold",), "processing", "cancelled"),
        "invoice": Defaults(("cheque",), ("pending",), "completed", "cancelled"),
        "cod": Defaults(("cod",), ("pending",), "completed", "cancelled"),
    },
)

#: In the order in which a merchant is asked.
API_SYSTEMS: tuple[System, ...] = (SHOPWARE6, WOOCOMMERCE)
