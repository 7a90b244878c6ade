"""What an address of a database means."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from zahlmeister.project.database import database, open_line

HOME = Path("/srv/house")


@pytest.mark.parametrize("host", ["db.example", "10.0.0.7", "[fd00::7]"])
def test_a_server_elsewhere_has_to_show_who_it_is(host: str) -> None:
    assert database(f"postgresql://house:word@{host}/house", HOME)["OPTIONS"] == {"sslmode": "verify-full"}
    named = database(f"postgresql://house:word@{host}/house?sslrootcert=system&connect_timeout=10", HOME)
    assert named["OPTIONS"] == {"sslmode": "verify-full", "sslrootcert": "system", "connect_timeout": "10"}


def test_whoever_says_how_gets_it_so() -> None:
    told = database("postgresql://house@db.example/house?sslmode=disable&pooled=1", HOME)
    assert told["OPTIONS"] == {"sslmode": "disable"}
    assert told["DISABLE_SERVER_SIDE_CURSORS"] is True


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("postgresql://house@127.0.0.1:5433/house", "127.0.0.1"),
        ("postgresql://house@localhost/house", "localhost"),
        ("postgresql://house@[::1]/house", "::1"),
        ("postgresql://house@/house?host=/run/postgresql", "/run/postgresql"),
        ("postgresql:///house", ""),
    ],
)
def test_a_server_on_this_machine_is_asked_as_it_is(address: str, host: str) -> None:
    told = database(address, HOME)
    assert (told["HOST"], told["OPTIONS"]) == (host, {})


def test_a_line_that_others_can_read_is_a_sentence() -> None:
    at = "postgresql://house@db.example/house"
    assert open_line(database(at, HOME)) == ""
    assert open_line(database("postgresql://house@127.0.0.1/house", HOME)) == ""
    assert open_line(database("", HOME)) == ""
    for mode in ("disable", "require", "verify-ca"):
        assert f"its address says sslmode={mode}; take that out" in open_line(database(f"{at}?sslmode={mode}", HOME))


def test_what_is_no_address_is_a_sentence() -> None:
    with pytest.raises(ImproperlyConfigured, match="neither sqlite:PATH nor postgresql"):
        database("mysql://house@db.example/house", HOME)
