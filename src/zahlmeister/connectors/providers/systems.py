"""Every payment provider that can be connected. A new one is a row here, and a module that keeps the contract."""

from zahlmeister.connectors.providers.contract import Key, Method, System

_ALL = (
    System(
        "paypal",
        "PayPal",
        "https://api-m.paypal.com",
        "zahlmeister.connectors.providers.paypal:opened",
        frozenset({Method.PAYPAL}),
        (
            Key("client_id", "client ID", "from developer.paypal.com, Apps & Credentials", is_secret=False),
            Key("client_secret", "secret"),
            Key("webhook_id", "webhook ID", "shown when the webhook address is entered there", is_secret=False),
        ),
        frozenset({Method.PAYPAL}),
        test_address="https://api-m.sandbox.paypal.com",
    ),
    System(
        "stripe",
        "Stripe",
        "https://api.stripe.com",
        "zahlmeister.connectors.providers.stripe:opened",
        frozenset({Method.CARD}),
        (
            Key("api_key", "secret key", "sk_live_… or a restricted key"),
            Key("webhook_secret", "signing secret", "whsec_…, shown when the webhook address is entered there"),
        ),
        frozenset({Method.CARD}),
    ),
    System(
        "mollie",
        "Mollie",
        "https://api.mollie.com",
        "zahlmeister.connectors.providers.mollie:opened",
        frozenset({Method.PAYPAL, Method.CARD, Method.INSTANT}),
        (
            Key("api_key", "API key", "live_…"),
            Key(
                "access_token",
                "organisation access token",
                "access_…, only to read the payouts; without it they are found by hand",
                is_needed=False,
            ),
        ),
        frozenset({Method.CARD}),  # a bank account would be debited days later, and may take it back for eight weeks
    ),
)

#: By code; the order is that of the list a merchant chooses from.
SYSTEMS: dict[str, System] = {system.code: system for system in _ALL}
