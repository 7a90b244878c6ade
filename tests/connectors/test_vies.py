"""VAT ids are asked of VIES; a stand-in on this machine answers as its REST interface does."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from zahlmeister.connectors.vat.contract import Answer
from zahlmeister.connectors.vat.vies import Vies, split
from zahlmeister.refusals import Refused, Unreachable

ANSWERS = {
    "136695976": {"valid": True, "name": "Zahlstelle GmbH", "requestIdentifier": "WAPI123"},
    "129273398": {"valid": False, "name": "---"},
    "811569869": {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]},
}


class _Register(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert (self.path, asked["countryCode"]) == ("/check-vat-number", "DE")
        told = json.dumps(ANSWERS[asked["vatNumber"]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def vies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vies]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    server = HTTPServer(("127.0.0.1", 0), _Register)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Vies(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_the_register_says(vies: Vies) -> None:
    assert vies.ask("DE 136695976") == Answer(True, "Zahlstelle GmbH", "WAPI123")
    assert vies.ask("DE129273398") == Answer(False)


def test_a_country_that_does_not_answer_is_no_verdict(vies: Vies) -> None:
    with pytest.raises(Unreachable, match="later"):
        vies.ask("DE811569869")


@pytest.mark.parametrize("text", ["", "DE1", "XX123456789", "DE136695977"])
def test_what_is_no_id_is_not_asked_about(text: str) -> None:
    with pytest.raises(Refused, match="no VAT id"):
        split(text)
