"""Texts put together from pieces of real ones, numbers, names and noise: read without fail, bounded, nothing lost."""

import re
from dataclasses import fields
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.matching.shop import matcher, others, payment, population_of_others

from zahlmeister.matching.facts import Payment
from zahlmeister.matching.folding import fold
from zahlmeister.matching.keys import MOST_FIRST_KEYS, MOST_FURTHER_KEYS, digest, first_keys, further_keys
from zahlmeister.matching.population import Population
from zahlmeister.matching.reading import _MAYBE_NOISE, _NOISE, SECOND, read
from zahlmeister.matching.spellings import MOST_SPELLINGS

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CODES = Population(
    open_items=100,
    code_lengths=frozenset({6, 8}),
    number_lengths=frozenset({5, 9, 17}),
    reference_lengths=frozenset({8}),
)
CROWD = others()

WORDS = (
    "Bestellung", "Bestellnr.", "BESTNR", "Auftrag", "Rechnung", "RE-", "Kd-Nr", "vielen Dank", "für", "u.", "und", "&",
    "Miete", "Rate 2", "Onlineshop", "Grüße", "vom 12.10.2026", "AWV-MELDEPFLICHT BEACHTEN", "PLZ 80331", "Tel.",
)  # fmt: skip
BANKS = (
    "EREF+NOTPROVIDED", "SVWZ+", "ABWA+Egon Vogt", "MREF+M-1", "KREF+", "EREF: ", "DATUM 12.10.2026, 18.34 UHR",
    "1.TAN 934500", "IBAN: DE89 3704 0044 0532 0130 00", "BIC COBADEFF", "REMITTANCEINFORMATION:", "NONREF",
    "1.234,56 EUR", "EUR 19,99", "RF18539007547034", "anna.b(at)example.de", "a@b.de",
)  # fmt: skip
STRANGE = ("\u202e", "\u0301", "\x00", "\u200b", "ß", "ﬁ", "İ", "１２３", "٤٥٦", "\ud800", "?", "|", "\n", "\r\n", "\t")

numbers = st.one_of(
    st.sampled_from([other.number for other in CROWD[:200]]),
    st.from_regex(r"[0-9]{3,18}", fullmatch=True),
    st.from_regex(r"[A-Z]{1,4}-?[0-9]{4,9}", fullmatch=True),
    st.from_regex(r"[A-Z0-9]{6,8}", fullmatch=True),
    st.from_regex(r"K[2-9A-HJ-NP-Z]{7}", fullmatch=True),
)
names = st.sampled_from([other.name or "" for other in CROWD[:200]])
noise = st.binary(max_size=12).flatmap(
    lambda raw: st.sampled_from(["latin-1", "utf-8", "cp850"]).map(lambda encoding: raw.decode(encoding, "replace"))
)
pieces = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(BANKS), st.sampled_from(STRANGE), numbers, numbers, names, noise, st.text()
)
glue = st.sampled_from([" ", " ", "", "/", "-", ",", "+", ". "])


@st.composite
def remittances(draw):
    """A text as somebody and the banks may have left it."""
    parts = draw(st.lists(st.tuples(pieces, glue), max_size=14))
    said = "".join(piece + between for piece, between in parts)
    return said.upper() if draw(st.booleans()) else said


@st.composite
def payments(draw):
    """A payment with such a text, whole or cut into lines, and sometimes the same in its other fields."""
    said, width = draw(remittances()), draw(st.sampled_from([0, 1, 24, 27, 35, 140]))
    either = st.one_of(st.none(), names, remittances())
    return payment(
        draw(st.sampled_from([0, 1, 2498, CROWD[0].open_minor, 10**15])),
        draw(either),
        said,
        remittance_pieces=tuple(said[at : at + width] for at in range(0, len(said), width)) if width else (),
        ultimate_payer=draw(either),
        creditor_reference=draw(st.one_of(st.none(), numbers, remittances())),
        end_to_end_id=draw(st.one_of(st.none(), numbers, remittances())),
        iban=draw(st.one_of(st.none(), st.just("DE89370400440532013000"), remittances())),
    )


@QUIET
@given(said=payments(), population=st.sampled_from([population_of_others(), CODES, Population()]))
def test_whatever_stands_in_a_payment_is_read_and_stays_in_it(said, population):
    before = {field.name: getattr(said, field.name) for field in fields(Payment)}
    reading = read(said, population)

    assert reading.payment is said
    assert {field.name: getattr(said, field.name) for field in fields(Payment)} == before
    assert len(reading.spellings) <= MOST_SPELLINGS
    assert all(re.fullmatch(r"[A-Z0-9]+", spelling.text) for spelling in reading.spellings)
    assert all(
        spelling.start == -1 or spelling.start % SECOND < spelling.end % SECOND for spelling in reading.spellings
    )
    assert len(reading.words) <= 12
    assert len(first_keys(reading)) <= MOST_FIRST_KEYS
    assert len(further_keys(reading, population)) <= MOST_FURTHER_KEYS
    assert all(digest(key) for key in (*first_keys(reading), *further_keys(reading, population)))


@QUIET
@given(
    before=st.lists(st.sampled_from(WORDS[:16]), max_size=4).map(" ".join),
    number=st.sampled_from([other.number for other in CROWD]),
    after=st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from(BANKS), names), max_size=8).map(" ".join),
)
def test_a_number_that_is_called_a_number_is_found_whatever_stands_around_it(before, number, after):
    said = payment(2498, None, f"{before} Bestellung {number} {after}")

    assert f"number:{number}" in first_keys(read(said, population_of_others()))


@cache
def shop():
    return matcher()


@QUIET
@given(asked=st.lists(payments(), max_size=4))
def test_whatever_is_asked_is_answered_within_what_was_paid_and_owed(asked):
    proposals = shop().propose(asked)

    assert len(proposals) == len(asked)
    for said, proposal in zip(asked, proposals, strict=True):
        for candidate in proposal.candidates:
            assert sum(share.minor for share in candidate.shares) <= said.minor
            assert all(0 <= share.minor <= share.item.open_minor + share.item.fees_minor for share in candidate.shares)
        if proposal.decision == "assigned":
            assert sum(share.minor for share in proposal.candidates[0].shares) > 0


@QUIET
@given(said=remittances())
def test_the_quick_look_for_noise_misses_none(said):
    folded = fold(said)

    assert _MAYBE_NOISE.search(folded) or not _NOISE.search(folded)
