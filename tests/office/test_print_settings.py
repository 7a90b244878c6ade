"""Who prints letters, said on a page: spoken to before it is kept, and known by its key."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from tests.stage import Stage, order

from zahlmeister.correspondence.models import PrintAccount, SentLetter
from zahlmeister.correspondence.printing import print_service
from zahlmeister.sandbox.pingen import CLIENT, ORGANISATION, SECRET, PingenStandIn

FORM = {"port": "22", "folder": "in", "product": "fast", "address": "https://api.pingen.com"}


@pytest.fixture
def pingen(monkeypatch: pytest.MonkeyPatch) -> Iterator[PingenStandIn]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    made = PingenStandIn()
    yield made
    made.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "in").mkdir()
    made = SftpServer(tmp_path)
    yield made
    made.close()


def test_pingen_is_spoken_to_and_its_secret_is_sealed(office: Client, stage: Stage, pingen: PingenStandIn) -> None:
    form = FORM | {"way": "pingen", "user": CLIENT, "organisation": ORGANISATION, "address": pingen.address}
    wrong = office.post("/letters/print", form | {"secret": "wrong"})
    assert wrong.status_code == 422
    assert "401" in wrong.content.decode()
    assert not PrintAccount.objects.exists()

    assert office.post("/letters/print", form | {"secret": SECRET}).status_code == 302
    assert office.post("/letters/print", form | {"product": "dpag_economy"}).status_code == 302
    row = PrintAccount.objects.get()
    assert row.product == "dpag_economy"
    assert SECRET.encode() not in bytes(row.sealed)
    assert SECRET not in office.get("/letters/print").content.decode()
    assert "Pingen" in office.get("/letters/").content.decode()
    print_service(stage.merchant.pk).check()
    told = office.get("/letters/print", headers={"Accept-Language": "en"}).content.decode().partition("History")[2]
    assert "Pingen: kind of posting: dpag_economy instead of fast" in told
    assert "client secret: new" in told


def test_another_service_is_not_told_the_secret_of_this_one(
    office: Client, stage: Stage, pingen: PingenStandIn, server: SftpServer
) -> None:
    form = FORM | {"way": "pingen", "user": CLIENT, "organisation": ORGANISATION, "address": pingen.address}
    office.post("/letters/print", form | {"secret": SECRET})
    elsewhere = {"way": "sftp", "host": "127.0.0.1", "port": str(server.port), "fingerprint": server.fingerprint}
    for change in ({"address": pingen.address.replace("127.0.0.1", "127.0.0.2")}, {"user": "x"}, elsewhere):
        answer = office.post("/letters/print", form | change, headers={"Accept-Language": "en"})
        assert answer.status_code == 422
        assert "Enter the password again" in answer.content.decode()
    assert server.sign_ins == []
    assert PrintAccount.objects.get().address == pingen.address


def test_a_server_is_asked_for_its_key_first_and_told_nothing(office: Client, stage: Stage, server: SftpServer) -> None:
    form = FORM | {"way": "sftp", "user": USER, "host": "127.0.0.1", "port": str(server.port), "secret": PASSWORD}
    asked = office.post("/letters/print", form)
    assert asked.status_code == 422
    assert server.fingerprint in asked.content.decode()
    assert server.sign_ins == []

    assert office.post("/letters/print", form | {"fingerprint": server.fingerprint}).status_code == 302
    assert PrintAccount.objects.get().fingerprint == server.fingerprint
    assert server.sign_ins == [USER]


def test_what_is_missing_is_said_at_its_field(office: Client, stage: Stage) -> None:
    answer = office.post("/letters/print", FORM | {"way": "pingen", "user": CLIENT})

    assert answer.status_code == 422
    assert "This is needed here." in answer.content.decode()
    assert not PrintAccount.objects.exists()


def test_status_and_price_stand_with_the_letter(office: Client, stage: Stage) -> None:
    stage.orders(order("1001", "49.90"))
    of = stage.item("1001").order
    row = SentLetter.objects.create(
        merchant=stage.merchant, order=of, key="k", medium="letter", kind="paid", reader="Anna", sent_at=stage.now,
        place="pingen b85c:letter-1", print_status="submitted", price_minor=125, price_currency="CHF",
    )  # fmt: skip

    page = office.get(f"/letters/{row.pk}/").content.decode()
    assert "handed in" in page
    assert "1.25" in page
    assert "1.25" in office.get(f"/orders/{of.pk}/").content.decode()
