"""Recovery codes open once each, are seen once, and are kept as salted hashes."""

import re
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.apps import apps
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from tests.office.conftest import signed_in
from tests.office.test_own_access import BRIGITTE, ENGLISH, code_of, with_app
from tests.stage import Stage

from zahlmeister.flows.people.recovery_codes import codes_left, make_codes, use_code
from zahlmeister.merchants.models import Person

STEP = import_module("zahlmeister.merchants.migrations.0020_hashed_recovery_codes")


def kept(person: Person) -> Authenticator:
    return Authenticator.objects.get(user=person, type="recovery_codes")


def test_a_code_opens_once_however_it_is_written(stage: Stage, brigitte: Person) -> None:
    with_app(brigitte)
    code = make_codes(brigitte)[3]
    for expected in (302, 200):
        client = Client()
        client.post("/sign-in/", BRIGITTE)
        assert client.post("/sign-in/code/", {"code": f" {code.replace('-', ' ')}"}).status_code == expected
    assert codes_left(brigitte) == 9


def test_a_code_also_shows_again_who_it_is(stage: Stage, brigitte: Person) -> None:
    secret, code, client = with_app(brigitte), make_codes(brigitte)[0], Client(headers=ENGLISH)
    client.post("/sign-in/", BRIGITTE)
    client.post("/sign-in/code/", {"code": code_of(secret)})
    assert "does not fit" in client.post("/sign-in/again/code/", {"code": "1" * 16}).content.decode()
    answer = client.post("/sign-in/again/code/", {"code": code, "next": "/me/"})
    assert answer.headers["Location"] == "/me/"
    assert codes_left(brigitte) == 9


def test_nobody_can_read_them_where_they_are_kept(stage: Stage, brigitte: Person) -> None:
    made = make_codes(brigitte)
    assert all(re.fullmatch(r"\d-\d{5}-\d{5}-\d{5}", code) for code in made)
    assert len(set(made)) == 10
    data = kept(brigitte).data
    assert "seed" not in data
    assert not any(code.replace("-", "")[1:] in str(data) for code in made)
    hashes = data["hashes"].values()
    assert len({identify_hasher(each).decode(each)["salt"] for each in hashes}) == 10


def test_a_code_of_somebody_else_a_wrong_one_or_none_opens_nothing(stage: Stage, brigitte: Person) -> None:
    somebody = Person.objects.create(email="else@wollstube.example", name="Else")
    others, mine = make_codes(somebody), make_codes(brigitte)
    wrong = f"{(int(mine[0][0]) + 1) % 10}{mine[0][1:]}"  # right but for its place
    for typed in (others[0], wrong, mine[0][:-1], "", "12345678", "x" * 16):
        assert use_code(brigitte, typed) is None
    assert codes_left(brigitte) == 10
    assert use_code(brigitte, mine[0]) is not None
    assert codes_left(somebody) == 10


def test_whoever_is_slower_with_the_same_code_is_too_late(
    stage: Stage, brigitte: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = make_codes(brigitte)[0]
    from zahlmeister.flows.people import recovery_codes as flow

    def meanwhile(typed: str, one: str) -> bool:
        monkeypatch.undo()
        assert use_code(brigitte, code) is not None
        return True

    monkeypatch.setattr(flow, "check_password", meanwhile)
    assert use_code(brigitte, code) is None


def test_new_codes_end_the_old_ones_and_are_shown_once(stage: Stage, brigitte: Person) -> None:
    with_app(brigitte)
    client = signed_in(brigitte)
    before = make_codes(brigitte)
    assert "The 10 that you have left are good no more then." in client.get("/me/second-factor/codes/").content.decode()
    page = client.post("/me/second-factor/codes/").content.decode()
    shown = re.findall(r"<code>([\d-]+)</code>", page)
    assert use_code(brigitte, before[0]) is None
    assert use_code(brigitte, shown[0]) is not None
    assert not any(code in client.get("/me/second-factor/codes/").content.decode() for code in shown)
    assert not any(code in client.get("/me/second-factor/").content.decode() for code in shown)


def test_who_has_no_second_factor_gets_no_codes(stage: Stage, brigitte: Person) -> None:
    client = signed_in(brigitte)
    for answer in (client.get("/me/second-factor/codes/"), client.post("/me/second-factor/codes/")):
        assert answer.headers["Location"] == "/me/second-factor/"
    assert codes_left(brigitte) == 0
    assert Client().get("/me/second-factor/codes/").headers["Location"].startswith("/sign-in/")


def test_codes_from_before_stay_good_and_are_hashed(stage: Stage, brigitte: Person) -> None:
    """Somebody has them on paper."""
    before = RecoveryCodes.activate(brigitte)
    codes = before.generate_codes()
    before.validate_code(codes[0])
    for _ in range(2):
        STEP.hash_codes(apps, None)
    data = kept(brigitte).data
    assert "seed" not in data
    assert len(data["hashes"]) == codes_left(brigitte) == 9
    assert use_code(brigitte, codes[0]) is None
    assert use_code(brigitte, codes[5]) is not None
    assert use_code(brigitte, codes[5]) is None
    assert codes_left(brigitte) == 8
