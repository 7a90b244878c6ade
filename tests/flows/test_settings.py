"""Every switch of a merchant in one table: read, changed, noted with before and after, and as a file."""

from datetime import date

import pytest
from tests.stage import Paid, Stage, order

from zahlmeister.collection.models import CreditorData
from zahlmeister.correspondence.models import InformationRule, Sender
from zahlmeister.dunning.models import DunningPolicy
from zahlmeister.flows.change_limits import Limits, change_limits
from zahlmeister.flows.settings.change import Author, Outcome, Said, Wanted, change, preview
from zahlmeister.flows.settings.file import read_file, wanted_of, write_file
from zahlmeister.flows.settings.read import default, snapshot, value_of
from zahlmeister.flows.settings.registry import GROUPS, SWITCHES, switch
from zahlmeister.flows.settings.switch import Form, Place, read_plain
from zahlmeister.history.models import Step
from zahlmeister.history.queries import broken_chains
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.rights import rights_of
from zahlmeister.orders.models import Shop
from zahlmeister.receivables.states import ItemState
from zahlmeister.refunds.models import RefundSettings
from zahlmeister.refusals import Refused, Unreadable

DAYS, WAYS, FEES = Place("invoice.days"), Place("invoice.ways"), Place("invoice.fees")
WAITING = Place("refunds.waiting_days")


def changed(stage: Stage, wanted: Wanted, author: Author | None = None) -> Outcome:
    return change(stage.merchant, wanted, author or Author("brigitte"), at=stage.now)


def value(stage: Stage, key: str, about: int = 0) -> object:
    return value_of(snapshot(stage.merchant.pk), switch(key), about, "EUR")


def steps(stage: Stage) -> list[dict[str, object]]:
    return [step.facts for step in Step.objects.filter(merchant=stage.merchant, subject="settings").order_by("ordinal")]


def shop(stage: Stage, name: str = "Zweiter Laden") -> Shop:
    return Shop.objects.create(merchant=stage.merchant, name=name)


def test_every_switch_says_everything_and_takes_what_it_begins_with(stage: Stage) -> None:
    assert len({one.key for one in SWITCHES}) == len(SWITCHES)
    for one in SWITCHES:
        assert one.group in GROUPS, one.key
        assert all(str(text) for text in (one.name, one.meaning, one.effect)), one.key
        begins = default(one, "EUR")
        assert begins is None or one.checked(begins) == begins, one.key
        assert bool(one.choices) == (one.form in {Form.CHOICE, Form.CHOICES}), one.key
        assert value_of({}, one, 0, "EUR") == begins


def test_what_a_merchant_begins_with_is_the_default_of_every_switch(stage: Stage) -> None:
    fresh = Merchant.objects.create(name="Neu", slug="neu")
    kept = snapshot(fresh.pk)
    assert {place.key for place in kept if kept[place] != default(switch(place.key), "EUR")} == set()


def test_a_change_is_noted_once_with_before_and_after(stage: Stage) -> None:
    for _twice in range(2):
        outcome = changed(stage, {WAITING: 3, Place("matching.tolerance"): 50})
    assert outcome == Outcome({}, [])
    assert (value(stage, "refunds.waiting_days"), value(stage, "matching.tolerance")) == (3, 50)
    assert steps(stage) == [{"matching.tolerance": [0, 50], "refunds.waiting_days": [7, 3]}]
    assert broken_chains(stage.merchant.pk) == []


def test_all_of_it_or_nothing(stage: Stage) -> None:
    outcome = changed(stage, {WAITING: 3, DAYS: (4, 4000), Place("refunds.way"): "debit"})
    assert [place.key for place, _why in outcome.refused] == ["refunds.waiting_days", "invoice.days"]
    assert "mandate" in outcome.refused[0][1]
    assert "from 1 to 365" in outcome.refused[1][1]
    assert not RefundSettings.objects.exists()
    assert not DunningPolicy.objects.exists()
    assert steps(stage) == []


def test_a_preview_keeps_nothing_and_says_what_a_change_does(stage: Stage) -> None:
    wanted = {WAITING: 3, DAYS: (5, 5)}
    seen = preview(stage.merchant, wanted, Author("brigitte"), at=stage.now)
    assert (value(stage, "refunds.waiting_days"), steps(stage)) == (7, [])
    assert seen == changed(stage, wanted)


def test_days_ways_and_fees_of_reminders_are_changed_each_for_itself(stage: Stage) -> None:
    changed(stage, {DAYS: (4, 7, 10), FEES: (0, 250), WAYS: ("mail", "mail", "registered")})
    changed(stage, {DAYS: (5, 7)})
    row = DunningPolicy.objects.get()
    assert row.levels == [
        {"days": 5, "sent_by": "mail", "fees": {}},
        {"days": 7, "sent_by": "mail", "fees": {"EUR": 250}},
    ]
    assert changed(stage, {FEES: (0, 0, 100)}).refused[0][1].startswith("More is said than there are reminders")
    changed(stage, {DAYS: None})
    assert value(stage, "invoice.days") is None


def test_a_fee_in_another_currency_stays(stage: Stage) -> None:
    changed(stage, {DAYS: (4,)})
    DunningPolicy.objects.update(levels=[{"days": 4, "sent_by": "mail", "fees": {"CHF": 500}}])
    changed(stage, {FEES: (250,)})
    assert DunningPolicy.objects.get().levels[0]["fees"] == {"CHF": 500, "EUR": 250}


def test_a_shop_has_its_own_rules_from_its_first_change_on_and_can_follow_again(stage: Stage) -> None:
    other = shop(stage)
    changed(stage, {Place("prepayment.end_days"): 9})
    changed(stage, {Place("prepayment.end_days", other.pk): 12})
    changed(stage, {Place("prepayment.end_days"): 10})
    assert (value(stage, "prepayment.end_days"), value(stage, "prepayment.end_days", other.pk)) == (10, 12)

    for _twice in range(2):
        changed(stage, {Place("prepayment.is_on", other.pk): Said.AS_ALL})
    assert value(stage, "prepayment.end_days", other.pk) == 10
    assert not DunningPolicy.objects.filter(shop=other).exists()
    assert steps(stage)[-1] == {f"prepayment.end_days@{other.pk}": [12, 10]}


def test_information_begins_today_and_needs_a_sender(stage: Stage) -> None:
    one = Shop.objects.get(merchant=stage.merchant) if Shop.objects.exists() else shop(stage)
    place = Place("letters.prepayment.is_on", one.pk)
    assert "Nobody is set up" in changed(stage, {place: True}).refused[0][1]
    Sender.objects.create(merchant=stage.merchant, name="Wollstube", address="shop@wollstube.example")
    changed(stage, {place: True})
    assert InformationRule.objects.get().since == date(2026, 11, 20)
    assert changed(stage, {place: Said.AS_ALL}).refused != []


def test_collection_wants_a_creditor_first(stage: Stage) -> None:
    place = Place("collection.is_automatic")
    assert "creditor" in changed(stage, {place: True}).refused[0][1]
    CreditorData.objects.create(merchant=stage.merchant, name="Wollstube")
    changed(stage, {place: True})
    assert CreditorData.objects.get().is_automatic


def test_a_clerk_changes_no_refunds_and_nobody_the_limits_from_here(stage: Stage) -> None:
    carl = Person.objects.create_user("carl@wollstube.example", "x", name="Carl")
    clerk = Membership.objects.create(merchant=stage.merchant, person=carl, role=Role.CLERK)
    author = Author("carl", rights_of(clerk))
    refused = changed(stage, {WAITING: 3, DAYS: (3,), Place("limits.day_cap"): 100}, author).refused
    assert [sentence.partition(": ")[2] for _place, sentence in refused] == [
        "you have no right to change this.",
        "this is changed on its own page.",
    ]
    clerk.role = Role.OWNER
    assert changed(stage, {WAITING: 3}, Author("carl", rights_of(clerk))).refused == []
    assert changed(stage, {Place("limits.day_cap"): 100}, Author("carl", rights_of(clerk))).refused != []
    assert changed(stage, {Place("limits.day_cap"): 100}).refused == []


def test_the_forms_note_what_they_change_in_the_same_words(stage: Stage, brigitte: Person) -> None:
    change_limits(stage.merchant, Limits(5000, 10), by=brigitte, at=stage.now)
    assert steps(stage) == [{"limits.four_eyes_above": [100_000, 5000], "limits.return_after": [14, 10]}]


def test_who_claims_bank_charges_is_still_owed_them(stage: Stage) -> None:
    changed(stage, {Place("matching.claims_bank_fees"): True})
    stage.merchant.refresh_from_db()
    stage.orders(order("100012345", "100.00"))
    charge = b'<Chrgs><Rcrd><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Br>SHAR</Br></Rcrd></Chrgs><RltdPties>'
    content = stage.statement(Paid(9500, "Bestellung 100012345"))
    stage.receive(content.replace(b"<RltdPties>", charge))
    item = stage.item("100012345")
    assert (item.state, item.open_minor) == (ItemState.PART_PAID, 500)
    assert stage.books() == []


def test_a_file_read_into_the_same_house_changes_nothing(stage: Stage) -> None:
    shop(stage, 'Laden "eins" \\ zwei')
    changed(stage, {WAITING: 3, DAYS: (4, 5), FEES: (0, 199)})
    found = read_file(stage.merchant, write_file(stage.merchant).encode())
    assert found.refused == []
    assert changed(stage, wanted_of(found)) == Outcome({}, [])


def test_a_file_brings_a_merchant_back_to_where_it_was(stage: Stage) -> None:
    other = shop(stage)
    changed(stage, {WAITING: 3, DAYS: (4, 5), FEES: (0, 199), Place("cod.end_days", other.pk): 3})
    kept, text = snapshot(stage.merchant.pk), write_file(stage.merchant)
    changed(stage, {WAITING: 9, DAYS: None, Place("cod.is_on", other.pk): Said.AS_ALL})
    changed(stage, {Place("prepayment.end_days", other.pk): 40, Place("notices.paid.to_buyer"): True})
    changed(stage, wanted_of(read_file(stage.merchant, text.encode())))
    assert snapshot(stage.merchant.pk) == kept


def test_a_file_names_every_line_it_is_refused_for(stage: Stage) -> None:
    text = (
        'form = 1\ncurrency = "EUR"\n[all]\n"refunds.waiting_days" = 2.5\n"refunds.colour" = "blue"\n'
        '"matching.tolerance" = 50\n"cod.since" = 1.5\n"letters.prepayment.is_on" = true\n'
        '[shop.Nirgends]\n"cod.end_days" = 3\n[extra]\nx = 1\n'
    )
    found = read_file(stage.merchant, text.encode())
    assert found.refused == [
        "refunds.waiting_days: a whole number from 0 to 60 is expected.",
        "There is no setting “refunds.colour”.",
        "matching.tolerance: an amount such as 1234.56 is expected, not below zero and not too large.",
        "cod.since: a day such as 2026-11-30 is expected.",
        "letters.prepayment.is_on: this is said elsewhere, for all shops, for each, or on its own page.",
        "Nirgends: there is no shop of this name.",
        "extra: this is no part of such a file.",
    ]
    with pytest.raises(Refused):
        wanted_of(found)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"form = ", "no TOML"),
        (b"form = 2\n", "form = 1"),
        (b'form = 1\ncurrency = "CHF"\n', "in CHF, and yours in EUR"),
        (b"x" * 400_001, "too large"),
    ],
)
def test_what_is_no_file_of_settings_is_refused_in_a_sentence(stage: Stage, content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_file(stage.merchant, content)


def test_no_switch_is_a_secret_and_none_takes_nonsense(stage: Stage) -> None:
    text = write_file(stage.merchant)
    assert not [word for word in ("password", "secret", "sealed", "key =") if word in text]
    for one in SWITCHES:
        for nonsense in (b"x", {"a": 1}, [None], ["x"] * 6, -1, 10**20, "\x00", float("nan")):
            if nonsense == "":
                continue
            with pytest.raises(Refused):
                read_plain(one, nonsense, "EUR")
