"""What can go wrong between us and a shop, each as one sentence; and what is not done at all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.connectors.shops.faults import Fault, Line, self_signed
from zahlmeister.connectors import names, web
from zahlmeister.connectors.web import Question, site
from zahlmeister.refusals import Refused, Unreachable

ORDERS = {"orders": [{"number": "A-1", "note": "<b>[1]</b>"}, {"number": "A-2"}]}


class _Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, headers, body = self.server.pages.get(self.path.partition("?")[0], (404, {}, b"<p>no such page</p>"))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name http.server calls

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def pages() -> dict[str, tuple[int, dict[str, str], bytes]]:
    return {"/orders": (200, {"Content-Type": "application/json"}, json.dumps(ORDERS).encode())}


@pytest.fixture
def line(pages: dict, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    monkeypatch.setattr(web, "TO_ANSWER", 0.5)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    server.pages = pages
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    line = Line(f"http://127.0.0.1:{server.server_address[1]}")
    line.silence = 1.0
    yield line
    line.close()
    server.shutdown()
    server.server_close()


def test_an_answer_is_data(line: Line):
    with site(line.address) as shop:
        assert shop.get("/orders").json() == ORDERS


def test_warnings_around_the_data_are_passed_over(line: Line):
    line.faults.append(Fault.HTML_AROUND)
    with site(line.address) as shop:
        assert shop.get("/orders").json() == ORDERS


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.SILENCE, "127.0.0.1 did not answer in time."),
        (Fault.ERROR, "127.0.0.1 reports an error of its own (500: Internal Server Error)."),
        (Fault.HTML_INSTEAD, "127.0.0.1 answers with a web page (“Down for maintenance”) instead of data."),
        (Fault.HALF, "127.0.0.1 broke off in the middle of its answer."),
        (Fault.HALF_QUIETLY, "127.0.0.1 broke off in the middle of its answer, or printed something into it."),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_each_fault_is_a_sentence_and_may_be_tried_again(line: Line, fault: Fault, sentence: str):
    line.faults.append(fault)
    with site(line.address) as shop, pytest.raises(Unreachable) as stop:
        shop.get("/orders").json()

    assert str(stop.value) == sentence
    assert not stop.value.permanent


def test_nothing_inside_half_of_an_answer_is_taken_for_it():
    whole = "<b>Warning</b>\n" + json.dumps(ORDERS)

    for end in range(len(whole) - 1):
        reply = web.Reply(200, whole[:end].encode(), {}, "shop.example")
        with pytest.raises(Unreachable):
            reply.json()


@pytest.mark.parametrize(
    ("status", "permanent", "sentence"),
    [
        (401, True, "does not accept the key or password (401: no)."),
        (403, True, "does not allow this (403: no)."),
        (404, True, "has nothing at this address (404: no)."),
        (422, True, "does not take the question (422: no)."),
        (502, False, "reports an error of its own (502: no)."),
    ],
)
def test_each_status_is_a_sentence(line: Line, pages: dict, status: int, permanent: bool, sentence: str):
    pages["/orders"] = (status, {}, b"<p>no</p>")
    with site(line.address) as shop, pytest.raises(Unreachable) as stop:
        shop.get("/orders")

    assert str(stop.value) == f"127.0.0.1 {sentence}"
    assert stop.value.permanent is permanent


def test_a_status_that_was_expected_is_an_answer(line: Line):
    with site(line.address) as shop:
        assert shop.ask(Question("GET", "/nothing"), accepted={200, 404}).status == 404


def test_a_shop_that_wants_a_pause_gets_it(line: Line):
    slept: list[float] = []
    line.faults.extend([Fault.TOO_MANY, Fault.TOO_MANY])
    line.retry_after = "3"
    with site(line.address, sleep=slept.append) as shop:
        assert shop.get("/orders").json() == ORDERS

    assert slept == [3, 3]


def test_a_pause_that_is_too_long_is_put_off(line: Line):
    line.always, line.retry_after = Fault.TOO_MANY, "120"
    with site(line.address, sleep=pytest.fail) as shop, pytest.raises(Unreachable) as stop:
        shop.get("/orders")

    assert (stop.value.after, stop.value.permanent, line.asked) == (120, False, 1)


def test_an_instant_from_which_questions_are_taken_again_is_waited_for(line: Line, pages: dict):
    pages["/orders"] = (429, {"X-Rate-Limit-Reset": str(int(time.time()) + 3600)}, b"{}")
    with site(line.target.geturl(), sleep=pytest.fail) as shop, pytest.raises(Unreachable) as stop:
        shop.get("/orders")

    assert stop.value.after in range(3590, 3602)


def test_nobody_is_followed_to_another_host(line: Line, pages: dict):
    pages["/orders"] = (302, {"Location": "https://elsewhere.example/orders"}, b"")
    with (
        site(line.address) as shop,
        pytest.raises(Unreachable, match=r"sends us to https://elsewhere\.example") as stop,
    ):
        shop.get("/orders")

    assert stop.value.permanent


def test_a_page_that_moved_within_the_shop_is_followed(line: Line, pages: dict):
    pages["/old"] = (301, {"Location": "/orders"}, b"")
    with site(line.address) as shop:
        assert shop.get("/old").json() == ORDERS


def test_what_was_sent_is_not_dropped_on_the_way_to_a_moved_page(line: Line, pages: dict):
    pages["/old"] = (301, {"Location": "/orders"}, b"")
    with site(line.address) as shop, pytest.raises(Unreachable, match="give that address"):
        shop.ask(Question("POST", "/old", form={"paid": "yes"}))


def test_going_round_in_circles_ends(line: Line, pages: dict):
    pages["/old"] = (302, {"Location": "/old"}, b"")
    with site(line.address) as shop, pytest.raises(Unreachable, match="round in circles"):
        shop.get("/old")


def test_an_endless_answer_ends(line: Line, pages: dict, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(web, "MOST_BYTES", 1 << 20)
    pages["/orders"] = (200, {}, b"x" * (2 << 20))
    with site(line.address) as shop, pytest.raises(Unreachable, match="more than 1 MB"):
        shop.get("/orders")


def test_a_certificate_nobody_vouches_for_is_a_sentence(line: Line, tmp_path: Path):
    secured = Line(line.address, certificate=self_signed(tmp_path))
    with site(secured.address) as shop, pytest.raises(Unreachable) as stop:
        shop.get("/orders")
    secured.close()

    assert (
        str(stop.value)
        == "127.0.0.1 cannot be reached: its certificate is not to be trusted (self-signed certificate)."
    )


def test_a_name_that_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with site("https://shop.invalid") as shop, pytest.raises(Unreachable, match=r"shop\.invalid cannot be reached"):
        shop.get("/")


def test_a_private_network_is_not_asked_unless_the_operator_allows_it(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    secured = Line(line.address, certificate=self_signed(tmp_path))
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE")
    for address in (secured.address, "https://127.0.0.1:1", "https://[::1]:1"):  # a closed door is the same
        with site(address) as shop, pytest.raises(Unreachable, match="private network") as stop:
            shop.get("/orders")
        assert stop.value.permanent
    monkeypatch.setattr(names, "addresses_of", lambda *_: ["9.9.9.9"])  # the name changes its mind
    with site(secured.address) as shop, pytest.raises(Unreachable, match="private network"):
        shop.get("/orders")
    secured.close()

    assert secured.asked == 0


@pytest.mark.parametrize("allowed", ["", "127.0.0.1", "shop.example, 127.0.0.1"])
def test_a_host_that_the_operator_lets_be_called_is_asked(line: Line, monkeypatch: pytest.MonkeyPatch, allowed: str):
    monkeypatch.setenv("ZAHLMEISTER_CALLS", allowed)
    with site(line.address) as shop:
        assert shop.get("/orders").status == 200


def test_where_the_operator_has_named_hosts_no_other_is_looked_up(line: Line, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZAHLMEISTER_CALLS", "shop.example, .bank.example")
    with site(line.address) as shop, pytest.raises(Unreachable, match="none of the hosts") as stop:
        shop.get("/orders")
    assert stop.value.permanent
    assert line.asked == 0


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("shop.example", True), ("SHOP.example.", True), ("fints.bank.example", True), ("a.b.bank.example", True),
        ("bank.example", False), ("evilbank.example", False), ("shop.example.evil.example", False),
        ("api.shop.example", False), ("print.example", True), ("www.print.example", True),
    ],
)  # fmt: skip
def test_which_hosts_are_meant(host: str, monkeypatch: pytest.MonkeyPatch, *, may: bool):
    monkeypatch.setenv("ZAHLMEISTER_CALLS", "shop.example, .bank.example,*.print.example,print.example")
    if may:
        names.check_allowed(host)
        return
    with pytest.raises(Unreachable, match="ask him to name it"):
        names.check_allowed(host)


def test_a_name_that_leads_inside_as_well_is_not_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE", raising=False)
    monkeypatch.setattr(names, "addresses_of", lambda *_: ["9.9.9.9", "10.0.0.7"])
    with site("https://shop.example") as shop, pytest.raises(Unreachable, match="private network"):
        shop.get("/orders")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://shop.example", "without encryption"),
        ("https://brigitte:geheim@shop.example", "user or a password"),
        ("ftp://shop.example", "no address"),
        ("https://", "no address"),
        ("", "no address"),
        ("https://shop.example:port", "no address"),
    ],
)
def test_what_is_no_address_of_a_shop(address: str, sentence: str):
    with pytest.raises(Refused, match=sentence):
        web.checked_address(address)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("shop.example", "https://shop.example"),
        (" https://shop.example/ ", "https://shop.example"),
        ("https://shop.example/de/?x=1#y", "https://shop.example/de"),
    ],
)
def test_an_address_as_it_was_meant(typed: str, meant: str):
    assert web.checked_address(typed) == meant


def test_over_a_public_line_nothing_goes_unencrypted_even_where_private_networks_are_allowed(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    stream: Callable[..., object] = type(
        "Stream", (), {"get_extra_info": lambda *_: ("93.184.216.34", 80), "close": lambda _: None}
    )
    with pytest.raises(Unreachable, match="without encryption"):
        web._check_peer("http", "connection.connect_tcp.complete", {"return_value": stream()})
