"""The stand-ins of payment providers answer what the providers' published descriptions say.

The descriptions are the providers' own and are not kept here: their OpenAPI files are read where
`ZAHLMEISTER_PROVIDER_SPECS` names a folder with `stripe.json`, `mollie.json` and `paypal/*.json`; a test of a provider
whose file is not there is left out. What Stripe's library knows, generated from its description, always counts.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import stripe as stripe_library
from jsonschema import Draft4Validator, Draft202012Validator

from zahlmeister.connectors.providers import mollie as mollie_connector
from zahlmeister.connectors.providers import paypal as paypal_connector
from zahlmeister.connectors.providers import stripe as stripe_connector
from zahlmeister.connectors.providers.contract import Method, Standing, Stored, Wanted, Why
from zahlmeister.connectors.web import Question, site
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreachable
from zahlmeister.sandbox.providers import mollie, paypal, stripe
from zahlmeister.sandbox.providers.till import Till

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SPECS = Path(os.environ.get("ZAHLMEISTER_PROVIDER_SPECS", "."))


def needs(name: str) -> pytest.MarkDecorator:
    """Leave a test out where a provider's description is not there."""
    reason = "the provider's description is not beside the project"
    return pytest.mark.skipif(not (SPECS / name).exists(), reason=reason)


LOCALSTRIPE = os.environ.get("ZAHLMEISTER_LOCALSTRIPE", "")
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
    connector = CONNECTORS[system]
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


CONNECTORS = {"stripe": stripe_connector, "mollie": mollie_connector, "paypal": paypal_connector}
STORES = {"stripe": Method.CARD, "mollie": Method.CARD, "paypal": Method.PAYPAL}


def stored_at(till: Till, provider: Any, system: str) -> Stored:
    """A buyer pays once, and lets the provider store how."""
    number = provider.start(wanted(STORES[system], intent="ZMP9", keeps=True, email="anna@post.example")).provider_id
    till.approve(number)
    found = provider.fetch(number)
    assert found.standing is Standing.SUCCEEDED
    assert found.stored is not None
    return found.stored


@pytest.mark.parametrize("system", list(STORES))
def test_what_was_stored_is_charged_again_without_the_buyer_and_once(system: str, request: pytest.FixtureRequest):
    till = request.getfixturevalue(f"at_{system}")
    with CONNECTORS[system].opened(till.address, KEYS[system]) as provider:
        once_paid = provider.start(wanted(STORES[system], intent="ZMP0")).provider_id
        till.approve(once_paid)
        assert provider.fetch(once_paid).stored is None  # nobody has agreed to that
        stored = stored_at(till, provider, system)
        again = wanted(STORES[system], intent="ZMP2")
        charged = provider.charge(again, stored)
        assert charged.why is None
        found = provider.fetch(charged.provider_id)
        assert (found.standing, found.moves[0].amount) == (Standing.SUCCEEDED, Amount(8990, "EUR"))
        assert provider.charge(again, stored).provider_id == charged.provider_id
        till._keys.clear()  # long after the provider has forgotten the key
        if system == "paypal":  # it keeps the invoice's number, which does not say what became of it
            with pytest.raises(Unreachable, match="DUPLICATE_INVOICE_ID"):
                provider.charge(again, stored)
            with pytest.raises(Unreachable):
                provider.charged(again, stored)
        else:
            assert provider.charge(again, stored) == provider.charged(again, stored) == charged
            assert provider.charged(wanted(STORES[system], intent="ZMP77"), stored) is None
        assert len(till.sales) == 3
        assert provider.refund(charged.provider_id, Amount(1000, "EUR"), "k").amount == Amount(1000, "EUR")


@pytest.mark.parametrize("system", list(STORES))
def test_a_charge_without_the_buyer_is_declined_in_three_ways(system: str, request: pytest.FixtureRequest):
    till = request.getfixturevalue(f"at_{system}")
    with CONNECTORS[system].opened(till.address, KEYS[system]) as provider:
        stored = stored_at(till, provider, system)
        kept = till.vault.kept[stored.number]
        kept.declines = 1
        assert provider.charge(wanted(STORES[system], intent="A"), stored).why is Why.DECLINED
        kept.asks = True
        charged = provider.charge(wanted(STORES[system], intent="B"), stored)
        assert charged.why is Why.ASK
        if charged.provider_id:
            assert provider.fetch(charged.provider_id).standing is Standing.FAILED
        kept.asks = False
        provider.forget(stored)
        provider.forget(stored)
        assert provider.charge(wanted(STORES[system], intent="C"), stored).why is Why.GONE
    assert sum(sale.paid_at is not None for sale in till.sales.values()) == 1


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


@needs("stripe.json")
def test_stripes_questions_and_answers_are_what_its_description_says(at_stripe: stripe.StripeStandIn):
    spec = json.loads((SPECS / "stripe.json").read_text("utf-8"))
    with stripe_connector.opened(at_stripe.address, KEYS["stripe"]) as provider:
        number = a_life_at(at_stripe, provider, Method.CARD)
        charged = provider.charge(wanted(Method.CARD, intent="ZMP2"), stored_at(at_stripe, provider, "stripe"))
    asked = [one for one in at_stripe.asked if one.method == "POST"]
    found = [f"{one.path}: {name}" for one in asked for name in _not_described(spec, one)]
    with site(at_stripe.address, headers={"Authorization": f"Bearer {stripe.API_KEY}"}) as far_side:
        session = far_side.get(f"/v1/checkout/sessions/{number}", {"expand[0]": "payment_intent"}).json()
        rows = [session, session["payment_intent"], far_side.get(f"/v1/payment_intents/{charged.provider_id}").json()]
        rows.append(session["payment_intent"]["latest_charge"])
        for path in ("refunds", "disputes", "payouts"):
            rows += far_side.get(f"/v1/{path}", {"payment_intent": session["payment_intent"]["id"]}).json()["data"]
    described = _with_null(spec)
    for row in rows:
        plain = json.loads(json.dumps(row, default=str))
        found.append(_said(_validator(described, row["object"], Draft202012Validator), plain))
    assert not any(found), "\n".join(found)


@pytest.mark.skipif(not LOCALSTRIPE, reason="run by scripts/with_localstripe.py")
def test_localstripe_has_no_other_opinion():
    """A charge without the buyer, as localstripe makes it, is read and sent back as the stand-in's is.

    localstripe has no Checkout, ignores keys that make a question only once, takes no `description`, and sends back
    more than came in; so what it is asked for here is made by hand, and our own reading is what is tried.
    """
    with site(LOCALSTRIPE, headers={"Authorization": "Bearer sk_test_local"}) as far_side:

        def made(path: str, **form: str) -> Any:
            return far_side.ask(Question("POST", path, form=form), accepted=range(600)).json()

        owner = made("/v1/customers", email="anna@post.example")["id"]
        card = {"type": "card", "card[exp_month]": "12", "card[exp_year]": "2030", "card[cvc]": "123"}
        numbers = {}
        for digits in ("4242424242424242", "4000000000000341", "4000002500003155"):
            numbers[digits] = made("/v1/payment_methods", **card, **{"card[number]": digits})["id"]
            made(f"/v1/payment_methods/{numbers[digits]}/attach", customer=owner)
        alone = {"customer": owner, "off_session": "true", "confirm": "true", "amount": "8990", "currency": "eur"}
        paid, declined, asks = (made("/v1/payment_intents", payment_method=one, **alone) for one in numbers.values())
        with stripe_connector.opened(LOCALSTRIPE, {"api_key": "sk_test_local", "webhook_secret": ""}) as provider:
            assert provider.refund(paid["id"], Amount(1000, "EUR"), "k").amount == Amount(1000, "EUR")
            provider.forget(Stored(numbers["4242424242424242"], owner))
        assert declined["error"]["code"] == "card_declined"
        assert asks["status"] == "requires_action"
        detached = far_side.get(f"/v1/payment_methods/{numbers['4242424242424242']}").json()
        assert detached["customer"] is None  # it would be charged all the same, other than at Stripe


def _not_described(spec: dict[str, Any], asked: Any) -> Iterator[str]:
    """Names of a form that the description of its address does not have."""
    for path, verbs in spec["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), asked.path) and "post" in verbs:
            form = verbs["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
            names = {name.partition("[")[0] for name in parse_qs(asked.content.decode())}
            yield from names - form.get("properties", {}).keys()
            return
    yield "no such address"


def _with_null(told: Any) -> Any:
    """A description of OpenAPI 3.0 as JSON Schema understands it: what is nullable may be null."""
    if isinstance(told, list):
        return [_with_null(one) for one in told]
    if not isinstance(told, dict):
        return told
    plain = {name: _with_null(one) for name, one in told.items() if name != "nullable"}
    if told.get("nullable") is not True:
        return plain
    return {"anyOf": [plain, {"type": "null"}]}


# ---- Mollie and PayPal: their published descriptions --------------------------------------------------------------


@needs("mollie.json")
def test_mollies_answers_are_what_its_description_says(at_mollie: mollie.MollieStandIn):
    spec = json.loads((SPECS / "mollie.json").read_text("utf-8"))
    with mollie_connector.opened(at_mollie.address, KEYS["mollie"]) as provider:
        number = a_life_at(at_mollie, provider, Method.INSTANT)
    asked = [one for one in at_mollie.asked if one.method == "POST" and one.path == "/v2/payments"]
    with mollie_connector.opened(at_mollie.address, KEYS["mollie"]) as provider:
        stored = stored_at(at_mollie, provider, "mollie")
        charged = provider.charge(wanted(Method.CARD, intent="ZMP2"), stored)
    payment = _validator(spec, "payment-request", Draft202012Validator)
    answer = _validator(spec, "payment-response", Draft202012Validator)
    found: list[str] = [_said(payment, json.loads(asked[0].content))]
    with site(at_mollie.address, headers={"Authorization": f"Bearer {mollie.API_KEY}"}) as far_side:
        told = far_side.get(f"/v2/payments/{number}", {"embed": "refunds,chargebacks"}).json()
        again = json.loads(far_side.get(f"/v2/payments/{charged.provider_id}").content)
        customer = json.loads(far_side.get(f"/v2/customers/{stored.owner}").content)
        mandate = json.loads(far_side.get(f"/v2/customers/{stored.owner}/mandates/{stored.number}").content)
    asked = [one for one in at_mollie.asked if one.method == "POST" and one.path == "/v2/payments"]
    # the description's own words let a payment without the buyer go without `redirectUrl`; what it requires does not
    back = {"redirectUrl": "https://shop.example/back"}
    found += [_said(payment, back | json.loads(one.content)) for one in asked]
    found.append(_said(answer, again))
    found.append(_said(_validator(spec, "customer-response", Draft202012Validator), customer))
    found.append(_said(_validator(spec, "mandate-response", Draft202012Validator), mandate))
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


@needs("paypal/checkout_orders_v2.json")
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
        stored = stored_at(at_paypal, provider, "paypal")
        provider.charge(wanted(Method.PAYPAL, intent="ZMP2"), stored)
    wishes = [json.loads(one.content) for one in at_paypal.asked if one.path == "/v2/checkout/orders"]
    numbers = list(at_paypal.sales)
    bodies = {
        one.path.rpartition("/")[2]: one.json()
        for one in at_paypal.asked
        if one.method == "POST" and one.content.startswith(b"{")
    }
    found = [
        *(_said(_validator(orders, "order_request", Draft4Validator), one) for one in wishes),
        _said(_validator(payments, "refund_request", Draft4Validator), bodies["refund"]),
    ]
    with site(at_paypal.address, headers={"Authorization": "Bearer A21AAstandin"}) as far_side:
        for each in numbers:
            order = json.loads(far_side.get(f"/v2/checkout/orders/{each}").content)
            found.append(_said(_validator(orders, "order", Draft4Validator), order))
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
