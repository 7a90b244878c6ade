"""The stand-ins of payment providers answer what the providers' published descriptions say.

The descriptions are the providers' own and are not kept here: PayPal's and Mollie's OpenAPI files are read where
`ZAHLMEISTER_PROVIDER_SPECS` names a folder with `paypal/*.json` and `mollie.json`. Stripe's is held in its library.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import stripe as stripe_library
from jsonschema import Draft4Validator, Draft202012Validator

from zahlmeister.connectors.providers import mollie as mollie_connector
from zahlmeister.connectors.providers import paypal as paypal_connector
from zahlmeister.connectors.providers import stripe as stripe_connector
from zahlmeister.connectors.providers.contract import Method, Wanted
from zahlmeister.connectors.web import Question, site
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreachable
from zahlmeister.sandbox.providers import mollie, paypal, stripe
from zahlmeister.sandbox.providers.till import Till

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SPECS = Path(os.environ.get("ZAHLMEISTER_PROVIDER_SPECS", "."))
needs_specs = pytest.mark.skipif(
    not (SPECS / "mollie.json").exists(), reason="the providers' descriptions are not beside the project"
)
KEYS = {
    "stripe": {"api_key": stripe.API_KEY, "webhook_secret": stripe.SIGNING_SECRET},
    "mollie": {"api_key": mollie.API_KEY, "access_token": mollie.ACCESS_TOKEN},
    "paypal": {"client_id": paypal.CLIENT_ID, "client_secret": paypal.CLIENT_SECRET, "webhook_id": paypal.WEBHOOK_ID},
}


@pytest.fixture(autouse=True)
def _private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")


def wanted(method: Method, **more: Any) -> Wanted:
    given = {"intent": "ZMP1", "amount": Amount(8990, "EUR"), "purpose": "Bestellung 1", "method": method}
    back = {"return_url": "https://shop.example/back", "cancel_url": "https://shop.example/back"}
    return Wanted(**{**given, **back, "webhook_url": "https://pay.shop.example/api/providers/1", **more})


@pytest.fixture
def at_stripe() -> Iterator[stripe.StripeStandIn]:
    till = stripe.StripeStandIn(lambda: NOW)
    yield till
    till.close()


@pytest.fixture
def at_mollie() -> Iterator[mollie.MollieStandIn]:
    till = mollie.MollieStandIn(lambda: NOW)
    yield till
    till.close()


@pytest.fixture
def at_paypal() -> Iterator[paypal.PayPalStandIn]:
    till = paypal.PayPalStandIn(lambda: NOW)
    yield till
    till.close()


def a_life_at(till: Till, provider: Any, method: Method) -> str:
    """A payment that is paid, partly refunded, charged back, won and paid out."""
    number = provider.start(wanted(method)).provider_id
    till.approve(number)
    provider.fetch(number)
    provider.refund(number, Amount(1000, "EUR"), "k1")
    till.charge_back(number, 2000)
    till.win(number)
    till.pay_out()
    return str(number)


# ---- the rules every provider keeps -------------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["stripe", "mollie", "paypal"])
def test_the_stand_ins_keep_the_providers_rules(system: str, request: pytest.FixtureRequest):
    till = request.getfixturevalue(f"at_{system}")
    connector = {"stripe": stripe_connector, "mollie": mollie_connector, "paypal": paypal_connector}[system]
    method = {"stripe": Method.CARD, "mollie": Method.INSTANT, "paypal": Method.PAYPAL}[system]
    with connector.opened(till.address, KEYS[system]) as provider:
        first, again = provider.start(wanted(method)), provider.start(wanted(method))
        assert first == again
        assert len(till.sales) == 1
        with pytest.raises(Refused):
            provider.refund(first.provider_id, Amount(100, "EUR"), "unpaid")
        till.approve(first.provider_id)
        provider.fetch(first.provider_id)
        one, two = (provider.refund(first.provider_id, Amount(8000, "EUR"), "k") for _ in range(2))
        assert one.key == two.key
        with pytest.raises(Refused):
            provider.refund(first.provider_id, Amount(991, "EUR"), "k2")
        if system != "paypal":  # PayPal keeps its answer whatever is asked the second time
            with pytest.raises(Refused):
                provider.start(wanted(method, amount=Amount(1, "EUR")))
    with (
        connector.opened(till.address, dict.fromkeys(KEYS[system], "wrong_key")) as stranger,
        pytest.raises(Unreachable),
    ):
        stranger.check()


# ---- Stripe: what its own library knows ---------------------------------------------------------------------------


def test_stripes_answers_have_only_fields_and_words_that_its_library_knows(at_stripe: stripe.StripeStandIn):
    with stripe_connector.opened(at_stripe.address, KEYS["stripe"]) as provider:
        number = a_life_at(at_stripe, provider, Method.CARD)
        provider.payouts(NOW.date())
    with site(at_stripe.address, headers={"Authorization": f"Bearer {stripe.API_KEY}"}) as far_side:
        expanded = {"expand[0]": "payment_intent"}
        session = far_side.get(f"/v1/checkout/sessions/{number}", expanded).json()
        rows = [session]
        for path in ("refunds", "disputes", "payouts"):
            rows += far_side.get(f"/v1/{path}", {"payment_intent": session["payment_intent"]["id"]}).json()["data"]
    wrong = [f"{kind}.{name}" for row in rows for kind, name in _unknown(row)]
    assert not wrong


_KINDS = {
    "checkout.session": stripe_library.checkout.Session,
    "payment_intent": stripe_library.PaymentIntent,
    "charge": stripe_library.Charge,
    "refund": stripe_library.Refund,
    "dispute": stripe_library.Dispute,
    "payout": stripe_library.Payout,
    "balance_transaction": stripe_library.BalanceTransaction,
}


def _unknown(row: Any) -> Iterator[tuple[str, str]]:
    """Fields that the library's class does not have, and words that it does not list."""
    kind = _KINDS[row["object"]]
    known = {name for base in kind.__mro__ for name in getattr(base, "__annotations__", {})}
    words = kind.__annotations__
    for name, value in row.items():
        if name not in known:
            yield row["object"], name
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and one.get("object") in _KINDS:
                yield from _unknown(one)
        told = str(words.get(name, ""))
        if isinstance(value, str) and "Literal[" in told and f"'{value}'" not in told.replace('"', "'"):
            yield row["object"], f"{name}={value}"


# ---- Mollie and PayPal: their published descriptions --------------------------------------------------------------


@needs_specs
def test_mollies_answers_are_what_its_description_says(at_mollie: mollie.MollieStandIn):
    spec = json.loads((SPECS / "mollie.json").read_text("utf-8"))
    with mollie_connector.opened(at_mollie.address, KEYS["mollie"]) as provider:
        number = a_life_at(at_mollie, provider, Method.INSTANT)
    asked = [one for one in at_mollie.asked if one.method == "POST" and one.path == "/v2/payments"]
    payment = _validator(spec, "payment-request", Draft202012Validator)
    answer = _validator(spec, "payment-response", Draft202012Validator)
    found: list[str] = [_said(payment, json.loads(asked[0].content))]
    with site(at_mollie.address, headers={"Authorization": f"Bearer {mollie.API_KEY}"}) as far_side:
        told = far_side.get(f"/v2/payments/{number}", {"embed": "refunds,chargebacks"}).json()
    told = json.loads(json.dumps(told, default=str))
    embedded = told.pop("_embedded")
    found.append(_said(answer, told))
    found += [
        _said(_validator(spec, "entity-refund-response", Draft202012Validator), row) for row in embedded["refunds"]
    ]
    found += [
        _said(_validator(spec, "entity-chargeback", Draft202012Validator), row) for row in embedded["chargebacks"]
    ]
    with site(at_mollie.address, headers={"Authorization": f"Bearer {mollie.ACCESS_TOKEN}"}) as far_side:
        rows = json.loads(far_side.get("/v2/settlements").content)["_embedded"]["settlements"]
    found += [_said(_validator(spec, "entity-settlement", Draft202012Validator), row) for row in rows]
    assert not any(found), "\n".join(found)


@needs_specs
def test_paypals_questions_and_answers_are_what_its_descriptions_say(at_paypal: paypal.PayPalStandIn):
    orders, payments, disputes, reports = (
        json.loads((SPECS / "paypal" / f"{name}.json").read_text("utf-8"))
        for name in (
            "checkout_orders_v2",
            "payments_payment_v2",
            "customer_disputes_v1",
            "reporting_transactions_v1",
        )
    )
    with paypal_connector.opened(at_paypal.address, KEYS["paypal"]) as provider:
        number = a_life_at(at_paypal, provider, Method.PAYPAL)
    bodies = {
        one.path.rpartition("/")[2]: one.json()
        for one in at_paypal.asked
        if one.method == "POST" and one.content.startswith(b"{")
    }
    found = [
        _said(_validator(orders, "order_request", Draft4Validator), bodies["orders"]),
        _said(_validator(payments, "refund_request", Draft4Validator), bodies["refund"]),
    ]
    with site(at_paypal.address, headers={"Authorization": "Bearer A21AAstandin"}) as far_side:
        order = json.loads(far_side.get(f"/v2/checkout/orders/{number}").content)
        found.append(_said(_validator(orders, "order", Draft4Validator), order))
        captures = order["purchase_units"][0]["payments"]
        found += [_said(_validator(orders, "capture", Draft4Validator), row) for row in captures["captures"]]
        found += [_said(_validator(payments, "refund", Draft4Validator), row) for row in captures["refunds"]]
        listed = json.loads(far_side.get("/v1/customer/disputes").content)["items"]
        for one in listed:
            dispute = json.loads(far_side.get(f"/v1/customer/disputes/{one['dispute_id']}").content)
            found.append(_said(_validator(disputes, "dispute", Draft4Validator), dispute))
        query = {"start_date": NOW.isoformat(), "end_date": NOW.isoformat()}
        report = json.loads(far_side.ask(Question("GET", "/v1/reporting/transactions", query)).content)
        found.append(_said(_validator(reports, "search_response", Draft4Validator), report))
    assert not any(found), "\n".join(found)


def _validator(spec: dict[str, Any], name: str, kind: Any) -> Any:
    return kind({**spec, "$ref": f"#/components/schemas/{name}"})


def _said(validator: Any, value: Any) -> str:
    """What is wrong, in a line; empty when nothing is."""
    return "; ".join(
        f"{'.'.join(map(str, error.path))}: {error.message[:150]}" for error in validator.iter_errors(value)
    )
