"""No password is made of the words of the house, and none is one that thieves have."""

from hashlib import sha1
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from zahlmeister.merchants.models import Membership, Merchant, Person
from zahlmeister.merchants.passwords import WORDS, HouseWords
from zahlmeister.merchants.stolen import NotStolen, is_listed, trouble_with_list

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "password",
    ["Zahlmeister2026!", "Buchhaltung-Konto-1", "!!shopshopshop", "Wollstube#2026", "xx-BRIGITTES-wollstube"],
)
def test_words_that_everybody_here_knows_make_no_password(merchant: Merchant, brigitte: Person, password: str) -> None:
    assert Membership.objects.filter(person=brigitte, merchant=merchant).exists()
    with pytest.raises(ValidationError, match="words that everybody here knows"):
        HouseWords().validate(password, brigitte)


@pytest.mark.parametrize("password", ["Wollstube#2026", "korrekt-pferd-konto", "9f3kq0zzt!", "8463928471"])
def test_other_passwords_may_be_had(db: None, password: str) -> None:
    HouseWords().validate(password, None)  # the merchant's name is a word for those who work there
    HouseWords().validate(password, Person(email="new@wollstube.example"))


def test_the_words_are_written_down() -> None:
    page = (ROOT / "docs/concepts/people.md").read_text(encoding="utf-8")
    assert [word for word in WORDS if word not in page] == []


def stolen(*passwords: str) -> bytes:
    hashes = sorted(sha1(each.encode()).hexdigest().upper() for each in passwords)
    return "".join(f"{each}:{number}\r\n" for number, each in enumerate(hashes, 1)).encode()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 200])
def test_each_of_a_list_is_found_and_nothing_else(tmp_path: Path, count: int) -> None:
    listed = [f"stolen-{number}" for number in range(count)]
    (tmp_path / "list").write_bytes(stolen(*listed))
    assert [each for each in listed if not is_listed(each, tmp_path / "list")] == []
    assert [each for each in range(200) if is_listed(f"kept-{each}", tmp_path / "list")] == []


def test_a_stolen_password_is_refused_where_the_operator_has_a_list(tmp_path: Path, settings: object) -> None:
    (tmp_path / "list").write_bytes(stolen("a-long-one-that-got-out"))
    NotStolen().validate("a-long-one-that-got-out")
    settings.STOLEN_PASSWORDS = str(tmp_path / "list")  # type: ignore[attr-defined] - pytest-django's
    with pytest.raises(ValidationError, match="stolen somewhere else"):
        NotStolen().validate("a-long-one-that-got-out")
    NotStolen().validate("a-long-one-that-nobody-has")
    assert trouble_with_list() is None


def test_a_list_that_is_not_there_refuses_every_new_password_in_a_sentence(tmp_path: Path, settings: object) -> None:
    settings.STOLEN_PASSWORDS = str(tmp_path / "nothing")  # type: ignore[attr-defined] - pytest-django's
    with pytest.raises(ValidationError, match="cannot be read, so no new password is taken"):
        NotStolen().validate("a-long-one-that-nobody-has")
