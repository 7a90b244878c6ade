"""The benchmark itself: what it invents, what it takes for known, how it judges, and what it refuses."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import pytest
from benchmarks.matching import __main__ as command
from benchmarks.matching import (
    bank,
    contest,
    deviations,
    keystore,
    published,
    scene,
    seeds,
    sets,
    splink_peer,
    stories,
    transfers,
)
from benchmarks.matching.calibration import Calibration, picture
from benchmarks.matching.case import Case
from benchmarks.matching.deviations import Tells
from benchmarks.matching.knowable import Knowledge, Said
from benchmarks.matching.measure import judge, judge_all
from benchmarks.matching.orders import STYLES, Order, world
from benchmarks.matching.payments import Teller
from benchmarks.matching.peers import exact_number, pretix
from benchmarks.matching.people import customers
from tests.matching.shop import item, payment

from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Candidate, Decision, Outcome, Policy, Proposal, Share
from zahlmeister.matching.store import MemoryStore
from zahlmeister.money.references import is_payment_reference

SMALL = scene.Scene(301, orders=400, payments=150)
MINE = item("100012345", 4990, "Anna Müller")


@cache
def told():
    """Enough payments for everything rare to happen."""
    random = Random(308)
    return Teller(random, world(random, 9_000, references=0.3)).cases(9_000)


def test_the_same_seed_is_the_same_merchant_in_every_process(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        contest.alone(scene.invent, SMALL, folder)

    for name in ("orders", "payments", "cases"):
        first, second = (folder.joinpath(name).read_bytes() for folder in folders)
        assert first == second


def test_everything_in_the_tables_happens():
    found = {case.category.removesuffix(" + trouble") for case in told()}
    tags = {tag for case in told() for tag in case.tags}

    assert {*transfers.WRITINGS, *(f"reference, {how}" for how in transfers.REFERENCES)} <= found
    assert {*(f"several, {way}" for way in sets.WAYS), *(f"carrier, {way}" for way in sets.CARRIED)} <= found
    assert {f"payer {who}" for who in deviations.PAYERS} <= tags
    assert {f"amount {how}" for how in deviations.AMOUNTS} <= tags
    assert {f"frame {frame}" for frame in bank.FRAMES} <= tags
    assert {f"name of {width}" for width in bank.NAME_WIDTHS} <= tags
    assert {"text cut at 27, joined", "text cut at 27, joined with blanks", "text cut at 35, pieces"} <= tags
    assert {
        *("closed order", "refund returned", "hostile", "other currency", "cash, named", "cash, not named"),
        *("contested, by the wrong number", "contested, by its customer", "paid twice, second", "parts, not named"),
        *("double: namesakes, not named", "double: one customer, not named", "several, of two customers"),
        *("unrelated", "unrelated, open number", "unrelated, closed number", "unrelated, number inside digits"),
    } <= found
    assert len(stories.STORIES) == 14


def test_an_order_is_answer_of_one_story_only():
    once = [case for case in told() if not case.category.startswith("parts")]
    answered = [number for case in once for number in case.answer]

    assert len(answered) == len(set(answered)) > 6_000


def test_an_agreed_discount_is_taken_within_its_term_and_a_late_one_after():
    random = Random(303)
    merchant = world(random, 9_000)
    open_items = [order.item for order in merchant.open]
    cases = Teller(random, merchant).cases(8_000)
    days: dict[str, list[timedelta]] = {"agreed": [], "late": []}
    for case in cases:
        for name, distances in days.items():
            if f"amount {name} discount" in case.tags:
                (number,) = case.answer
                distances.append(case.payment.booked_on - open_items[number].discount_until)
                assert case.payment.minor == open_items[number].open_minor - open_items[number].discount_minor

    assert len(days["agreed"]) > 5
    assert max(days["agreed"]) <= timedelta(0) < min(days["late"])


@pytest.mark.parametrize("style", STYLES)
def test_numbers_are_given_out_once(style):
    numbers = [order.item.number for order in world(Random(304), 3_000, style=style, density=1.0).open]

    assert len(set(numbers)) == len(numbers)


def test_orders_with_our_reference_have_a_valid_one():
    orders = world(Random(305), 500, references=1.0).open

    assert all(is_payment_reference(order.item.reference) for order in orders)


def test_what_a_carrier_takes_money_for_has_a_parcel():
    orders = world(Random(306), 8_000).open

    assert all(order.item.tracking_numbers for order in orders if order.item.payment_kind == "cod")


def order_of(one):
    return Order(one, customers(Random(1), 1)[0])


@pytest.mark.parametrize(
    ("how", "tells", "paid", "agrees", "known"),
    [
        ("exact", Tells.PARTLY, 1000, False, True),
        ("exact", Tells.NOTHING, 4990, True, True),
        ("exact", Tells.NOTHING, 1000, False, False),
        ("absent", Tells.FULLY, 4990, True, True),
        ("absent", Tells.PARTLY, 4990, True, False),
        ("absent", Tells.FULLY, 4500, True, False),
        ("wrong digit", Tells.FULLY, 4990, True, True),
        ("reference, blanks", Tells.NOTHING, 1000, False, True),
        ("reference, wrong character", Tells.NOTHING, 1000, False, False),
        ("reference, wrong character", Tells.PARTLY, 1000, False, True),
    ],
)
def test_a_person_needs_two_things_that_agree(how, tells, paid, agrees, known):
    mine = replace(MINE, id=0)
    knowledge = Knowledge([order_of(mine)])

    assert knowledge.could_know(Said(mine, how, tells, paid, agrees)) is known


def test_a_person_cannot_tell_namesakes_with_one_amount_apart():
    mine, other = replace(MINE, id=0), item("100077777", 4990, "Müller, Anna Dr.")
    knowledge = Knowledge([order_of(mine), order_of(replace(other, id=1))])

    assert not knowledge.could_know(Said(mine, "absent", Tells.FULLY, 4990, agrees=True))
    assert knowledge.could_know(Said(mine, "exact", Tells.FULLY, 4990, agrees=True))


def test_a_shortened_number_of_two_orders_is_told_apart_by_name_or_amount_only():
    mine, other = item("2026-10-4711", 4990, "Anna Müller"), item("SW4711", 4990, "Bernd Koch")
    mine, other = replace(mine, id=0), replace(other, id=1)
    knowledge = Knowledge([order_of(mine), order_of(other)])

    assert knowledge.could_know(Said(mine, "shortened", Tells.PARTLY, 4990, agrees=True))
    assert not knowledge.could_know(Said(mine, "shortened", Tells.NOTHING, 4990, agrees=True))


def proposal(decision, *answers):
    candidates = [
        Candidate(tuple(Share(replace(MINE, id=number), 4990) for number in numbers), 0.9, (), Outcome.PAID)
        for numbers in answers
    ]
    return Proposal(decision, tuple(candidates))


def case(answer=(), **more):
    return Case(payment(4990, "Anna Müller"), frozenset(answer), bool(answer), "exact", **more)


@pytest.mark.parametrize(
    ("truth", "found", "verdict"),
    [
        (case([1]), proposal(Decision.ASSIGNED, [1]), "right"),
        (case([1]), proposal(Decision.ASSIGNED, [2]), "wrong"),
        (case([1, 2]), proposal(Decision.ASSIGNED, [1]), "wrong"),
        (case(), proposal(Decision.ASSIGNED, [1]), "wrong"),
        (case([1]), proposal(Decision.SUGGESTED, [1], [2]), "suggested first"),
        (case([1]), proposal(Decision.SUGGESTED, [2], [1]), "suggested later"),
        (case([1], equals=(frozenset([2]),)), proposal(Decision.SUGGESTED, [2], [1]), "suggested first"),
        (case([1]), proposal(Decision.SUGGESTED, [2]), "left"),
        (case([1]), proposal(Decision.IGNORED), "left"),
        (case(), proposal(Decision.UNMATCHED), "left rightly"),
        (case(), proposal(Decision.SUGGESTED, [1]), "guessed"),
        (case(names=frozenset([1])), proposal(Decision.SUGGESTED, [1]), "left rightly"),
        (case(names=frozenset([1])), proposal(Decision.ASSIGNED, [1]), "wrong"),
    ],
)
def test_a_proposal_is_judged_by_the_truth(truth, found, verdict):
    assert judge(truth, found) == verdict


def test_wrong_money_is_what_did_not_go_where_it_belongs():
    truths = [case(), case([1]), case([1, 2])]
    found = [proposal(Decision.ASSIGNED, [1]), proposal(Decision.ASSIGNED, [2]), proposal(Decision.ASSIGNED, [1])]
    truths[2] = replace(truths[2], payment=payment(6000, "Anna Müller"))
    report = judge_all(truths, found)

    assert report.total("wrong") == 3
    assert report.in_part == 1
    assert report.wrong_minor == {"EUR": 4990 + 4990 + 1010}


def test_calibration_compares_what_was_stated_with_what_was_seen():
    calibration = Calibration()
    for n in range(100):
        calibration.add(0.97, is_true=n < 90, is_booked=False)
    calibration.merge(calibration)
    ((edge, found),) = calibration.sorted()
    low, high = found.interval()

    assert (edge, found.count, found.observed) == (0.95, 200, 0.9)
    assert low < 0.9 < high < 0.97
    assert calibration.lines()[1].count("█") == 27


def test_the_picture_is_well_formed_and_has_a_dot_per_bin():
    calibration = Calibration()
    for confidence in (0.0, 0.3, 0.97, 1.0):
        calibration.add(confidence, is_true=True, is_booked=True)
    root = ET.fromstring(picture({"A & B": calibration}, "How <sure>"))

    assert len(root.findall(".//{*}circle")) == 4


def test_seeds_for_tuning_and_reporting_are_not_mixed():
    assert seeds.one_kind([21, 100]) is seeds.Kind.REPORTING
    assert seeds.one_kind([101, 5000]) is seeds.Kind.TUNING
    for mixed in ([20, 21], [100, 101], [0]):
        with pytest.raises(seeds.SeedsMixed):
            seeds.one_kind(mixed)
    for kept_for_other_things in ([20], [101]):
        with pytest.raises(seeds.SeedsMixed):
            seeds.for_report(kept_for_other_things)
    with pytest.raises(seeds.SeedsMixed):
        seeds.for_looking([21])


@pytest.mark.parametrize(
    "asked", [["--seed", "30", "101"], ["--seed", "30", "--errors", "3"], ["--report", "--seed", "101"]]
)
def test_the_command_refuses_in_a_sentence(asked, monkeypatch):
    monkeypatch.setattr("sys.argv", ["matching", *asked])
    with pytest.raises(SystemExit, match=r"(?i)seeds 21 to 100|different kinds"):
        command.main()


def test_keys_in_a_file_decide_as_keys_in_memory(tmp_path):
    scene.invent(SMALL, tmp_path)
    items, closed = list(scene.items_of(tmp_path)), list(scene.closed_of(tmp_path))
    payments = scene.payments_of(tmp_path)
    keystore.write(tmp_path / "keys", items, closed, len(items))
    in_file, in_memory = keystore.FileStore(tmp_path / "keys"), MemoryStore([*items, *closed])

    assert Matcher(in_file, Policy(), in_memory.population()).propose(payments) == Matcher(
        in_memory, Policy(), in_memory.population()
    ).propose(payments)


def test_the_exact_number_and_nothing_else_is_booked():
    match = exact_number([MINE, item("100012346", 100)])
    asked = ["Bestellung 100012345", "1000 12345", "100012345 100012346", "danke"]
    found = match([payment(4990, "Anna Müller", text) for text in asked])

    assert [one.decision for one in found] == ["assigned", "assigned", "unmatched", "unmatched"]


def test_pretix_books_one_order_whatever_the_amount_and_once():
    match = pretix([item("SW10023", 4990), item("SW10024", 1000)])
    asked = [(100, "SW 10023"), (4890, "SW10023"), (1, "SW10023"), (5990, "SW10023 SW10024"), (1000, "sw-10024")]
    found = match([payment(minor, "Anna", text) for minor, text in asked])

    assert [one.decision for one in found] == ["assigned", "assigned", "unmatched", "unmatched", "assigned"]


@pytest.mark.slow
def test_everyone_meets_on_the_same_payments(tmp_path):
    contest.prepare(SMALL, tmp_path, is_in_file=False)
    runs = contest.contest(tmp_path, contest.contestants(with_peers=True), is_in_file=False)
    cases = scene.cases_of(tmp_path)
    reports = {run.name: judge_all(cases[: len(run.proposals)], run.proposals) for run in runs}

    assert {"Zahlmeister", "exact number", "pretix's rule", "fuzzy scan"} <= set(reports)
    assert all(run.peak_mb >= run.data_mb > 0 and run.rate > 0 for run in runs)
    assert reports["Zahlmeister"].recall > reports["exact number"].recall > 0.3
    if splink_peer.is_installed():
        assert reports["Splink"].recall > 0.5


def test_without_splink_one_sentence_says_so(monkeypatch, capsys):
    monkeypatch.setattr(splink_peer, "is_installed", lambda: False)
    monkeypatch.setattr("sys.argv", ["matching", "--orders", "30", "--payments", "10", "--peers"])
    command.main()

    printed = capsys.readouterr().out
    assert printed.startswith(splink_peer.MISSING)
    assert "Splink:" not in printed
    assert "fuzzy scan:" in printed


@pytest.mark.slow
def test_what_is_kept_stands_between_its_marks(tmp_path, monkeypatch, capsys):
    page = tmp_path / "README.md"
    page.write_text(
        "before\n<!-- report -->\nold\n<!-- end of report -->\nbetween\n<!-- scaling -->\n<!-- end of scaling -->\n"
    )
    small = published.Published("small", replace(SMALL, references=1.0), slice(None))
    monkeypatch.setattr(published, "RUNS", (small,))
    monkeypatch.setattr(published, "README", page)
    monkeypatch.setattr(published, "PICTURE", tmp_path / "calibration.svg")
    monkeypatch.setattr(published, "contestants", lambda **_: ["Zahlmeister", "exact number"])
    published.report([41, 42], is_kept=True)
    published.scaling([41], [200, 400], is_kept=True)

    text = page.read_text()
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.count("| small | Zahlmeister | 300 |") == 1
    assert text.count("| 400 | exact number |") == 1
    assert "between" in text.split("<!-- end of report -->")[1]
    assert ET.parse(tmp_path / "calibration.svg").getroot().tag.endswith("svg")
    assert "small" in capsys.readouterr().out
