"""From weighed answers to a decision: sure, clearly ahead and for two independent reasons, or a person decides."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from zahlmeister.matching.clues.amount import FITTING, LITTLE
from zahlmeister.matching.customers import are_one_customers, customer_keys
from zahlmeister.matching.facts import Candidate, Clue, Decision, Item, Payment, Policy, Proposal, Share
from zahlmeister.matching.folding import name_words
from zahlmeister.matching.hypothesis import EXACT_NUMBER, FULL_NAME, IDENTITY, SLIPS, Hypothesis, shares
from zahlmeister.matching.numbers import exact_forms
from zahlmeister.matching.weights import FOR_NO_ITEM, FOR_OTHERS, STRANGERS, TOO_MUCH, UNNUMBERED, UNTOLD, UNTOLD_ALONE

MOST_CANDIDATES = 5
#: Beside a number that is nobody's, name and amount must leave hardly any doubt.
VERY_SURE = 0.9999
#: Without any number, name and amount must leave little: of 183 exact amounts that were stated below the first, one was
#: a namesake's, of 1,178 above none; other amounts, of which one in 200 was for something else, and names that are like
#: the customer's need the second (seeds 1001 to 1016 with 10,000 orders, 1031 to 1046 with 100,000).
SURE_OF_WHOLE, SURE_OF_OTHER = 0.9993, 0.9997
#: So much in minor units, and so many in a hundred, are left out by rounding and as a discount of one's own.
ROUNDED, OWN_DISCOUNT = 100, 3
RARE_AMOUNT = 12.0
#: A reference of ours, as it is or put right by its check characters.
MENDED = frozenset({"reference_slip"})
REFERENCE = MENDED | {"reference"}
#: Numbers in the text beside which it does no harm that something else is named, too; and those which a name needs.
_NAMED_EXACTLY = EXACT_NUMBER | MENDED
_NAMED_FOR_SURE = _NAMED_EXACTLY | {"number_tail"}
_NAMED_BY_CUSTOMER = IDENTITY | REFERENCE
#: Clues that say of the amount what makes an answer doubtful.
_MORE = frozenset({"amount_more"})
_TOO_MUCH = _MORE | {"amount_twice"}
_NOT_NAMED = frozenset({"not_named"})
#: Clues whose facts are names.
NAMED = frozenset({"name", "name_similar", "surname", "name_in_text", "firm", "firm_part"})
#: A candidate less likely than this is not worth a person's look.
LEAST_CONFIDENCE = 0.001
_ACCOUNT = frozenset({"iban"})
_EXACT_AMOUNT = frozenset({"amount"})
_WHOLE = _EXACT_AMOUNT | {"amount_sum"}
#: What belongs to one customer alone; and amounts of which no paper tells.
_OF_ONE_CUSTOMER = _ACCOUNT | {"customer_number", "mail"}
_RECKONED = frozenset({"amount_own_discount", "amount_rounded", "amount_swapped", "amount_part", "amount_twice"})
#: The payer is the customer, or one of the family.
_PAYER = IDENTITY - {"name_in_text", "firm_part"}
_THREE = frozenset({"number", "identity", "amount"})
#: What speaks for something else altogether; without the number in the text a person decides.
CONTRADICTIONS = frozenset({"other_number", "other_purpose", "instalment", "paid_before"})


def decide(payment: Payment, hypotheses: Sequence[Hypothesis], policy: Policy) -> Proposal:
    """Rank the answers and say whether the best one may be booked."""
    ranked = sorted(hypotheses, key=_best_first) if len(hypotheses) > 1 else hypotheses
    confidences = posteriors(ranked)
    trust = 1 - _doubt(payment, ranked[0], confidences[0], policy) if ranked else 0.0
    candidates = tuple(
        [
            _candidate(hypothesis, confidence * trust, payment)
            for hypothesis, confidence in zip(ranked[:MOST_CANDIDATES], confidences, strict=False)
            if confidence >= LEAST_CONFIDENCE
        ]
    )
    if not candidates or not _is_worth_a_look(ranked[0], confidences[0]):
        return Proposal(Decision.UNMATCHED, (), "nothing_fits")
    reason = _objection(payment, ranked, confidences[0], policy)
    if reason is None and candidates[0].confidence < policy.threshold:
        reason = "weak"
    return Proposal(Decision.SUGGESTED if reason else Decision.ASSIGNED, candidates, reason)


def _best_first(hypothesis: Hypothesis) -> tuple[float, tuple[int, ...]]:
    return -hypothesis.score, tuple([item.id for item in hypothesis.items])


def posteriors(ranked: Sequence[Hypothesis]) -> list[float]:
    """How likely every answer is by its clues, beside the possibility that none is right."""
    if not ranked:
        return []
    highest = max(ranked[0].score, FOR_NO_ITEM)
    odds = [2 ** (hypothesis.score - highest) for hypothesis in ranked]
    total = sum(odds) + 2 ** (FOR_NO_ITEM - highest)
    return [part / total for part in odds]


def _doubt(payment: Payment, best: Hypothesis, confidence: float, policy: Policy) -> float:
    """How often an answer for such reasons is wrong although every clue is for it."""
    more = payment.minor - _owed(best)
    kinds = best.kinds()
    if more > LITTLE and best.mentions(_MORE):
        is_named = len(best.items) == 1 and best.has(EXACT_NUMBER) and "identity" in kinds
        return TOO_MUCH if is_named and more <= _owed(best) else FOR_OTHERS
    if len(best.items) > 1 and not _is_explained(payment, best):
        return FOR_OTHERS
    if confidence < policy.threshold and kinds <= UNNUMBERED:
        return 1 - 1 / (confidence + STRANGERS * (1 - confidence))
    return _untold(kinds)


@cache
def _untold(kinds: frozenset[str]) -> float:
    return next((doubt for needed, doubt in UNTOLD if needed <= kinds), UNTOLD_ALONE)


def _owed(best: Hypothesis) -> int:
    return sum([item.open_minor for item in best.items])


def _candidate(hypothesis: Hypothesis, confidence: float, payment: Payment) -> Candidate:
    divided, outcome = shares(hypothesis, payment)
    clues = tuple([_as_written(clue, divided) if clue.kind in NAMED else clue for clue in hypothesis.clues])
    return Candidate(divided, confidence, clues, outcome)


def _as_written(clue: Clue, divided: Sequence[Share]) -> Clue:
    """A clue about a name with the name as the customer writes it, not as it was folded for comparing."""
    names = [name for share in divided for name in (share.item.name, share.item.company) if name]
    return Clue(clue.kind, clue.weight, tuple([_fact_as_written(fact, tuple(names)) for fact in clue.facts]))


@lru_cache(maxsize=1 << 12)
def _fact_as_written(fact: str, names: tuple[str, ...]) -> str:
    written: dict[str, str] = {}
    for name in names:
        written.update(_words_as_written(name))
    return " ".join([written.get(part, part) for part in fact.split()])


@lru_cache(maxsize=1 << 12)
def _words_as_written(name: str) -> Mapping[str, str]:
    return {folded: word for word in name.replace(",", " ").split() for folded in name_words(word)}


def _is_worth_a_look(best: Hypothesis, confidence: float) -> bool:
    return best.has(EXACT_NUMBER) or best.has(IDENTITY) or confidence > 0.02


def _objection(payment: Payment, ranked: Sequence[Hypothesis], confidence: float, policy: Policy) -> str | None:
    """Why the best answer must not be booked without a person; None when nothing speaks against it."""
    best = ranked[0]
    if min([item.open_minor for item in best.items]) <= 0:
        return "closed"
    if payment.only_for and not all(_is_for(payment, item) for item in best.items):
        return "other_account"
    if len(ranked) > 1 and best.score - ranked[1].score < policy.margin_bits:
        return "ambiguous"
    if confidence < policy.threshold or len(best.kinds()) < 2:
        return "weak"
    return _objection_to_the_clues(payment, ranked, confidence)


def _objection_to_the_clues(payment: Payment, ranked: Sequence[Hypothesis], confidence: float) -> str | None:
    """What speaks against the best answer although it is likely and ahead."""
    best = ranked[0]
    if _is_contradicted(best, confidence):
        return "contradiction"
    if _is_unsupported_slip(best) or _is_reckoned(best, confidence) or _is_hardly_told(best, confidence):
        return "weak"
    if _is_number_of_a_closed_one(ranked):
        return "closed"
    if len(best.items) > 1 and (reason := _objection_to_several(payment, ranked)):
        return reason
    if _may_be_a_fee(payment, best):
        return "ambiguous"
    return "too_much" if _is_too_much(payment, ranked) else None


def _objection_to_several(payment: Payment, ranked: Sequence[Hypothesis]) -> str | None:
    """What speaks against several items: they do not make the sum, or an item of a stranger more is named."""
    best = ranked[0]
    if not _is_explained(payment, best):
        return "sum_differs"
    return "ambiguous" if not are_one_customers(best.items) and _names_another(ranked) else None


def _is_for(payment: Payment, item: Item) -> bool:
    """Whether the account the money came in on is kept to orders such as this one; most are kept to none."""
    return any(shop in {None, item.shop} and country in {"", item.country} for shop, country in payment.only_for)


def _is_explained(payment: Payment, best: Hypothesis) -> bool:
    """Whether several items are paid in full, or all are named by the one customer they are of and little lacks."""
    if best.has(frozenset({"amount_sum"})):
        return True
    is_named = sum(clue.kind in EXACT_NUMBER for clue in best.clues) == len(best.items)
    missing = sum(item.open_minor for item in best.items) - payment.minor
    is_explained = any(clue.kind in FITTING for clue in best.clues) or 0 < missing <= LITTLE
    return is_named and is_explained and are_one_customers(best.items)


def _is_contradicted(best: Hypothesis, confidence: float) -> bool:
    """Whether the text or the day speaks of something else.

    An old number does no harm beside the amount and the customer's own account, or beside a rare amount and the name;
    nor does a day or two before the order when its number, though with a slip, its customer and its amount agree.
    """
    if not best.mentions(CONTRADICTIONS) or best.has(_NAMED_EXACTLY):
        return False
    against = {clue.kind for clue in best.clues if clue.kind in CONTRADICTIONS}
    if against == {"paid_before"}:
        return len(best.kinds()) < len(_THREE)
    if against != {"other_number"}:
        return True
    is_rare = any(clue.kind == "amount" and clue.weight >= RARE_AMOUNT for clue in best.clues)
    is_known = best.has(_ACCOUNT) and best.has(_EXACT_AMOUNT)
    return not is_known and not (is_rare and confidence >= VERY_SURE)


def _is_unsupported_slip(best: Hypothesis) -> bool:
    """Whether only a number like the one written, not the amount, supports the name: it may be an older order's."""
    return not best.has(_NAMED_FOR_SURE) and not best.has(FITTING)


def _is_reckoned(best: Hypothesis, confidence: float) -> bool:
    """Whether little but a name, or a number that a stranger wrote, speaks for an amount that the payer has changed.

    A namesake may owe it, or the number be another one with a slip. A surname alone may be a stranger's, too.
    """
    if not best.mentions(_RECKONED):
        return False
    if best.kinds() == UNNUMBERED:
        return not best.has(_OF_ONE_CUSTOMER)
    if best.has(FULL_NAME) or best.has(REFERENCE):
        return False
    return confidence < VERY_SURE or not best.has(IDENTITY)


def _is_hardly_told(best: Hypothesis, confidence: float) -> bool:
    """Whether there is no number, and name and amount leave a little doubt; less is allowed where one is not whole."""
    is_whole = best.has(_WHOLE) and best.has(FULL_NAME)
    return best.kinds() <= UNNUMBERED and confidence < (SURE_OF_WHOLE if is_whole else SURE_OF_OTHER)


def _is_number_of_a_closed_one(ranked: Sequence[Hypothesis]) -> bool:
    """Whether the text names a settled item exactly, and this one with a slip, or no payer who is its customer.

    The settled item's customer may pay once more. Somebody else does not, who owes exactly this amount for the other.
    """
    best = ranked[0]
    is_slip, is_known = best.has(SLIPS), best.has(_PAYER)
    if is_known and not is_slip:
        return False
    is_told = is_known and best.has(_EXACT_AMOUNT)
    closed = [h for h in ranked[1:] if h.has(EXACT_NUMBER) and all(item.open_minor <= 0 for item in h.items)]
    if not is_slip:
        written = _written(best)
        closed = [h for h in closed if written.isdisjoint(_written(h))]
    return any(not is_told or one.has(IDENTITY) for one in closed)


def _may_be_a_fee(payment: Payment, best: Hypothesis) -> bool:
    """Whether a small item that is not named fills a gap that a fee or a rounding would fill as well."""
    if not best.mentions(_NOT_NAMED):
        return False
    gaps = [payment.minor - item.open_minor for item in best.items]
    return any(gap <= LITTLE and gap % 50 == 0 for gap in gaps)


def _names_another(ranked: Sequence[Hypothesis]) -> bool:
    """Whether the text names an open item beside those of the best answer: the rest may be for it.

    What has the same digits behind other letters is named by the same words, not beside it.
    """
    mine = {item.id for item in ranked[0].items}
    written = _written(ranked[0])
    others = [h for h in ranked[1:] if h.has(EXACT_NUMBER) and mine.isdisjoint(item.id for item in h.items)]
    return any(item.open_minor > 0 for h in others if written.isdisjoint(_written(h)) for item in h.items)


def _written(hypothesis: Hypothesis) -> frozenset[str]:
    """Everything that counts as one of the numbers by which the text names an answer."""
    named = [clue.facts[0] for clue in hypothesis.clues if clue.kind in EXACT_NUMBER]
    return frozenset([form for number in named for form in exact_forms(number)])


def _may_be_meant(item: Item, more: int, *, is_twice: bool) -> bool:
    """Whether what is too much may be the money for this item, too: exactly, or as people pay too much or too little.

    2.50 too much is for no order of 14.90. What is exactly the same amount once more is hardly ever for another item
    of nearly that amount.
    """
    off = abs(item.open_minor - more)
    if is_twice:
        return off <= max(ROUNDED, more * OWN_DISCOUNT // 100) or off == item.shipping_minor
    return off <= min(LITTLE, more)


def _is_too_much(payment: Payment, ranked: Sequence[Hypothesis]) -> bool:
    """Paid more than is owed for no visible reason: perhaps for something else of the same customer as well."""
    best = ranked[0]
    if not best.mentions(_TOO_MUCH):
        return False
    more = payment.minor - _owed(best)
    if best.mentions(_MORE) and (more > LITTLE or not best.has(_NAMED_BY_CUSTOMER) or _names_another(ranked)):
        return True
    if best.has(REFERENCE):
        return False  # twice, and yet for the one order that has it: the surplus stays with the payment
    keys = {key for item in best.items for key in customer_keys(item)}
    mine = {item.id for item in best.items}
    return any(
        _may_be_meant(item, more, is_twice=not best.mentions(_MORE))
        and item.id not in mine
        and item.open_minor > 0
        and not keys.isdisjoint(customer_keys(item))
        for hypothesis in ranked[1:]
        for item in hypothesis.items
    )
