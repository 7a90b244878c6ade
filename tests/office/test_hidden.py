"""Account numbers stand whole before people who assign payments or have money leave, and before nobody else."""

from io import BytesIO

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook
from tests.office.conftest import signed_in
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.correspondence.models import Sender
from zahlmeister.merchants.models import Membership, Person, Role
from zahlmeister.merchants.rights import rights_of
from zahlmeister.money.accounts import grouped, masked

SHOWN = f"{BERND[:2]}…{BERND[-4:]}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (BERND, SHOWN),
        (f"von {grouped(BERND)} EUR 12", f"von {SHOWN} EUR 12"),
        (f"{BERND}, {grouped(BERND)} {BERND}", f"{SHOWN}, {SHOWN} {SHOWN}"),
        (f'<a href="/x?q={BERND}">{BERND}</a>', f'<a href="/x?q={SHOWN}">{SHOWN}</a>'),
        (f"RE2024 1001 {BERND} ab", f"RE2024 1001 {SHOWN} ab"),
        ("RF18539007547034, DE00 1234 5678 9012 3456 78",) * 2,
    ],
    ids=["plain", "grouped", "several", "page", "behind a number", "others"],
)  # fmt: skip
def test_of_every_account_number_country_and_last_four_signs_are_left(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize(
    ("role", "chosen", "sees"),
    [
        (Role.OWNER, {}, True),
        (Role.CLERK, {}, True),
        (Role.CLERK, {"orders": 1}, True),  # has money leave
        (Role.CLERK, {"orders": 1, "money_out": 1}, False),
        (Role.ACCOUNTANT, {}, False),
    ],
)
def test_who_sees_them(role: Role, chosen: dict[str, int], sees: bool) -> None:
    assert rights_of(Membership(role=role, rights=chosen)).sees_account_numbers is sees


@pytest.fixture
def reader(stage: Stage) -> Client:
    """Cleo, a clerk who reads orders and money and changes neither."""
    stage.orders(order("B-1", "24.98"))
    stage.pays(Paid(999, f"von {BERND}", "Bernd Baum", BERND))
    person = Person.objects.create(email="cleo@wollstube.example", name="Cleo Klar")
    rights = {"orders": 1, "money_out": 1}
    Membership.objects.create(merchant=stage.merchant, person=person, role=Role.CLERK, rights=rights)
    return signed_in(person)


def texts_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    content = b"".join(answer) if answer.streaming else answer.content
    if not content.startswith(b"PK"):
        return str(content.decode())
    sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
    return "\n".join(str(cell) for row in sheet.to_python() for cell in row)


@pytest.mark.parametrize("way", ["list", "one", "search", "csv", "xlsx"])
def test_lists_details_searches_and_files_show_the_end_only(
    stage: Stage, office: Client, reader: Client, way: str
) -> None:
    paths = {
        "list": "/payments/",
        "one": f"/payments/{stage.payment().pk}/",
        "search": "/search/?q=Bernd",
        "csv": "/payments/?as=csv",
        "xlsx": "/payments/?as=xlsx",
    }
    whole, part = (texts_of(client, paths[way]) for client in (office, reader))
    numbers = (BERND, grouped(BERND))
    assert not any(number in part for number in numbers)
    if any(number in whole for number in numbers):
        assert SHOWN in part
    elif way in {"one", "csv", "xlsx"}:
        pytest.fail("the owner sees none either, so that nothing was tried")


def test_a_file_for_a_bank_is_not_given_and_nothing_is_done(stage: Stage, reader: Client) -> None:
    for path in ("/transfers/files/1/download", "/debits/files/1/download"):
        answer = reader.get(path)
        assert answer.status_code == 403
        assert "account numbers" in answer.content.decode()


def test_a_number_of_which_only_the_ends_were_shown_is_never_saved(stage: Stage) -> None:
    """What was cut is not posted back, and a merchant's own words for buyers are shown whole to who may write them."""
    person = Person.objects.create(email="cleo@wollstube.example", name="Cleo Klar")
    rights = {"orders": 1, "money_out": 1, "settings": 2}
    Membership.objects.create(merchant=stage.merchant, person=person, role=Role.CLERK, rights=rights)
    cleo = signed_in(person)
    Sender.objects.create(merchant=stage.merchant, imprint=f"Wollstube, {BERND}")
    assert BERND in texts_of(cleo, "/letters/sender")
    assert cleo.post("/letters/sender", {"imprint": f"Wollstube, {SHOWN}"}).status_code == 403
    assert Sender.objects.get().imprint == f"Wollstube, {BERND}"
