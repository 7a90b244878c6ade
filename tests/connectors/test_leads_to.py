"""A payer is sent to a provider's own pages only."""

import pytest

from zahlmeister.connectors.providers.leads_to import checked
from zahlmeister.refusals import Unreachable


@pytest.mark.parametrize(
    "address",
    ["https://www.paypal.com/checkoutnow?token=5", "https://checkout.stripe.com/c/pay/x", "https://www.mollie.com/p/1"],
)
def test_the_pages_of_the_providers(address: str) -> None:
    assert checked(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "", "/pay", "//www.paypal.com/x", "http://www.paypal.com/x", "https://paypal.com.evil.example/",
        "https://evilpaypal.com/", "https://evil.example/paypal.com", "https://www.paypal.com@evil.example/",
        "javascript:alert(1)", "http://127.0.0.1:8000/",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE", raising=False)
    with pytest.raises(Unreachable, match="not its own"):
        checked(address)


def test_this_machine_may_be_led_to_where_the_operator_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    assert checked("http://127.0.0.1:8000/sandbox") == "http://127.0.0.1:8000/sandbox"
