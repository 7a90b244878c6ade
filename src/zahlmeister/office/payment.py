"""One payment: what the bank said, what may be meant, and what was decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponseBase
from django.shortcuts import render

from zahlmeister.banking.models import AccountKind
from zahlmeister.banking.queries import doubles_of
from zahlmeister.history.models import Step
from zahlmeister.history.queries import steps_of
from zahlmeister.office import looked_for, typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.marks import marked
from zahlmeister.office.postings import postings_of_payment
from zahlmeister.receivables import queries
from zahlmeister.receivables.going_back import return_by
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState
from zahlmeister.refunds.queries import returns_of

#: So many answers stand beside each other, the best and its runner-up.
BESIDE = 2
DECIDABLE = {*NEEDS_A_PERSON, PaymentState.NEW, PaymentState.EARLY}


#: An answer leads that is likelier than not, and so many times as likely as the next one.
LEAST_LEADING_PPM = 500_000
AHEAD = 2


@dataclass(frozen=True, slots=True)
class SuggestedShare:
    """So much for one order, and what that makes of it."""

    item: OpenItem
    minor: int

    @property
    def left_minor(self) -> int:
        """What stays open on the order after a yes."""
        return max(0, self.item.open_minor - self.minor)

    @property
    def surplus_minor(self) -> int:
        """What is too much after a yes."""
        return max(0, self.minor - self.item.open_minor)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One ranked answer."""

    rank: int
    confidence_ppm: int
    shares: Sequence[SuggestedShare]
    clues: Sequence[words.ClueLine]
    sides: Sequence[words.Side]  # of the two best, aligned by aspect
    key: str  # makes the form count once


@signed_in
def payment(request: OfficeRequest, payment_id: int) -> HttpResponseBase:
    """The page of one payment; `q` looks for another order to assign it to."""
    row = found(request, payment_id)
    merchant_id = request.merchant.pk
    is_decidable = row.state in DECIDABLE
    suggestions = suggested(row) if is_decidable else []
    allocations = queries.all_allocations(merchant_id, payment=row.pk)
    standing = queries.standing(allocations)
    return render(
        request,
        "office/payment.html",
        {
            "payment": row,
            "said": row.transaction,
            "unusable": words.unusable(row.transaction),
            "doubles": doubles_of(row.transaction),
            "parts": marked(row.transaction.remittance, _known(row, suggestions, standing)),
            "best": suggestions[:BESIDE],
            "leads": leads(suggestions),
            "others": suggestions[BESIDE:],
            "standing": _grouped(standing),
            "is_decidable": is_decidable,
            "reason": words.reason(row.reason),
            "may_ignore": row.transaction.account.kind == AccountKind.OWN,
            "return_by": return_by(row, request.merchant.return_after_days),
            "returns": returns_of(row) if row.state in {PaymentState.GOING_BACK, PaymentState.ASSIGNED} else (),
            "steps": _named(steps_of(merchant_id, "payment", row.pk)),
            "postings": postings_of_payment(row, allocations),
            "place": queries.waiting_place(merchant_id, row) if row.state in NEEDS_A_PERSON else 0,
            "before": queries.waiting_before(merchant_id, row),
            "after": queries.waiting_after(merchant_id, row),
            **_search(request, row),
        },
    )


@signed_in
def find_order(request: OfficeRequest, payment_id: int) -> HttpResponseBase:
    """Only the orders found for the search on the payment's page."""
    row = found(request, payment_id)
    return render(request, "office/found_orders.html", {"payment": row, **_search(request, row)})


def found(request: OfficeRequest, payment_id: int) -> Payment:
    """The merchant's payment with what the bank said; another merchant's does not exist."""
    row = (
        Payment.objects.filter(merchant=request.merchant, pk=payment_id).select_related("transaction__account").first()
    )
    if row is None:
        raise Http404
    return row


def suggested(row: Payment) -> list[Suggestion]:
    """The matcher's suggestions with the orders as they stand now; those whose order is gone are left out."""
    items = queries.items_by_id(row.merchant_id, [share["item"] for one in row.candidates for share in one["shares"]])
    known = [one for one in row.candidates if all(share["item"] in items for share in one["shares"])]
    sides = words.side_by_side([one["clues"] for one in known[:BESIDE]])
    return [
        Suggestion(
            rank=place + 1,
            confidence_ppm=one["confidence_ppm"],
            shares=[
                SuggestedShare(items[share["item"]], min(share["minor"], row.open_minor)) for share in one["shares"]
            ],
            clues=words.clue_lines(one["clues"]),
            sides=sides[place] if place < len(sides) else (),
            key=uuid4().hex,
        )
        for place, one in enumerate(known)
        if one["shares"]
    ]


def leads(suggestions: Sequence[Suggestion]) -> bool:
    """Whether the first answer is so far ahead that it may be taken with one key, without a choice.

    Never when something of it is paid already: what comes on top is a decision of its own.
    """
    if not suggestions or any(share.item.open_minor <= 0 for share in suggestions[0].shares):
        return False
    first, *others = (one.confidence_ppm for one in suggestions)
    return first >= LEAST_LEADING_PPM and first >= AHEAD * max(others, default=0)


def _grouped(standing: Sequence[Allocation]) -> list[tuple[list[Allocation], list[words.ClueLine]]]:
    """Allocations that were found together share their clues, which are then shown once."""
    return [
        (parts, words.clue_lines(parts[0].clues))
        for parts in (list(group) for _clues, group in groupby(standing, key=lambda part: part.clues))
    ]


def _search(request: OfficeRequest, row: Payment) -> dict[str, Any]:
    text = looked_for.as_typed(request.GET.get("q", ""), request.merchant)
    sought = typed.sought(text, row.currency)
    orders = queries.items_to_assign(row.merchant_id, sought, row.currency)
    return {
        "wanted": text,
        "orders": [(SuggestedShare(item, row.open_minor), uuid4().hex) for item in orders],
    }


def _known(row: Payment, suggestions: Sequence[Suggestion], standing: Sequence[Allocation]) -> set[str]:
    """What a recognised part of the text may be: numbers, references, the customers' names."""
    items = [share.item for one in suggestions for share in one.shares] + [part.item for part in standing]
    known: set[str] = set()
    for item in items:
        order = item.order
        known |= {order.number, order.invoice_number, order.customer_number, order.reference}
        known |= {word for word in f"{order.name} {order.company}".split() if word.isalpha()}
    clues = [clue for part in standing for clue in part.clues]
    clues += [clue for one in row.candidates for clue in one["clues"]]
    return known | _facts(clues)


def _facts(clues: Iterable[dict[str, Any]]) -> set[str]:
    return {
        str(fact)
        for clue in clues
        for fact in clue.get("facts", ())
        if "number" in clue["kind"] or "reference" in clue["kind"] or "name" in clue["kind"]
    }


def _named(steps: Iterable[Step]) -> list[tuple[Step, str, str]]:
    return [(step, words.step("payment", step.verb), words.actor(step.actor)) for step in steps]
