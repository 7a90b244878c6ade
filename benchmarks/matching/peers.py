"""Other ways to match, re-implemented from their descriptions, on the same payments in the same run.

- exact number: the order or invoice number stands in the text as delivered or without blanks, one order only.
- pretix: its bank transfer plug-in's rule as documented and observed: prefix and code by pattern, in the text with
  and without blanks, whichever variant names more; one order is booked whatever the amount, several only if the sum
  is exact. An order that is paid in full is not booked again.
- fuzzy: the order whose number, name and amount written in one line are most similar to the payment's (rapidfuzz
  WRatio), from a score of 85 on; a scan over all orders, so only a part of the payments is measured.
- Splink: see `splink_peer`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz, process

from benchmarks.matching import splink_peer
from zahlmeister.matching.facts import Candidate, Decision, Item, Outcome, Payment, Proposal, Share

FUZZY_SCORE = 85
#: The scan compares so many pairs of payment and order at most.
FUZZY_PAIRS = 3_000_000
UNMATCHED = Proposal(Decision.UNMATCHED)
Match = Callable[[Sequence[Payment]], list[Proposal]]


def exact_number(items: Sequence[Item]) -> Match:
    """Book what is named exactly, if it is one order."""
    by_number = {number.upper(): item for item in items for number in (item.number, *item.invoice_numbers)}
    token = re.compile(r"[A-Z0-9#-]{4,}")

    def named(payment: Payment) -> list[Item]:
        text = _text(payment)
        tokens = {*token.findall(text), *token.findall(text.replace(" ", ""))}
        found = [by_number[word] for word in tokens if word in by_number]
        return list({item.id: item for item in found}.values())

    def match(payments: Sequence[Payment]) -> list[Proposal]:
        return [_booked(found, payment) if len(found := named(payment)) == 1 else UNMATCHED for payment in payments]

    return match


def pretix(items: Sequence[Item]) -> Match:
    """Prefix, optional separator, code; the variant of the text that names more orders wins."""
    by_code: dict[tuple[str, str], Item] = {}
    lengths: dict[str, set[int]] = defaultdict(set)
    for item in items:
        for number in (item.number, *item.invoice_numbers):
            prefix, code = _prefix_and_code(number)
            by_code[prefix, code] = item
            lengths[prefix].add(len(code))
    prefixes = "|".join(sorted(map(re.escape, lengths), key=len, reverse=True))
    shortest, longest = min(map(min, lengths.values())), max(map(max, lengths.values()))
    pattern = re.compile(rf"({prefixes})[ \-_]*([A-Z0-9]{{{shortest},{longest}}})")
    owed: dict[int, int] = {}

    def named(text: str) -> dict[int, Item]:
        hits = [by_code[match] for match in pattern.findall(text) if match in by_code]
        return {item.id: item for item in hits}

    def decide(payment: Payment) -> Proposal:
        with_blanks, without = named(_text(payment)), named(_text(payment).replace(" ", ""))
        chosen = list((with_blanks if len(with_blanks) >= len(without) else without).values())
        left = [owed.get(item.id, item.open_minor) for item in chosen]
        fits = len(chosen) == 1 or sum(left) == payment.minor
        if not chosen or not fits or min(left) <= 0 or any(item.currency != payment.currency for item in chosen):
            return UNMATCHED
        share = payment.minor if len(chosen) == 1 else 0
        owed.update({item.id: max(open_minor - share, 0) if share else 0
                     for item, open_minor in zip(chosen, left, strict=True)})  # fmt: skip
        return _booked(chosen, payment)

    return lambda payments: [decide(payment) for payment in payments]


def fuzzy(items: Sequence[Item]) -> Match:
    """The most similar order, if similar enough."""
    lines = [f"{item.number} {item.name or item.company} {item.open_minor / 100:.2f}".upper() for item in items]

    def decide(payment: Payment) -> Proposal:
        line = f"{_text(payment)} {payment.payer or ''} {payment.minor / 100:.2f}".upper()
        best = process.extractOne(line, lines, scorer=fuzz.WRatio, score_cutoff=FUZZY_SCORE)
        return _booked([items[best[2]]], payment) if best else UNMATCHED

    return lambda payments: [decide(payment) for payment in payments]


def _few(orders: int) -> int:
    return max(FUZZY_PAIRS // orders, 10)


#: Name, how it is built, and how many payments it is shown when not all.
PEERS: dict[str, tuple[Callable[[Sequence[Item]], Match], Callable[[int], int] | None]] = {
    "exact number": (exact_number, None),
    "pretix's rule": (pretix, None),
    "fuzzy scan": (fuzzy, _few),
    splink_peer.NAME: (splink_peer.splink, None),
}


def _text(payment: Payment) -> str:
    return (" ".join(payment.remittance_pieces) or payment.remittance or "").upper()


def _prefix_and_code(number: str) -> tuple[str, str]:
    upper = number.upper()
    match = re.match(r"(.*[^A-Z0-9]|[A-Z]+(?=\d))", upper)
    prefix = match[0] if match else ""
    return prefix.rstrip("-#"), upper[len(prefix) :]


def _booked(chosen: Sequence[Item], payment: Payment) -> Proposal:
    shares = tuple(Share(item, min(item.open_minor, payment.minor)) for item in chosen)
    return Proposal(Decision.ASSIGNED, (Candidate(shares, 1.0, (), Outcome.PAID),))
