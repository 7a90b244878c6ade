"""The numbers under which items are found: nobody can try them out, and they are made anew without losing anybody."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.dying import Killed, dying
from tests.flows.test_sweep_keys import all_keys, found, items, kept
from tests.guaranteed import Market
from tests.stage import ANNA, BERND, Paid, Stage, order

from zahlmeister.cli.rotate_key import rotate_key
from zahlmeister.flows import rotate_key as secrets
from zahlmeister.flows.assign_payment import assign
from zahlmeister.flows.match_keys import change_match_keys, write_missing_keys
from zahlmeister.matching.keys import digest, digests, item_keys, kept_keys
from zahlmeister.merchants.models import LastingKey, Merchant
from zahlmeister.receivables.digests import PURPOSE, digest_of
from zahlmeister.receivables.facts import item_facts
from zahlmeister.receivables.models import MatchKey, RetiredKeys

NUMBER, ACCOUNT = "number:100012345", f"iban:{ANNA}"


@pytest.fixture
def known(transactional_db: None, stage: Stage) -> Stage:
    """A person has assigned money from Anna's account, so that her next order is found by it."""
    stage.orders(order("100012345", "24.98"), order("100012347", "61.00"))
    stage.pays(Paid(2498, "Vielen Dank", "A. W.", ANNA))
    share = [(stage.item("100012345").pk, 2498)]
    assign(stage.merchant, stage.payment().pk, share, by="brigitte", source="click", at=stage.now)
    return stage


def test_whoever_has_the_table_cannot_try_out_an_account(known: Stage) -> None:
    there = {number for number, _ in kept(known)}
    assert found(known, ACCOUNT) == [known.item("100012347").pk]
    assert digest_of(known.merchant.pk)(ACCOUNT) in there
    tried = {digest(key) for item in items(known) for key in item_keys(item_facts(item))}
    assert not there & {digest(ACCOUNT), digests(b"guessed")(ACCOUNT), *tried}


def test_no_two_merchants_have_a_number_in_common(known: Stage, tmp_path: Path) -> None:
    other = Stage(Merchant.objects.create(name="Garnkorb", slug="garnkorb"), tmp_path, known.now)
    other.orders(order("100012345", "24.98"), order("100012347", "61.00"))
    assert found(other, NUMBER) == [other.item("100012345").pk]
    assert not {number for number, _ in kept(known)} & {number for number, _ in kept(other)}


def test_who_only_looks_keeps_no_key(transactional_db: None, stage: Stage) -> None:
    assert found(stage, NUMBER) == []
    assert not LastingKey.objects.exists()


def test_keys_that_are_missing_altogether_are_written(known: Stage) -> None:
    MatchKey.objects.all().delete()
    write_missing_keys()
    assert found(known, ACCOUNT) == [known.item("100012347").pk]
    assert kept(known) >= all_keys(items(known))
    assert not RetiredKeys.objects.exists()


@pytest.fixture
def old(known: Stage) -> Stage:
    """The same, as an installation from before there were keys has it; sweeping is behind there, too."""
    there = [(digest(key), item) for item in items(known) for key in kept_keys(item_facts(item))]
    there.append((digest(ACCOUNT), known.item("100012347")))
    MatchKey.objects.all().delete()
    MatchKey.objects.bulk_create(MatchKey(merchant=known.merchant, digest=n, item=item) for n, item in set(there))
    LastingKey.objects.filter(purpose=PURPOSE).delete()
    return known


def test_who_has_old_numbers_is_found_by_them_until_they_are_written_anew(old: Stage) -> None:
    before = kept(old)
    old.orders(order("100012348", "17.00"))
    assert kept(old) > before
    assert found(old, ACCOUNT) == sorted([old.item("100012347").pk, old.item("100012348").pk])
    assert not LastingKey.objects.filter(purpose=PURPOSE).exists()
    write_missing_keys()
    assert not kept(old) & before
    assert found(old, ACCOUNT) == sorted([old.item("100012347").pk, old.item("100012348").pk])
    after = kept(old)
    write_missing_keys()
    assert kept(old) == after
    old.pays(Paid(6100, "Danke 100012347", "A. W.", ANNA))
    assert old.item("100012347").open_minor == 0


@pytest.mark.parametrize(("moment", "done"), [("before", 0), ("after", 1)])
def test_who_dies_in_an_update_leaves_every_merchant_whole(
    old: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, done: int
) -> None:
    other = Stage(Merchant.objects.create(name="Garnkorb", slug="garnkorb"), tmp_path, old.now)
    other.orders(order("100012345", "24.98"))
    numbers = {digest(key) for key in item_keys(item_facts(other.item("100012345")))}
    MatchKey.objects.filter(merchant=other.merchant).delete()
    MatchKey.objects.bulk_create(
        MatchKey(merchant=other.merchant, digest=number, item=other.item("100012345")) for number in numbers
    )
    LastingKey.objects.filter(purpose=PURPOSE).delete()
    with dying(monkeypatch, at=1, moment=moment), pytest.raises(Killed):
        write_missing_keys()
    assert LastingKey.objects.filter(purpose=PURPOSE).count() == done
    for _ in range(2):
        assert found(old, ACCOUNT) == [old.item("100012347").pk]
        assert found(other, NUMBER) == [other.item("100012345").pk]
        write_missing_keys()
    assert LastingKey.objects.filter(purpose=PURPOSE).count() == 2


def test_another_secret_of_the_house_leaves_them_as_they_are(known: Stage, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(settings.SECRET_FILE.read_bytes())
    settings.HOME, settings.SECRET_FILE = tmp_path, tmp_path / "secret.key"
    before, sealed = kept(known), LastingKey.objects.get(purpose=PURPOSE).sealed
    secrets.begin(settings.SECRET_FILE)
    secrets.seal_anew()
    assert LastingKey.objects.get(purpose=PURPOSE).sealed != sealed
    assert kept(known) == before
    assert found(known, ACCOUNT) == [known.item("100012347").pk]


def test_under_another_key_everybody_is_found_and_the_old_numbers_are_gone(known: Stage) -> None:
    before = kept(known)
    for _ in range(2):
        change_match_keys(lambda *_: None)
        assert not kept(known) & before
        assert found(known, ACCOUNT) == [known.item("100012347").pk]
        before = kept(known)
    known.pays(Paid(6100, "Danke", "A. W.", ANNA))
    assert known.item("100012347").open_minor == 0


@pytest.mark.parametrize("moment", ["before", "after"])
def test_who_dies_while_they_change_has_changed_them_or_not(
    known: Stage, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    before = kept(known)
    with dying(monkeypatch, at=1, moment=moment), pytest.raises(Killed):
        change_match_keys(lambda *_: None)
    assert (kept(known) == before) is (moment == "before")
    assert found(known, ACCOUNT) == [known.item("100012347").pk]
    known.pays(Paid(6100, "Danke", "A. W.", ANNA), Paid(100, "Hallo", "Bernd", BERND))
    assert known.item("100012347").open_minor == 0


def test_a_later_part_of_an_order_is_still_found_by_the_orders_number(
    transactional_db: None, merchant: Merchant, tmp_path: Path
) -> None:
    market = Market(merchant, tmp_path)
    market.confirms("100077001", 10_000)
    first, second = market.bills("R1", 6_000, "100077001"), market.bills("R2", 4_000, "100077001")
    assert found(market.stage, "number:100077001") == sorted([first.item_id, second.item_id])
    change_match_keys(lambda *_: None)
    assert found(market.stage, "number:100077001") == sorted([first.item_id, second.item_id])


def test_the_command_says_of_whom(known: Stage) -> None:
    said = CliRunner().invoke(rotate_key, ["--match-keys"])
    assert said.exit_code == 0, said.output
    assert f"{known.merchant.slug}: 2 orders\n" in said.output
    assert found(known, NUMBER) == [known.item("100012345").pk]
