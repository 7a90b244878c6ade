"""A shop with the module: getting to know it, reading, telling, and what goes wrong; each system, by real HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from zahlmeister.connectors.shops.contract import Answer, Heard, Reading, Telling, Verdict
from zahlmeister.connectors.shops.module import handshake
from zahlmeister.connectors.shops.module.handshake import introduce_module
from zahlmeister.connectors.shops.module.keys import Keys, new_keys
from zahlmeister.connectors.shops.module.profiles import PROFILES
from zahlmeister.connectors.shops.module.shop import ModuleShop, open_module
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreachable
from zahlmeister.sandbox.module_shop.books import CANCELLED, PACKED, PAID, Person, Placed
from zahlmeister.sandbox.module_shop.dialects import DIALECTS
from zahlmeister.sandbox.module_shop.server import ModuleServer
from zahlmeister.sandbox.module_shop.side import Module, outcome

SYSTEMS = sorted(PROFILES)
WANTED = Reading()
ANNA = Person("Jürgen", "Weiß", 'Öl & Söhne "GmbH"')


@cache
def pair(bits: int) -> Keys:
    """Making keys takes long; the tests share one set per length, with access codes of their own."""
    return new_keys(bits, {})


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")

    def quick(bits: int, known: dict[str, str]) -> Keys:
        code = known.get("access_code") or "Wolle2026abcdefghijk"
        return replace(pair(bits), access_code=code, api_key=known.get("api_key") or "Key1")

    monkeypatch.setattr(handshake, "new_keys", quick)


@pytest.fixture
def served() -> Iterator[Callable[[str], ModuleServer]]:
    """Shops of any system, stopped at the end."""
    servers: list[ModuleServer] = []

    def serve(system: str) -> ModuleServer:
        servers.append(ModuleServer(system))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


Serve = Callable[[str], ModuleServer]


def settings(server: ModuleServer, **more: Any) -> dict[str, Any]:
    name = server.module.dialect.name
    return {"module": name, "address": server.address, "allow_plain": name == "virtuemart", **more}


@contextmanager
def connected(server: ModuleServer, **more: Any) -> Iterator[ModuleShop]:
    introduced = introduce_module(settings(server, **more), {})
    with open_module(introduced.settings, introduced.secret) as shop:
        yield shop


def order(server: ModuleServer, number: str, total: str = "49.90", **more: Any) -> Placed:
    delivery = Person("Zoë", "O'Brien", country="AT")
    return server.module.books.place(Placed(number, Decimal(total), ANNA, delivery, **more))


def telling(number: str, verdict: Verdict = Verdict.PAID, **more: Any) -> Telling:
    return Telling(key=number, number=number, verdict=verdict, callback=f"zm-{number}", **more)


def heard(answers: Any) -> list[Heard]:
    return [answer.heard for answer in answers]


# --- every system


def test_every_profile_has_a_stand_in():
    assert set(PROFILES) == set(DIALECTS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_connected_read_paid_and_cancelled(served: Serve, system: str):
    server = served(system)
    order(server, "1001", invoices={"R1": b""})
    order(server, "1002", "0.01", method="cash_on_delivery")
    order(server, "1003", method="paypal")

    with connected(server) as shop:
        keys = list(shop.open_keys(WANTED))
        first, second = shop.orders(keys)
        told = shop.tell([telling("1001"), telling("1002", Verdict.CANCELLED)])

    assert keys == ["1001", "1002"]
    assert (first.number, first.amount, first.ordered_on) == ("1001", Amount(4990, "EUR"), date(2026, 11, 20))
    assert f"{first.billing.first_name} {first.billing.last_name}".strip() == "Jürgen Weiß"
    assert (first.billing.company, first.billing.street) == ('Öl & Söhne "GmbH"', "Straße 1")
    assert (first.billing.country, first.delivery.country) == ("DE", "AT")
    assert (first.delivery.last_name.split()[-1], first.language) == ("O'Brien", "de-DE")
    assert second.kind in {"cod", ""}
    assert heard(told) == [Heard.WRITTEN, Heard.WRITTEN]
    assert [outcome(server.module.books.orders[one]) for one in ("1001", "1002", "1003")] == ["PAID", "CANCELLED", ""]
    assert server.module.books.orders["1001"].transaction == "zm-1001"


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_agrees_on_the_best_cipher_it_has(served: Serve, system: str):
    expected = {"virtuemart": "base64", "xtcommerce3": "mcrypt"}.get(system, "openssl")

    with connected(served(system)) as shop:
        about = shop.about()

    assert (about.encryption, about.system) == (expected, PROFILES[system].label)
    assert (about.version, about.plugin_version) == (f"{system} 1.0", "1.9.9")


@pytest.mark.parametrize("system", SYSTEMS)
def test_warnings_around_every_answer_change_nothing(served: Serve, system: str):
    server = served(system)
    server.module.switches.warning_before = server.module.switches.warning_after = True
    order(server, "1001")

    with connected(server) as shop:
        assert [one.amount for one in shop.orders(shop.open_keys(WANTED))] == [Amount(4990, "EUR")]
        assert heard(shop.tell([telling("1001")])) == [Heard.WRITTEN]


@pytest.mark.parametrize("system", SYSTEMS)
def test_half_of_an_answer_is_never_taken_for_a_whole_one(served: Serve, system: str):
    server = served(system)
    for number in range(1001, 1030):
        order(server, str(number))

    with connected(server) as shop:
        keys = shop.open_keys(WANTED)
        server.module.switches.half = True
        with pytest.raises(Unreachable):
            shop.open_keys(WANTED)
        with pytest.raises(Unreachable):
            list(shop.orders(keys))
    assert len(keys) == 29


@pytest.mark.parametrize("system", SYSTEMS)
def test_nothing_that_was_sent_could_leave_its_place_in_sql(served: Serve, system: str):
    server = served(system)
    order(server, "1001")
    evil = "1001' OR '1'='1"

    with connected(server) as shop:
        assert heard(shop.tell([telling(evil), telling("1001")])) == [Heard.REFUSED, Heard.WRITTEN]
        with pytest.raises(Refused):
            shop.tell([replace(telling("1001"), callback="x' --")])
        with pytest.raises(Refused):
            shop.find(evil)
        with pytest.raises(Unreachable, match="no order number"):
            list(shop.orders([evil]))

    assert server.module.injected == []


@pytest.mark.parametrize("system", ["modified", "oxid", "prestashop", "magento1", "magento2", "jtl5"])
def test_the_stand_in_is_as_strict_as_the_real_one_about_encoding(
    served: Serve, system: str, monkeypatch: pytest.MonkeyPatch
):
    once = replace(PROFILES[system], encoded=1)
    monkeypatch.setitem(PROFILES, system, once)
    server = served(system)
    server.module.switches.without_mcrypt = True

    with pytest.raises(Unreachable):
        introduce_module(settings(server), {})


def test_virtuemart_understands_nothing_that_is_encoded_twice(served: Serve, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(PROFILES, "virtuemart", replace(PROFILES["virtuemart"], encoded=2))

    with pytest.raises(Unreachable):
        introduce_module(settings(served("virtuemart")), {})


# --- getting to know each other


def test_a_shop_that_cannot_keep_long_keys_gets_short_ones_and_we_are_told(served: Serve):
    server = served("gambio")
    server.module.kept[""] = replace(Module(DIALECTS["gambio"])._kept({}), width=1000)

    introduced = introduce_module(settings(server), {})

    assert (introduced.settings["key_bits"], introduced.secret["cipher"]) == (1024, "openssl")
    with open_module(introduced.settings, introduced.secret) as shop:
        assert any("1024" in warning for warning in shop.about().warnings)


def test_old_shops_without_openssl_use_aes(served: Serve):
    server = served("magento2")
    server.module.switches.without_openssl = True

    with connected(server) as shop:
        assert shop.about().encryption == "mcrypt"


@pytest.mark.parametrize("field", ["access_code", "api_key"])
def test_a_shop_that_knows_somebody_already_says_what_its_owner_has_to_do(served: Serve, field: str):
    server = served("modified")
    introduce_module(settings(server), {})
    setattr(server.module.kept[""], field, "0" * 32)

    with pytest.raises(Unreachable, match="Empty the fields") as stop:
        introduce_module(settings(server), {})

    assert stop.value.permanent
    assert "0" * 32 not in str(stop.value)


def test_a_merchant_who_knows_both_codes_takes_the_shop_over(served: Serve):
    server = served("modified")
    introduce_module(settings(server), {"access_code": "OldCode", "api_key": "OldKey"})

    introduced = introduce_module(settings(server), {"access_code": "OldCode", "api_key": "OldKey"})

    assert introduced.secret["access_code"] == "OldCode"
    with pytest.raises(Unreachable, match="Empty the fields"):
        introduce_module(settings(server), {})


def test_keys_are_changed_by_introducing_the_shop_again(served: Serve):
    server = served("modified")
    first = introduce_module(settings(server), {})
    second = introduce_module(first.settings, first.secret)

    assert second.secret["access_code"] == first.secret["access_code"]
    with open_module(second.settings, second.secret) as shop:
        assert shop.open_keys(WANTED) == []


def test_no_shop_falls_back_to_a_weaker_cipher(served: Serve):
    server = served("jtl4")
    first = introduce_module(settings(server, allow_plain=True), {})
    server.module.switches.without_openssl = True

    with pytest.raises(Unreachable, match="no encryption that is allowed"):
        introduce_module(first.settings, first.secret)


def test_a_shop_that_suddenly_talks_in_the_clear_is_not_believed(served: Serve, monkeypatch: pytest.MonkeyPatch):
    server = served("modified")
    order(server, "1001")
    with connected(server) as shop:
        server.module.kept[""].encryption = "base64"
        monkeypatch.setattr(Module, "_revealed", lambda *told: "all")  # whoever changed the shop
        with pytest.raises(Unreachable, match="without the encryption that was agreed on") as stop:
            shop.open_keys(WANTED)

    assert stop.value.permanent


def test_no_encryption_at_all_is_only_for_shops_the_merchant_allows_it_for(served: Serve):
    server = served("virtuemart")

    with pytest.raises(Refused, match="HTTPS and you allow it"):
        introduce_module(settings(server, allow_plain=False), {})
    with pytest.raises(Refused, match="HTTPS and you allow it"):
        introduce_module(settings(server, address="http://shop.example"), {})
    introduced = introduce_module(settings(server), {})
    with (
        pytest.raises(Refused, match="may only be read by HTTPS"),
        open_module({**introduced.settings, "allow_plain": False}, introduced.secret),
    ):
        pass


def test_a_module_that_may_not_do_without_is_not_offered_it(served: Serve):
    server = served("jtl5")
    server.module.switches.without_openssl = True

    with pytest.raises(Unreachable, match="extension openssl"):
        introduce_module(settings(server), {})
    assert server.module.kept[""].encryption == ""


@pytest.mark.parametrize("system", ["magento1", "modified"])
def test_an_address_without_a_module_is_told_so(served: Serve, system: str):
    server = served(system)

    with pytest.raises(Unreachable) as stop:
        introduce_module(settings(server, address=f"{server.address}/shop"), {})

    assert stop.value.permanent
    assert "at this address" in str(stop.value)


def test_a_page_where_the_module_should_be_is_shown_by_its_first_words(served: Serve):
    server = served("jtl5")

    with pytest.raises(Unreachable, match="shows “Wollstube Willkommen”, which is no answer of the module"):
        introduce_module(settings(server, path="/?x=1"), {})


def test_what_changes_the_access_code_on_the_way_is_named(served: Serve, monkeypatch: pytest.MonkeyPatch):
    server = served("modified")
    asked = server.module._param
    monkeypatch.setattr(
        type(server.module),
        "_param",
        lambda self, told, name: "changed" if name == "accesscode" else asked(told, name),
    )

    with pytest.raises(Unreachable, match="arrived changed at the shop"):
        introduce_module(settings(server), {})


def test_a_shop_that_was_never_introduced_is_not_opened(served: Serve):
    with pytest.raises(Refused, match="connect it first"), open_module(settings(served("modified")), {}):
        pass


# --- reading


def test_an_empty_list_is_believed_of_a_module_that_lets_us_in(served: Serve):
    for system in ("modified", "oscommerce"):
        with connected(served(system)) as shop:
            assert shop.open_keys(WANTED) == []


@pytest.mark.parametrize("verb", ["open_keys", "find", "tell"])
def test_a_wrong_access_code_is_told_from_an_empty_shop(served: Serve, verb: str):
    server = served("modified")
    order(server, "1001")
    with connected(server) as shop:
        server.module.kept[""].access_code = "changed"
        asked: dict[str, Callable[[], object]] = {
            "open_keys": lambda: shop.open_keys(WANTED),
            "find": lambda: shop.find("1001"),
            "tell": lambda: shop.tell([telling("1001")]),
        }
        with pytest.raises(Unreachable, match="access code is another one") as stop:
            asked[verb]()

    assert stop.value.permanent


def test_other_keys_in_the_shop_are_noticed(served: Serve):
    server = served("modified")
    order(server, "1001")
    with connected(server) as shop:
        server.module.kept[""].public_key = pair(2048).kept(pair(2048).ciphers()["openssl"])["shop_key"]
        with pytest.raises(Unreachable):  # what a wrong key makes of it is chance, and so is the sentence
            shop.open_keys(WANTED)


def test_a_list_that_ends_where_a_block_ends_is_read_twice(served: Serve, monkeypatch: pytest.MonkeyPatch):
    server = served("modified")
    for number in range(100_000, 100_026):  # 26 entries of nine bytes: two blocks to the byte
        order(server, str(number))
    with connected(server) as shop:
        assert len(shop.open_keys(WANTED)) == 26
        cuts, whole = iter([True]), Module.answer

        def cut_once(module: Module, action: str, told: Any) -> str:
            said = whole(module, action, told)
            return said[: len(said) // 2] if next(cuts, False) else said

        monkeypatch.setattr(Module, "answer", cut_once)
        with pytest.raises(Unreachable, match="broke off"):
            shop.open_keys(WANTED)
        assert len(shop.open_keys(WANTED)) == 26


def test_many_orders_are_read_in_batches(served: Serve):
    server = served("modified")
    for number in range(1001, 1131):
        order(server, str(number))

    with connected(server) as shop:
        assert len(list(shop.orders(shop.open_keys(WANTED)))) == 130


def test_an_order_that_cannot_be_read_does_not_keep_the_others_away(served: Serve):
    server = served("modified")
    order(server, "1001")
    order(server, "1002", currency="")
    order(server, "1003")

    with connected(server) as shop:
        read = shop.orders(["1001", "1002", "1003"])
        found = [next(read).number, next(read).number]
        with pytest.raises(Unreachable, match="order 1002"):
            next(read)

    assert found == ["1001", "1003"]


def test_a_latin_1_database_is_read(served: Serve):
    server = served("xtcommerce3")
    server.module.switches.charset = "cp1252"
    order(server, "1001")

    with connected(server) as shop:
        found = shop.find("1001")

    assert found is not None
    assert (found.billing.city, found.billing.last_name) == ("Köln", "Weiß")


def test_an_order_is_found_whatever_its_state(served: Serve):
    server = served("gambio")
    order(server, "1001", status=PACKED)

    with connected(server) as shop:
        found = shop.find("1001")
        assert shop.find("4711") is None

    assert found is not None
    assert found.status == PACKED


# --- several shops in one installation


@pytest.mark.parametrize("system", ["xtcommerce4", "prestashop"])
def test_subshops_are_introduced_one_by_one_and_read_together(served: Serve, system: str):
    server = served(system)
    order(server, "1001", store="1")
    order(server, "1002", store="2")
    order(server, "1003", store="3")

    with connected(server, subshops="1, 2") as shop:
        found = {one.number: one.subshop for one in shop.orders(shop.open_keys(WANTED))}
        about = shop.about()

    assert found == {"1001": "1", "1002": "2"}
    assert set(server.module.kept) == {"1", "2"}
    assert [choice.code for choice in about.subshops] == ["1", "2"]


def test_magento_is_asked_for_store_views_by_their_codes(served: Serve):
    server = served("magento1")
    order(server, "1001", store="default")
    order(server, "1002", store="outlet")

    with connected(server, subshops="outlet") as shop:
        assert shop.open_keys(WANTED) == ["1002"]


# --- telling


@pytest.mark.parametrize("system", SYSTEMS)
def test_told_twice_it_is_written_once(served: Serve, system: str):
    server = served(system)
    order(server, "1001")

    with connected(server) as shop:
        first, second = shop.tell([telling("1001")]), shop.tell([telling("1001")])

    assert heard(first) == [Heard.WRITTEN]
    assert heard(second) == [Heard.LEFT if system == "oscommerce" else Heard.ALREADY]
    assert len(server.module.books.by_module("1001")) == 1


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_a_person_changed_is_left_alone(served: Serve, system: str):
    server = served(system)
    order(server, "1001")
    server.module.books.change_by_hand("1001", PACKED)

    with connected(server) as shop:
        assert heard(shop.tell([telling("1001")])) == [Heard.LEFT]
    assert server.module.books.by_module("1001") == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_late_money_for_a_cancelled_order(served: Serve, system: str):
    server = served(system)
    order(server, "1001")

    with connected(server) as shop:
        shop.tell([telling("1001", Verdict.CANCELLED)])
        late = shop.tell([telling("1001")])

    revived = DIALECTS[system].revives
    assert heard(late) == [Heard.WRITTEN if revived else Heard.LEFT]
    assert server.module.books.orders["1001"].status == (PAID if revived else CANCELLED)


def test_an_order_that_a_person_cancelled_is_not_revived(served: Serve):
    server = served("magento1")
    order(server, "1001")
    with connected(server) as shop:
        [known] = shop.orders(["1001"])
        server.module.books.change_by_hand("1001", CANCELLED)

        assert heard(shop.tell([telling("1001", seen_status=known.status)])) == [Heard.LEFT]
    assert server.module.books.orders["1001"].status == CANCELLED


def test_an_order_without_a_status_for_it_is_refused_and_says_where_to_look(served: Serve):
    server = served("modified")
    order(server, "1001")
    server.module.books.written.clear()

    with connected(server) as shop:
        [answer] = shop.tell([telling("1001")])

    assert answer.heard is Heard.REFUSED
    assert "no status is chosen" in answer.why


def test_changes_that_are_switched_off_are_noticed(served: Serve):
    server = served("modified")
    order(server, "1001")
    server.module.switches.changes = False

    with connected(server) as shop:
        assert heard(shop.tell([telling("1001")])) == [Heard.REFUSED]


def test_an_unknown_order_is_told_apart(served: Serve):
    server = served("modified")
    order(server, "1001")

    with connected(server) as shop:
        assert shop.tell([telling("999"), telling("1001")]) == [Answer(Heard.UNKNOWN), Answer(Heard.WRITTEN)]


# --- credit notes and invoices


@pytest.mark.parametrize("system", ["magento1", "magento2"])
def test_credit_notes_are_read_and_answered_once(served: Serve, system: str):
    server = served(system)
    order(server, "100000005")
    note = server.module.books.want_back("100000005", Decimal("49.98"), date(2026, 11, 21))

    with connected(server) as shop:
        [credit] = shop.credits()
        first = shop.answer_credit(credit.key, "EXECUTED", "zm-r1")
        second = shop.answer_credit(credit.key, "EXECUTED", "zm-r2")
        assert shop.credits() == []

    assert (credit.key, credit.order_number, credit.told) == (note.number, "100000005", "49.9800")
    assert (first.heard, second.heard) == (Heard.WRITTEN, Heard.ALREADY)
    assert (note.transaction, note.comments) == ("zm-r1", ["EXECUTED [zm-r1]"])


def test_modules_without_credit_notes_are_not_asked_for_them(served: Serve):
    with connected(served("modified")) as shop:
        assert shop.credits() == ()
        assert shop.answer_credit("1", "EXECUTED", "z").heard is Heard.REFUSED


def test_an_invoice_is_fetched_as_it_is(served: Serve):
    server = served("oxid")
    pdf = b"%PDF-1.4\n\xe2\xe3\xcf\xd3 an invoice\n%%EOF\n"
    order(server, "1001", invoices={"RE-1": pdf})
    server.module.switches.warning_before = True

    with connected(server) as shop:
        assert shop.invoice("1001", "RE-1") == pdf
        assert shop.invoice("1001", "RE-2") is None
        server.module.switches.half = True
        with pytest.raises(Unreachable, match="invoice RE-1"):
            shop.invoice("1001", "RE-1")
    with connected(served("modified")) as shop:
        assert shop.invoice("1001", "RE-1") is None


# --- what is wrong with the shop itself


def test_a_module_that_fails_is_told_with_its_status(served: Serve):
    server = served("modified")
    with connected(server) as shop:
        server.module.switches.broken = True
        with pytest.raises(Unreachable, match="500") as stop:
            shop.open_keys(WANTED)

    assert not stop.value.permanent


def test_weaknesses_that_only_the_shop_can_mend_are_said(served: Serve):
    expected = {
        "oscommerce": "without looking at the access code",
        "prestashop": "settings",
        "virtuemart": "HTTPS alone",
    }
    for system, sentence in expected.items():
        with connected(served(system)) as shop:
            assert any(sentence in warning for warning in shop.about().warnings), system
    with connected(served("magento2")) as shop:
        assert shop.about().warnings == ()
