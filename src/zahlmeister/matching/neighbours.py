"""May the number in the text be a neighbour's, written with a slip?

In a dense counter one wrong digit hits another open order, and where most orders share their amount, it may even agree
in the amount. Whether it could be so here is not guessed: the open orders one slip away are looked up, for the few
payments whose decision hangs on it.
"""

from collections.abc import Sequence

from zahlmeister.matching.clues.amount import FITTING
from zahlmeister.matching.decide import posteriors
from zahlmeister.matching.facts import Proposal
from zahlmeister.matching.findings import Findings
from zahlmeister.matching.hypothesis import EXACT_NUMBER, IDENTITY, NUMBER, Hypothesis
from zahlmeister.matching.population import Population
from zahlmeister.matching.spellings import SOLID, Spelling

#: A payment less sure than this is not made sure by its neighbours' absence.
NEARLY_SURE = 0.9
#: … and one that is so sure is sure in any case.
SURE = 0.9999
MOST_NUMBERS = 2
MOST_NEIGHBOURS = 140


def neighbour_keys(findings: Findings, answers: Sequence[Hypothesis], proposal: Proposal) -> tuple[str, ...] | None:
    """The keys of all orders one slip away from the numbers in the text; None when the decision does not need them.

    It does when the number is there and the rest does not quite suffice or tells no payer, and when the payer and the
    amount agree and the number is somebody else's.
    """
    if not proposal.candidates:
        return None
    ranked = sorted(answers, key=lambda answer: -answer.score)
    best, confidence = ranked[0], posteriors(ranked)[0]
    if confidence < NEARLY_SURE:
        return None
    is_bare = not best.has(IDENTITY) and confidence < SURE
    hangs_on_number = best.has(EXACT_NUMBER) and (proposal.reason == "weak" or is_bare)
    bare = _bare(findings) if confidence < SURE else []
    is_of_another = not best.has(NUMBER) and best.has(FITTING) and bool(findings.named or findings.strange or bare)
    if not hangs_on_number and not is_of_another:
        return None
    written = dict.fromkeys((*findings.named.values(), *findings.strange, *bare))
    keys = [key for spelling in list(written)[:MOST_NUMBERS] for key in _around(spelling, findings.chance.population)]
    return tuple(dict.fromkeys(keys))[:MOST_NEIGHBOURS]


def _bare(findings: Findings) -> list[Spelling]:
    """Digits that stand alone and lie among the merchant's numbers, though they are too few to tell by themselves.

    Five digits may be a postcode, or the number of an order with a slip: then somebody of another name pays it.
    """
    given_out = findings.chance.population.is_given_out
    return [
        one for one in findings.reading.spellings if one.how == SOLID and one.text.isdigit() and given_out(one.text)
    ]


def _around(spelling: Spelling, population: Population) -> list[str]:
    """Numbers one wrong, swapped, missing or additional digit away, as far as the merchant gives them out."""
    text = spelling.text.lstrip("0")
    if not text.isdigit():
        return []
    ends = range(len(text))
    near = [text[:i] + digit + text[i + 1 :] for i in ends for digit in "0123456789"]
    near += [text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in ends[:-1]]
    near += [text[:i] + text[i + 1 :] for i in ends]
    near += [text[:i] + digit + text[i:] for i in range(len(text) + 1) for digit in "0123456789"]
    return [f"number:{number}" for number in near if number != text and population.is_given_out(number)]
