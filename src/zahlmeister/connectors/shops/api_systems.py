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
        Field(
            "webhook_secret",
            "secret of the webhook",
            "only where the shop shall call us when an order changes",
            is_secret=True,
            is_needed=False,
        ),
    ),
    defaults={
        "prepayment": Defaults(("bacs",), ("on-hold",), "processing", "cancelled"),
        "invoice": Defaults(("cheque",), ("pending",), "completed", "cancelled"),
        "cod": Defaults(("cod",), ("pending",), "completed", "cancelled"),
    },
)

SHOPIFY = System(
    code="shopify",
    label="Shopify",
    opener="zahlmeister.connectors.shops.shopify.shop:open_shopify",
    fields=(
        Field("address", "address of the shop", "the one of Shopify, such as https://wollstube.myshopify.com"),
        Field("client_id", "client ID", "of your app in the Dev Dashboard", is_secret=True, is_needed=False),
        Field("client_secret", "client secret", is_secret=True, is_needed=False),
        Field(
            "access_token",
            "access token",
            "instead of both, where the app was made in the shop itself: shpat_…",
            is_secret=True,
            is_needed=False,
        ),
        Field(
            "webhook_secret",
            "secret of the webhook",
            "only where the shop shall call us when an order changes",
            is_secret=True,
            is_needed=False,
        ),
    ),
    defaults={
        "prepayment": Defaults(
            ("Bank Deposit", "Banküberweisung", "Vorkasse", "Money Order"),
            ("payment:pending",),
            "payment:paid",
            "order:cancelled",
        ),
        "invoice": Defaults(
            ("Rechnung", "Kauf auf Rechnung", "Invoice"), ("payment:pending", "delivery:fulfilled"), "payment:paid"
        ),
        "cod": Defaults(
            ("Cash on Delivery (COD)", "Nachnahme"), ("payment:pending", "delivery:fulfilled"), "payment:paid"
        ),
    },
    hint="A payment method by hand is known by its name, as it stands in the payment settings of the shop.",
)

MAGENTO2 = System(
    code="magento2",
    label="Magento 2, Adobe Commerce",
    opener="zahlmeister.connectors.shops.magento2:open_magento2",
    fields=(
        ADDRESS,
        Field(
            "access_token", "access token", "of an integration that is activated: System, Integrations", is_secret=True
        ),
        Field("access_token_secret", "access token secret", is_secret=True, is_needed=False),
        Field("consumer_key", "consumer key", is_secret=True, is_needed=False),
        Field("consumer_secret", "consumer secret", is_secret=True, is_needed=False),
    ),
    defaults={
        "prepayment": Defaults(("banktransfer",), ("pending",), "processing", "canceled"),
        "invoice": Defaults((), ("complete",)),
        "cod": Defaults(("cashondelivery",), ("processing",)),
    },
    hint="Since 2.4.4 all four keys are needed; before that the access token alone is enough.",
)

SHOPWARE5 = System(
    code="shopware5",
    label="Shopware 5",
    opener="zahlmeister.connectors.shops.shopware5:open_shopware5",
    fields=(
        ADDRESS,
        Field("user", "user", "an administrator: Settings, User administration"),
        Field("api_key", "API key", "of this user, where “enabled for API” is ticked", is_secret=True),
    ),
    defaults={
        "prepayment": Defaults(("prepayment",), ("payment:17",), "payment:12", "order:4"),
        "invoice": Defaults(("invoice",), ("payment:17", "order:7", "order:2"), "payment:12"),
        "cod": Defaults(("cash",), ("payment:17", "order:7", "order:2"), "payment:12"),
    },
)

PRESTASHOP = System(
    code="prestashop",
    label="PrestaShop",
    opener="zahlmeister.connectors.shops.prestashop:open_prestashop",
    fields=(
        ADDRESS,
        Field("key", "key of the webservice", "Advanced Parameters, Webservice", is_secret=True),
    ),
    defaults={
        "prepayment": Defaults(("ps_wirepayment",), ("10",), "2", "6"),
        "invoice": Defaults((), ("4", "5"), "2"),
        "cod": Defaults(("ps_cashondelivery",), ("4", "5"), "2"),
    },
)

GAMBIO = System(
    code="gambio",
    label="Gambio",
    opener="zahlmeister.connectors.shops.gambio:open_gambio",
    fields=(
        ADDRESS,
        Field("user", "user", "the e-mail address of an administrator, better of one made for this"),
        Field("password", "password", is_secret=True),
    ),
    defaults={
        "prepayment": Defaults(("moneyorder", "eustandardtransfer", "MoneyOrderHub"), ("1",), "2", "99"),
        "invoice": Defaults(("invoice", "InvoiceHub"), ("3", "149")),
        "cod": Defaults(("cod", "CashOnDeliveryHub"), ("3",)),
    },
    hint="Since Gambio GX 3.11, without a module; older shops need the payment module.",
)

BILLBEE = System(
    code="billbee",
    label="Billbee",
    opener="zahlmeister.connectors.shops.billbee:open_billbee",
    fields=(
        Field("address", "address", default="https://api.billbee.io"),
        Field("user", "user", "the e-mail address you sign in with"),
        Field(
            "password", "API password", "Settings, General, Billbee API; not the one you sign in with", is_secret=True
        ),
        Field("api_key", "API key", "given out by Billbee's support", is_secret=True),
    ),
    defaults={
        "prepayment": Defaults(("1", "59"), ("1", "2"), "3", "8"),
        "invoice": Defaults(("26",), ("4",), "7"),
        "cod": Defaults(("2",), ("4",), "7"),
    },
    hint="Only orders that have an invoice number are read.",
)

EASYBILL = System(
    code="easybill",
    label="easybill",
    opener="zahlmeister.connectors.shops.easybill:open_easybill",
    fields=(
        Field("address", "address", default="https://api.easybill.de"),
        Field("api_key", "API key", "Settings, REST API", is_secret=True),
        Field(
            "cancels",
            "cancel invoices",
            "when an order is cancelled here, easybill writes the document that cancels its invoice",
            is_needed=False,
            is_switch=True,
        ),
    ),
    keeps_mapping=True,
    hint="Every invoice that is not paid is an order.",
)

EBAY = System(
    code="ebay",
    label="eBay",
    opener="zahlmeister.connectors.shops.ebay.shop:open_ebay",
    fields=(
        Field("address", "address", default="https://api.ebay.com"),
        Field("client_id", "client ID", "App ID of your application at developer.ebay.com", is_secret=True),
        Field("client_secret", "client secret", "Cert ID of the same application", is_secret=True),
        Field(
            "refresh_token",
            "refresh token",
            "from “Get a User Token” there, with the scopes api_scope and sell.fulfillment; it lasts 18 months",
            is_secret=True,
        ),
    ),
    defaults={
        "prepayment": Defaults(("OFFLINE", "PERSONAL_CHECK", "CASHIER_CHECK"), ("payment:pending",), "payment:paid"),
        "invoice": Defaults((), ("payment:pending", "delivery:fulfilled"), "payment:paid"),
        "cod": Defaults((), ("payment:pending", "delivery:fulfilled"), "payment:paid"),
    },
    hint="Only what is paid outside of eBay is open; what eBay collects is paid when it comes in. "
    "Orders are cancelled at eBay.",
)

FILES_SFTP = System(
    code="files_sftp",
    label="Files on an SFTP server",
    opener="zahlmeister.connectors.shops.files:open_sftp",
    fields=(
        Field("host", "server", "such as sftp.example.com"),
        Field("port", "port", default="22", is_needed=False),
        Field("user", "user"),
        Field("password", "password", "instead of a private key", is_secret=True, is_needed=False),
        Field("key", "private key", "as text, without a passphrase", is_secret=True, is_needed=False),
        Field("fingerprint", "fingerprint of the host key", "as ssh shows it, SHA256:…"),
        Field("folder", "folder with the open orders", default=".", is_needed=False),
        Field("answers", "folder for answers", "empty where nothing is to be written back", is_needed=False),
    ),
    keeps_mapping=True,
    has_columns=True,
    hint="CSV, Excel or JSON. All files that lie there together are the list of open orders.",
)

FILES_URL = System(
    code="files_url",
    label="A file at an address of the web",
    opener="zahlmeister.connectors.shops.files:open_url",
    fields=(
        Field("address", "address of the file", "such as https://shop.example/export/orders.json"),
        Field("user", "user", "only where the address wants one", is_needed=False),
        Field("password", "password", is_secret=True, is_needed=False),
    ),
    keeps_mapping=True,
    has_columns=True,
    hint="CSV, Excel or JSON. The file is the list of open orders; nothing is written back.",
)

FILES_FOLDER = System(
    code="files_folder",
    label="Files in a folder of this machine",
    opener="zahlmeister.connectors.shops.files:open_folder",
    fields=(
        Field("folder", "folder with the open orders"),
        Field("answers", "folder for answers", "empty where nothing is to be written back", is_needed=False),
    ),
    keeps_mapping=True,
    has_columns=True,
    hint="CSV, Excel or JSON. All files that lie there together are the list of open orders.",
)

#: In the order in which a merchant is asked.
API_SYSTEMS: tuple[System, ...] = (
    SHOPWARE6,
    SHOPWARE5,
    WOOCOMMERCE,
    SHOPIFY,
    MAGENTO2,
    PRESTASHOP,
    GAMBIO,
    BILLBEE,
    EASYBILL,
    EBAY,
    FILES_SFTP,
    FILES_URL,
    FILES_FOLDER,
)
