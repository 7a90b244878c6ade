"""How much each clue says, in bits: the logarithm of how much likelier it is for the true item than by chance.

One table. `true` is how often payments for an order show the clue; `chance` how often any other payment shows it, where
that does not depend on the merchant's own items. Where `chance` is None it is counted: how many open items share the
number, the name or the amount.

Sources: **study** = Komfortkasse's Vorkasse-Studie 2015 and ibusiness 2014 (half of all transfers fit exactly, 1.5 %
too little); **fitted** = counted on the tuning seeds of benchmarks/matching, rounded; **careful** = set by hand so
that a person decides.
"""

from dataclasses import dataclass
from math import log2


@dataclass(frozen=True, slots=True)
class Weight:
    """One row of the table."""

    true: float
    chance: float | None
    source: str


WEIGHTS = {
    # the number of the order or its invoice
    "number": Weight(0.60, None, "fitted; study: about half fit exactly"),
    "reference": Weight(0.60, None, "careful: mostly copied; a slip fails the check digit"),
    "reference_slip": Weight(0.06, None, "careful: one wrong or two swapped characters, mended by the check character"),
    "number_joined": Weight(0.30, None, "careful: blanks inside and line breaks; strays are as rare"),
    "number_look_alike": Weight(0.20, None, "careful: O for 0, l for 1; strays are as rare"),
    "number_abbreviated": Weight(0.02, None, "careful: second number of two, shortened"),
    "number_other_prefix": Weight(0.05, None, "careful: same digits, other prefix"),
    "number_tail": Weight(0.06, None, "fitted: prefix or year left out"),
    "number_slip": Weight(0.08 / 85, None, "fitted: 8 % slips, 85 numbers are one slip away"),
    "number_swap": Weight(0.02 / 8, None, "fitted: 2 % swaps, 8 numbers are one swap away"),
    "other_number": Weight(0.02, 0.80, "fitted: an old or a wrong number"),
    "other_open_number": Weight(0.01, None, "careful: somebody else's open order is named"),
    # who pays
    "name": Weight(0.60, None, "fitted"),
    "name_in_part": Weight(0.15, None, "careful: a further given name is missing; others are called so"),
    "name_similar": Weight(0.05, None, "fitted: misspelt, cut off, umlauts lost"),
    "surname": Weight(0.10, None, "fitted: spouse, family, initials"),
    "name_in_text": Weight(0.05, None, "fitted: somebody pays for the customer and says so"),
    "firm": Weight(0.50, None, "fitted"),
    "firm_part": Weight(0.10, 0.02, "careful: one word of several, mostly the trade"),
    "other_name": Weight(0.12, 0.95, "fitted: spouse of other name, parents, employer, assistant"),
    "customer_number": Weight(0.06, None, "fitted"),
    "customer_number_as_order": Weight(0.01, None, "fitted: behind “Bestellung”"),
    "mail": Weight(0.02, None, "fitted"),
    "payer_name": Weight(0.10, None, "careful: a person said so before; names are shared, accounts are not"),
    "iban": Weight(0.25, None, "careful: known from earlier payments"),
    # how much
    "amount": Weight(0.85, None, "fitted; study: 1 to 1.5 % pay too little"),
    "amount_tolerance": Weight(0.02, None, "careful: within the merchant's tolerance"),
    "amount_charges": Weight(0.30, None, "careful: the bank states what it kept"),
    "amount_charges_likely": Weight(0.05, None, "careful: from outside SEPA or on paper, a little too low"),
    "amount_discount": Weight(0.30, None, "careful: agreed cash discount"),
    "amount_discount_late": Weight(0.03, None, "careful: agreed cash discount, taken after its term"),
    "amount_own_discount": Weight(0.02 / 2, None, "fitted: 2 or 3 % taken without agreement"),
    "amount_without_shipping": Weight(0.02, None, "fitted"),
    "amount_with_fees": Weight(0.30, None, "careful: open amount and reminder fees"),
    "amount_rounded": Weight(0.02 / 4, None, "fitted: to whole or half units, which are common"),
    "amount_swapped": Weight(0.01 / 4, None, "fitted: two digits of the amount swapped"),
    "amount_twice": Weight(0.005, None, "careful"),
    "amount_part": Weight(0.02 / 4, None, "fitted: half, a third, two thirds, a quarter"),
    "amount_less": Weight(0.04 / 1500, None, "fitted: charges, a misreading; up to 15 units and a quarter"),
    "amount_less_by_far": Weight(0.01 / 5000, None, "study: 1.5 % too little, by whatever it may be"),
    "amount_more": Weight(0.01 / 1500, None, "fitted: fees of one's own reckoning, up to 15 units"),
    "amount_more_by_far": Weight(0.002 / 10000, None, "careful: mostly for something else as well"),
    "amount_sum": Weight(0.85, None, "careful: four thousand likely sums per way to add"),
    # when and where
    "account_country": Weight(0.92, None, "careful: accounts are kept where people live"),
    "account_abroad": Weight(0.08, None, "careful: commuters, foreign and internet banks"),
    "other_account": Weight(0.20, 0.95, "careful: a second account; the same name elsewhere never has this one"),
    "place": Weight(0.03, 0.002, "fitted: postcode in the text"),
    "other_purpose": Weight(0.002, 0.15, "careful: rent, wages, deposits"),
    "instalment": Weight(0.02, 0.04, "careful: the amount is not meant to be the whole"),
    "closed": Weight(0.02, 0.70, "careful: nothing is owed any more"),
}


@dataclass(frozen=True, slots=True)
class TimeBand:
    """Payments from `first` to `last` days after the order: how many of the right ones come then."""

    kind: str
    first: int | None  # None: ever before
    last: int | None  # None: ever after
    true: float


#: When orders paid in advance are paid. Source: ibusiness 2014 (mean three days, 95 % of those who pay without being
#: reminded within five banking days, some the same day); a tenth is late.
PAID_AFTER = (
    TimeBand("paid_before", None, -2, 0.004),
    TimeBand("paid_soon", -1, 0, 0.08),
    TimeBand("paid_soon", 1, 2, 0.35),
    TimeBand("paid_soon", 3, 5, 0.38),
    TimeBand("paid_soon", 6, 9, 0.12),
    TimeBand("paid_later", 10, 21, 0.04),
    TimeBand("paid_later", 22, 60, 0.02),
    TimeBand("paid_late", 61, 120, 0.004),
    TimeBand("paid_very_late", 121, None, 0.002),
)
#: When invoices are paid. Source: Paymorrow 2015 (72 % within 14 days, mean nine days, a tenth reminded).
PAID_AFTER_INVOICE = (
    TimeBand("paid_before", None, -2, 0.004),
    TimeBand("paid_soon", -1, 2, 0.20),
    TimeBand("paid_soon", 3, 9, 0.35),
    TimeBand("paid_soon", 10, 14, 0.20),
    TimeBand("paid_later", 15, 30, 0.16),
    TimeBand("paid_later", 31, 60, 0.06),
    TimeBand("paid_late", 61, 120, 0.02),
    TimeBand("paid_very_late", 121, None, 0.006),
)

#: Among all incoming payments, how many are for no open item at all, against those that are (bits).
FOR_NO_ITEM = log2(0.20 / 0.80)
#: How much rarer than among customers a customer's name is among payers of other money.
OUTSIDERS = 0.02
#: How often somebody else than the customer pays.
OTHERS = 0.10
#: How often, at least, another payment comes from a payer of a name that was learned.
LEARNED_NAME = 1 / 2000
#: The same for surnames alone: other customers have relatives, too.
RELATIVES = 0.3
#: How often a payment for something else shows the number of an open item where every number is open: every tenth is
#: written with a slip. Counted against money for no open item, which is a quarter of what is for one.
STRAY_NUMBER = 0.3
#: The same when slips are excluded: somebody else's number was copied.
STRAY_COPY = 0.03
#: The same for a payment reference with check digits: nobody but the customer is told it, and what is typed wrongly is
#: no reference. One that had to be mended may be any word of eight letters.
STRAY_REFERENCE = 0.000001
MENDED_REFERENCE = 4e-9
#: … and with two check characters: of a hundred thousand references in use, one in 760,000 codes of this kind is one,
#: and one in 4,400 is one after mending; who mistypes his own twice is hardly ever led to another's.
STRAY_LONG_REFERENCE = 1e-8
MENDED_LONG_REFERENCE = 2e-11
#: How often a payment pays several items at once, and how often all of a customer's who has several.
SEVERAL = 0.06
ALL_OF_SEVERAL = 0.4
#: How often the best answer is wrong although its clues leave no doubt, by the kinds of evidence that it has: what no
#: clue tells of, such as a stranger of the customer's name. Counted on seeds 203, 204, 208, 209 with 100,000 orders:
#: 0 of 45,000 with three kinds, 0 of 3,700, 0 of 2,100 and 2 of 7,100 with two.
UNTOLD = (
    (frozenset({"check digit"}), 5e-6),
    (frozenset({"number", "identity", "amount"}), 5e-6),
    (frozenset({"number", "amount"}), 5e-5),
    (frozenset({"number", "identity"}), 1e-4),
    (frozenset({"identity", "amount"}), 2e-4),
)
#: … with one kind only, which is never booked; and with much money left over or several items that do not make the sum,
#: where nearly always others are meant as well, or a part of them (careful: a mistyped amount is possible).
UNTOLD_ALONE = 0.05
FOR_OTHERS = 0.7
#: … unless one order is named, by its customer, and paid twice at most. Counted on seeds 311 and 312: of a thousand
#: payments raised by more than fifteen units it was the right one each time (careful: more may be meant as well).
TOO_MUCH = 0.1
#: Without a number, so many times likelier than the weights say are strangers of the name who pay for other items of
#: this amount, which are too many to be candidates: counted where the rest of the evidence leaves it to a person.
UNNUMBERED = frozenset({"identity", "amount"})
STRANGERS = 4
#: Share of the payments for something else that have one particular amount which nobody owes: fitted, one in 30,000 to
#: 100,000; people round to whole and half units, so that of those one in 5,000 to 30,000.
ODD_AMOUNT = 1 / 20_000
ROUND_AMOUNT = 1 / 5_000


def bits(level: str, chance: float | None = None) -> float:
    """The weight of a clue; `chance` where the table leaves it to counting."""
    weight = WEIGHTS[level]
    expected = weight.chance if chance is None else chance
    assert expected is not None
    return log2(weight.true / expected)


def log_ratio(true: float, chance: float) -> float:
    """How much likelier than by chance, in bits."""
    return log2(true / chance)
