"""Texts that are put together by hand are those that an encoder would write."""

import json

from zahlmeister.flows.settle_payments import clues_json, clues_text
from zahlmeister.matching.facts import Candidate, Clue, Outcome

AWKWARD = 'Müller "Söhne" \\ 1\n\x00\u2028😀'


def test_clues_are_written_as_an_encoder_would():
    clues = (Clue("name", 12.345, (AWKWARD, "x")), Clue("closed", -0.04), Clue("amount", 3.0, ("24.98", "0")))
    candidate = Candidate((), 0.5, clues, Outcome.PAID)

    assert clues_text(candidate) == json.dumps(clues_json(candidate), ensure_ascii=False)
    assert json.loads(clues_text(candidate))[0]["facts"][0] == AWKWARD
