"""Splink on the same payments: the best general record linkage there is, with a model for German transfers.

Not needed for anything else; it comes with `pip install .[benchmarks]`. The model follows Splink's documentation:
blocking on number, on name, and on amount with a word of the name; u by random sampling, the share of matches by
deterministic rules, m by expectation maximisation once over equal amounts and once over equal names; amounts and names
adjusted by term frequency. An order is booked at a probability of 0.9 or more and one bit ahead of the second best,
and once: a second payment for it is suggested.
"""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import groupby
from math import log2
from typing import Any

from benchmarks.matching.knowable import plain
from zahlmeister.matching.facts import Candidate, Decision, Item, Outcome, Payment, Proposal, Share

NAME = "Splink"
THRESHOLD = 0.9
AHEAD_BITS = 1.0
#: Below this nothing is suggested.
LEAST = 0.01
MOST_SUGGESTED = 5
MISSING = (
    "Splink is not measured: it is not installed. Install it with: pip install --require-hashes --requirement "
    "requirements/benchmarks.lock"
)
_TOKEN = re.compile(r"[A-Z0-9]{4,}")
_DIGITS = re.compile(r"\d{3,}")
Match = Callable[[Sequence[Payment]], list[Proposal]]
Row = dict[str, object]


def is_installed() -> bool:
    return find_spec("splink") is not None and find_spec("duckdb") is not None


def splink(items: Sequence[Item]) -> Match:
    """Link payments to orders in one batch; the training is part of it, because it needs the payments."""
    logging.disable(logging.WARNING)
    by_id = {item.id: item for item in items}

    def match(payments: Sequence[Payment]) -> list[Proposal]:
        pairs = _linked([_order_row(item) for item in items], [_payment_row(i, p) for i, p in enumerate(payments)])
        found = {i: list(some) for i, some in groupby(pairs, key=lambda pair: pair[0])}
        owed = {order: item.open_minor for order, item in by_id.items()}
        return [_decided(found.get(i, []), by_id, payment, owed) for i, payment in enumerate(payments)]

    return match


def _decided(
    pairs: list[tuple[int, int, float]], by_id: dict[int, Item], payment: Payment, owed: dict[int, int]
) -> Proposal:
    pairs = [pair for pair in pairs if by_id[pair[1]].currency == payment.currency][:MOST_SUGGESTED]
    if not pairs:
        return Proposal(Decision.UNMATCHED)
    candidates = tuple(
        Candidate((Share(by_id[order], min(by_id[order].open_minor, payment.minor)),), sure, (), Outcome.PAID)
        for _, order, sure in pairs
    )
    best, second = pairs[0][2], pairs[1][2] if len(pairs) > 1 else 0.0
    is_ahead = second == 0.0 or _bits(best) - _bits(second) >= AHEAD_BITS
    order = pairs[0][1]
    if best < THRESHOLD or not is_ahead or owed[order] <= 0:
        return Proposal(Decision.SUGGESTED, candidates)
    owed[order] -= payment.minor
    return Proposal(Decision.ASSIGNED, candidates)


def _bits(probability: float) -> float:
    safe = min(max(probability, 1e-12), 1 - 1e-12)
    return log2(safe / (1 - safe))


def _linked(orders: list[Row], payments: list[Row]) -> Iterator[tuple[int, int, float]]:
    """Payment, order and probability; by payment, the likeliest order first."""
    import duckdb
    import pyarrow as pa
    from splink import DuckDBAPI, Linker, block_on

    base = duckdb.connect()
    base.execute("SET threads = 1; SET enable_progress_bar = false")
    api = DuckDBAPI(connection=base)
    tables = [
        api.register(pa.Table.from_pylist(rows, schema=_schema(pa)), dataset_display_name=name)
        for name, rows in (("a_payments", payments), ("b_orders", orders))
    ]
    linker = Linker(tables, _model(), log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("name", "amount")], recall=0.5)
    training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("amount"))
    training.estimate_parameters_using_expectation_maximisation(block_on("name"))
    found = linker.inference.predict(threshold_match_probability=LEAST)
    sql = f"""
        SELECT unique_id_l, unique_id_r, match_probability FROM {found.physical_name}
        ORDER BY unique_id_l, match_probability DESC, unique_id_r
    """
    yield from base.execute(sql).fetchall()


def _schema(pa: Any) -> Any:
    texts = pa.list_(pa.string())
    columns = {"unique_id": pa.int64(), "numbers": texts, "tails": texts, "words": texts, "name": pa.string(),
               "accounts": texts, "amount": pa.int64(), "less": pa.list_(pa.int64())}  # fmt: skip
    return pa.schema(list(columns.items()))


def _model() -> Any:
    import splink.comparison_level_library as levels
    from splink import SettingsCreator, block_on
    from splink import comparison_library as comparisons

    numbers = comparisons.CustomComparison(
        output_column_name="numbers",
        comparison_levels=[
            levels.NullLevel("numbers"),
            levels.ArrayIntersectLevel("numbers", 1),
            levels.PairwiseStringDistanceFunctionLevel("numbers", "damerau_levenshtein", 1),
            levels.ArrayIntersectLevel("tails", 1),
            levels.ElseLevel(),
        ],
    )
    name = comparisons.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            levels.NullLevel("name"),
            levels.ExactMatchLevel("name", term_frequency_adjustments=True),
            levels.JaroWinklerLevel("name", 0.94),
            levels.ArrayIntersectLevel("words", 2),
            levels.ArrayIntersectLevel("words", 1),
            levels.ElseLevel(),
        ],
    )
    amount = comparisons.CustomComparison(
        output_column_name="amount",
        comparison_levels=[
            levels.NullLevel("amount"),
            levels.ExactMatchLevel("amount", term_frequency_adjustments=True),
            levels.ArrayIntersectLevel("less", 1),
            levels.PercentageDifferenceLevel("amount", 0.1),
            levels.ElseLevel(),
        ],
    )
    accounts = comparisons.CustomComparison(
        output_column_name="accounts",
        comparison_levels=[
            levels.NullLevel("accounts"),
            levels.ArrayIntersectLevel("accounts", 1),
            levels.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="link_only",
        comparisons=[numbers, name, amount, accounts],
        blocking_rules_to_generate_predictions=[
            block_on("numbers", arrays_to_explode=["numbers"]),
            block_on("name"),
            block_on("amount", "words", arrays_to_explode=["words"]),
        ],
        retain_matching_columns=False,
    )


def _order_row(item: Item) -> Row:
    written = [item.number, *item.invoice_numbers, item.customer_number, item.reference]
    numbers = {_bare(number) for number in written if number}
    numbers |= {digits for number in written if number for digits in _DIGITS.findall(number) if len(digits) >= 5}
    shipping, owed = item.shipping_minor or 0, item.open_minor
    less = {owed - shipping, owed - item.discount_minor, owed + item.fees_minor, owed * 98 // 100, owed * 97 // 100}
    name = plain(item.name or item.company or "")
    words = {word for text in (item.name, item.company) if text for word in plain(text).split() if len(word) > 2}
    return {
        "unique_id": item.id, "numbers": sorted(numbers), "tails": _tails(item.number), "name": name or None,
        "words": sorted(words), "accounts": list(item.ibans) or None, "amount": owed, "less": sorted(less),
    }  # fmt: skip


def _payment_row(number: int, payment: Payment) -> Row:
    tight = ("".join(payment.remittance_pieces) or payment.remittance or "").upper()[:2_000]
    loose = " ".join(payment.remittance_pieces).upper()[:2_000]
    fields = [_bare(text) for text in (payment.creditor_reference, payment.end_to_end_id) if text]
    joined = re.sub(r"(?<=\d)[ ./-]+(?=\d)", "", tight)
    numbers = {token for text in (tight, loose, joined, tight.replace("-", "")) for token in _TOKEN.findall(text)}
    numbers |= {digits for text in (tight, loose, joined) for digits in _DIGITS.findall(text) if len(digits) >= 4}
    numbers = {token for token in numbers if any(c.isdigit() for c in token) or len(token) == 6} | set(fields)
    who = plain(payment.ultimate_payer or payment.payer or "")
    return {
        "unique_id": number, "numbers": sorted(numbers)[:40] or None, "tails": _DIGITS.findall(tight)[:20],
        "name": who or None, "words": sorted({word for word in who.split() if len(word) > 2}),
        "accounts": [payment.iban] if payment.iban else None, "amount": payment.minor, "less": [payment.minor],
    }  # fmt: skip


def _bare(number: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def _tails(number: str) -> list[str]:
    digits = _DIGITS.findall(number)
    return [str(digits[-1]).lstrip("0")] if len(digits) > 1 else []
