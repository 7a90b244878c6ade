"""The accountant's one page: which event makes which posting.

Every event of the house that moves money or claims is one function here. Each answers with the two books, never with
more: a posting has one debit, one credit and one positive amount.

    order placed           receivables      → orders            somebody owes us
    money came in          bank             → unclear           it is there, we do not know yet for what
    payment allocated      unclear          → receivables       now we know; undone the other way round
    paid too much          unclear          → surplus           we owe the rest to the customer; undone likewise
    difference accepted    tolerance        → receivables       within the merchant's tolerance
    cash discount taken    discount         → receivables
    bank kept a charge     charges          → receivables
    not for an order       unclear          → other income      ignored by rule or by a person
    payment goes back      unclear          → refunds           to who sent it; undone likewise
    refund promised        surplus, orders  → refunds           what was paid too much first; undone likewise
    refund made            refunds          → other spending    a statement shows its transfer; undone when it came back
    surplus was refunded   surplus          → orders            the order became smaller by what had gone back before
    refunds collected      with operator    → other spending    the operator has collected what is to go back
    refund made for us     refunds          → with operator     by the operator; undone when it came back
    balance covered        unclear          → with operator     … and has paid it to the merchant's pooled account
    held for a merchant    unclear          → held              in the operator's books: what was collected
    paid for a merchant    held             → other spending    … and what left of it; undone when it came back
    debit returned         unclear          → other spending    the debtor's bank took a collection back
    debit charged          charges          → other spending    what our bank asks for that
    money went out         other spending   → bank              recorded, explained elsewhere
    a bank kept a part     other spending   → unclear           of a collective entry that is told in parts later
    a carrier kept a fee   carrier fees     → unclear           of what it collected for us; undone likewise
    payment ordered        other spending   → on its way        the file for the bank holds it
    payment made           on its way       → other spending    the statement shows it, and books it as gone out
    payment not made       on its way       → other spending    rejected by the bank, or the file was withdrawn
    payment returned       returns          → other spending    what came back is a payment of ours
    our money came back    bank             → returns           a transfer of ours was returned
    paid elsewhere         paid elsewhere   → receivables       marked as paid by hand
    costs of delay         receivables      → dunning, interest claimed, or paid though not claimed; dropped likewise
    costs crossed          dunning          → receivables       the money was there before they were asked for
    order cancelled        orders           → receivables       what is still open falls away; revived the other way
    order lowered          orders           → receivables       and what was paid beyond it: orders → surplus
    an agency collected    agencies         → paid elsewhere    the debt fell as paid elsewhere; undone likewise
    it collected fees      agencies         → other income      what the debtor paid beyond the debt, and is ours
    it keeps a share       charges          → agencies          of what came after the case was given up; undone too
    an agency paid out     unclear          → agencies          what it had collected for us; undone likewise
    a provider took money  providers        → paid elsewhere    a buyer paid there; charged back the other way round
    it kept a fee          provider fees    → providers         of a payment, or with a payout; given back likewise
    it sent money back     refunds          → providers         a refund by the way it was paid; undone when it failed
    a provider paid out    unclear          → providers         what it held for us; undone likewise
    topped up              unclear          → prepaid           money on a customer's account; undone likewise
    paid from a balance    prepaid, granted → paid elsewhere    an invoice, and the debt falls as paid elsewhere
    charged to a balance   prepaid, granted → usage             what a program took of it; undone likewise
    credit granted         goodwill         → granted           given without money; withdrawn or expired likewise
    balance corrected      goodwill         → prepaid           by hand, with a reason; downwards the other way
    balance goes back      prepaid          → refunds           promised to the customer; undone likewise
    books begin            bank             → opening           what was there before the first statement
    paid out               paid out         → other spending    a pooled account was settled; undone likewise
    fees charged           fees             → operator          the operator's invoice of a month, without its tax
    tax charged            input tax        → operator          and its tax
    fees paid              operator         → other spending    the transfer that settles the invoice is ordered
    tax owed               orders           → output tax        in the operator's books: the tax of an invoice
    claim bought           orders           → sellers           in a guarantor's books: its price; undone likewise
    claim sold             with guarantor   → paid elsewhere    the same in the seller's books
    paid to the seller     sellers          → paid elsewhere    the buyer paid him, who owes it to the guarantor
    paid to us             paid elsewhere   → with guarantor    the same in the seller's books
    seller charged         sellers          → guarantee fees    in a guarantor's books, and its tax → output tax
    guarantee charged      guarantee fees   → with guarantor    in the seller's books; its tax input tax → likewise
    sellers paid           sellers          → other spending    a week was settled; undone when it was not made
    guarantor paid         unclear          → with guarantor    its transfer is on the seller's statement
    claim lost             losses           → orders            the guarantor has given it up; undone likewise
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Book(StrEnum):
    """The kinds of account the house keeps."""

    BANK = "bank"
    UNCLEAR = "unclear"
    RECEIVABLES = "receivables"
    ORDERS = "orders"
    SURPLUS = "surplus"
    TOLERANCE = "tolerance"
    DISCOUNT = "discount"
    CHARGES = "charges"
    CARRIER_FEES = "carrier_fees"
    OTHER_INCOME = "other_income"
    OTHER_SPENDING = "other_spending"
    ON_ITS_WAY = "on_its_way"
    RETURNS = "returns"
    REFUNDS = "refunds"
    WITH_OPERATOR = "with_operator"
    HELD = "held"
    PAID_ELSEWHERE = "paid_elsewhere"
    DUNNING = "dunning"
    INTEREST = "interest"
    AGENCIES = "agencies"
    PROVIDERS = "providers"
    PROVIDER_FEES = "provider_fees"
    PREPAID = "prepaid"
    GRANTED = "granted"
    GOODWILL = "goodwill"
    USAGE = "usage"
    OPENING = "opening"
    PAID_OUT = "paid_out"
    FEES = "fees"
    INPUT_TAX = "input_tax"
    OPERATOR = "operator"
    OUTPUT_TAX = "output_tax"
    SELLERS = "sellers"
    WITH_GUARANTOR = "with_guarantor"
    GUARANTEE_FEES = "guarantee_fees"
    LOSSES = "losses"


#: Books that are kept per bank account.
PER_BANK_ACCOUNT = frozenset({Book.BANK, Book.OPENING})
#: Books that are kept apart by what they are about: an account, an agency, a provider, a seller, a guarantor.
KEPT_APART = PER_BANK_ACCOUNT | {Book.AGENCIES, Book.PROVIDERS, Book.SELLERS, Book.WITH_GUARANTOR}

#: Which books must never be overdrawn: 1 keeps debits ahead, -1 keeps credits ahead.
FLOORS = {
    Book.UNCLEAR: -1,
    Book.RECEIVABLES: 1,
    Book.SURPLUS: -1,
    Book.ON_ITS_WAY: -1,
    Book.REFUNDS: -1,
    Book.GRANTED: -1,
}


class Waiver(StrEnum):
    """Why a small rest is not asked for."""

    TOLERANCE = "tolerance"
    DISCOUNT = "discount"
    CHARGES = "charges"
    CROSSED = "crossed"  # costs of a notice that the payment crossed with


@dataclass(frozen=True, slots=True)
class Legs:
    """The two books of one posting; `about` names the bank account where one of them is the bank."""

    debit: Book
    credit: Book
    text: str
    about: int = 0

    def turned(self, text: str) -> "Legs":
        """The same two books the other way round, under the name of what undoes the event."""
        return Legs(self.credit, self.debit, text, self.about)


ORDER_PLACED = Legs(Book.RECEIVABLES, Book.ORDERS, "order_placed")
ORDER_CANCELLED = ORDER_PLACED.turned("order_cancelled")
ORDER_REVIVED = Legs(Book.RECEIVABLES, Book.ORDERS, "order_revived")
NOT_FOR_AN_ORDER = Legs(Book.UNCLEAR, Book.OTHER_INCOME, "not_for_an_order")
FOR_AN_ORDER_AFTER_ALL = NOT_FOR_AN_ORDER.turned("for_an_order_after_all")

PAYMENT_GOES_BACK = Legs(Book.UNCLEAR, Book.REFUNDS, "payment_goes_back")
PAYMENT_STAYS = PAYMENT_GOES_BACK.turned("payment_stays")
RETURN_ADOPTED = Legs(Book.OTHER_SPENDING, Book.REFUNDS, "payment_goes_back")  # it had no refund before
#: A collection was taken back by the debtor's bank: the payment it was, and what our bank charges on top.
DEBIT_RETURNED = Legs(Book.UNCLEAR, Book.OTHER_SPENDING, "debit_returned")
DEBIT_CHARGED = Legs(Book.CHARGES, Book.OTHER_SPENDING, "debit_charged")

#: Clearing: what the bank was told to pay and no statement shows yet. It returns to zero with each payment made.
PAYMENT_ORDERED = Legs(Book.OTHER_SPENDING, Book.ON_ITS_WAY, "payment_ordered")
PAYMENT_MADE = PAYMENT_ORDERED.turned("payment_made")
PAYMENT_NOT_MADE = PAYMENT_ORDERED.turned("payment_not_made")
PAYMENT_RETURNED = Legs(Book.RETURNS, Book.OTHER_SPENDING, "payment_returned")

#: A pooled account is settled: what its transfer was sent for.
PAID_OUT = Legs(Book.PAID_OUT, Book.OTHER_SPENDING, "paid_out")
NOT_PAID_OUT = PAID_OUT.turned("not_paid_out")
#: The operator's invoice in the merchant's books, and its tax in the operator's.
FEES_CHARGED = Legs(Book.FEES, Book.OPERATOR, "fees_charged")
TAX_CHARGED = Legs(Book.INPUT_TAX, Book.OPERATOR, "tax_charged")
FEES_PAID = Legs(Book.OPERATOR, Book.OTHER_SPENDING, "fees_paid")
FEES_NOT_PAID = FEES_PAID.turned("fees_not_paid")
TAX_OWED = Legs(Book.ORDERS, Book.OUTPUT_TAX, "tax_owed")

#: Refunds: owed from the promise until a statement shows that they left.
REFUND_OF_SURPLUS = Legs(Book.SURPLUS, Book.REFUNDS, "refund_promised")
REFUND_OF_ORDER = Legs(Book.ORDERS, Book.REFUNDS, "refund_promised")
REFUND_OF_ORDER_WITHDRAWN = REFUND_OF_ORDER.turned("refund_withdrawn")
REFUND_MADE = Legs(Book.REFUNDS, Book.OTHER_SPENDING, "refund_made")
REFUND_CAME_BACK = REFUND_MADE.turned("refund_came_back")
SURPLUS_WAS_REFUNDED = Legs(Book.SURPLUS, Book.ORDERS, "surplus_was_refunded")
#: The same through the operator, who collects first: in the merchant's books, and in the operator's own.
REFUNDS_COLLECTED = Legs(Book.WITH_OPERATOR, Book.OTHER_SPENDING, "refunds_collected")
REFUNDS_NOT_COLLECTED = REFUNDS_COLLECTED.turned("refunds_not_collected")
REFUND_MADE_FOR_US = Legs(Book.REFUNDS, Book.WITH_OPERATOR, "refund_made")
REFUND_CAME_BACK_TO_OPERATOR = REFUND_MADE_FOR_US.turned("refund_came_back")
HELD_FOR_MERCHANT = Legs(Book.UNCLEAR, Book.HELD, "held_for_merchant")
HELD_WENT_BACK = Legs(Book.HELD, Book.OTHER_SPENDING, "debit_returned")
HELD_ALL_THE_SAME = HELD_WENT_BACK.turned("held_all_the_same")  # what had come has left already, or pays something
PAID_FOR_MERCHANT = Legs(Book.HELD, Book.OTHER_SPENDING, "paid_for_merchant")
CAME_BACK_FOR_MERCHANT = PAID_FOR_MERCHANT.turned("refund_came_back")
#: A pooled account was overdrawn: what the operator had collected for it has come in there.
BALANCE_COVERED = Legs(Book.UNCLEAR, Book.WITH_OPERATOR, "balance_covered")
BALANCE_RECALLED = Legs(Book.WITH_OPERATOR, Book.OTHER_SPENDING, "balance_recalled")  # the bank took it off again


@dataclass(frozen=True, slots=True)
class Pair:
    """Where a debt goes when it falls: what was open leaves the receivables, what is beyond becomes surplus."""

    open: Legs
    surplus: Legs

    def turned(self, text: str) -> "Pair":
        """The debt rises again: first the surplus is used up, the rest is open again."""
        return Pair(self.open.turned(text), self.surplus.turned(text))


PAYMENT_ALLOCATED = Pair(
    Legs(Book.UNCLEAR, Book.RECEIVABLES, "payment_allocated"),
    Legs(Book.UNCLEAR, Book.SURPLUS, "paid_too_much"),
)
PAYMENT_TAKEN_BACK = PAYMENT_ALLOCATED.turned("payment_taken_back")
PAID_ELSEWHERE = Pair(
    Legs(Book.PAID_ELSEWHERE, Book.RECEIVABLES, "paid_elsewhere"),
    Legs(Book.PAID_ELSEWHERE, Book.SURPLUS, "paid_elsewhere"),
)
NOT_PAID_ELSEWHERE = PAID_ELSEWHERE.turned("not_paid_elsewhere")
#: What was to go back stays: of a surplus, or it pays what is open by now.
#: The surplus that a refund was taken from is gone with the payment it came from: the order bears it.
REFUND_UNCOVERED = Pair(
    Legs(Book.ORDERS, Book.RECEIVABLES, "refund_uncovered"), Legs(Book.ORDERS, Book.SURPLUS, "refund_uncovered")
)
REFUND_WITHDRAWN = Pair(
    Legs(Book.REFUNDS, Book.RECEIVABLES, "refund_withdrawn"), Legs(Book.REFUNDS, Book.SURPLUS, "refund_withdrawn")
)
ORDER_LOWERED = Pair(
    Legs(Book.ORDERS, Book.RECEIVABLES, "order_lowered"), Legs(Book.ORDERS, Book.SURPLUS, "order_lowered")
)
ORDER_RAISED = ORDER_LOWERED.turned("order_raised")
#: Dunning fees, the flat sum and default interest are damages, and no part of the order: no VAT, books of their own.
COSTS_OWED = Pair(Legs(Book.RECEIVABLES, Book.DUNNING, "costs_owed"), Legs(Book.SURPLUS, Book.DUNNING, "costs_owed"))
COSTS_NOT_OWED = COSTS_OWED.turned("costs_not_owed")
INTEREST_OWED = Pair(
    Legs(Book.RECEIVABLES, Book.INTEREST, "interest_owed"), Legs(Book.SURPLUS, Book.INTEREST, "interest_owed")
)
INTEREST_NOT_OWED = INTEREST_OWED.turned("interest_not_owed")

_WAIVED = {
    Waiver.TOLERANCE: Book.TOLERANCE,
    Waiver.DISCOUNT: Book.DISCOUNT,
    Waiver.CHARGES: Book.CHARGES,
    Waiver.CROSSED: Book.DUNNING,
}

#: A bank booked the sum less its charges, and the parts came to more: the difference was spent.
KEPT_OF_A_SUM = Legs(Book.OTHER_SPENDING, Book.UNCLEAR, "kept_of_a_sum")
#: A carrier collected more than it paid us: the buyers have paid it all, so that all of it is there to be assigned.
KEPT_BY_CARRIER = Legs(Book.CARRIER_FEES, Book.UNCLEAR, "kept_by_carrier")
NOT_KEPT_BY_CARRIER = KEPT_BY_CARRIER.turned("not_kept_by_carrier")


def waived(waiver: Waiver) -> Pair:
    """A rest of an item that is not asked for."""
    book = _WAIVED[waiver]
    return Pair(Legs(book, Book.RECEIVABLES, f"{waiver}_granted"), Legs(book, Book.SURPLUS, f"{waiver}_granted"))


def waiver_withdrawn(waiver: Waiver) -> Pair:
    """The rest is asked for again."""
    return waived(waiver).turned(f"{waiver}_withdrawn")


@lru_cache(maxsize=256)
def money_came_in(bank_account: int) -> Legs:
    """An incoming payment, not yet known for what."""
    return Legs(Book.BANK, Book.UNCLEAR, "money_came_in", bank_account)


def money_went_out(bank_account: int) -> Legs:
    """An outgoing entry of the statement."""
    return Legs(Book.OTHER_SPENDING, Book.BANK, "money_went_out", bank_account)


def money_came_back(bank_account: int) -> Legs:
    """A transfer of ours that its bank sent back."""
    return Legs(Book.BANK, Book.RETURNS, "money_came_back", bank_account)


def books_begin(bank_account: int) -> Legs:
    """The account held so much (more) before the first statement; turned when it was less."""
    return Legs(Book.BANK, Book.OPENING, "books_begin", bank_account)


def agency_collected(agency: int) -> Legs:
    """A debtor has paid a collection agency, which owes it to us until it pays it out."""
    return Legs(Book.AGENCIES, Book.PAID_ELSEWHERE, "agency_collected", agency)


def agency_collected_fees(agency: int) -> Legs:
    """What the debtor paid beyond the debt, and what is ours of it."""
    return Legs(Book.AGENCIES, Book.OTHER_INCOME, "agency_collected_fees", agency)


def agency_kept_share(agency: int) -> Legs:
    """Of what it brought in after the case was given up or after the court, an agency keeps a share."""
    return Legs(Book.CHARGES, Book.AGENCIES, "agency_kept_share", agency)


def agency_paid_out(agency: int) -> Legs:
    """An agency paid out what it had collected for us."""
    return Legs(Book.UNCLEAR, Book.AGENCIES, "agency_paid_out", agency)


#: A guarantor gives up a claim that nobody pays.
CLAIM_LOST = Legs(Book.LOSSES, Book.ORDERS, "claim_lost")
CLAIM_NOT_LOST = CLAIM_LOST.turned("claim_not_lost")


def claim_bought(seller: int) -> Legs:
    """A guarantor owes a seller the price of a claim; in the guarantor's books."""
    return Legs(Book.ORDERS, Book.SELLERS, "claim_bought", seller)


def claim_sold(guarantor: int) -> Legs:
    """The same in the seller's books: the order is paid by the guarantor, who owes it."""
    return Legs(Book.WITH_GUARANTOR, Book.PAID_ELSEWHERE, "claim_sold", guarantor)


def paid_to_seller(seller: int) -> Legs:
    """A buyer has paid the seller and not the guarantor, who owes the seller so much less; in the guarantor's books."""
    return Legs(Book.SELLERS, Book.PAID_ELSEWHERE, "paid_to_seller", seller)


def paid_to_us(guarantor: int) -> Legs:
    """The same in the seller's books."""
    return Legs(Book.PAID_ELSEWHERE, Book.WITH_GUARANTOR, "paid_to_us", guarantor)


def seller_charged(seller: int) -> Legs:
    """A fee of the guarantor, without its tax; in the guarantor's books."""
    return Legs(Book.SELLERS, Book.GUARANTEE_FEES, "seller_charged", seller)


def seller_tax_charged(seller: int) -> Legs:
    """The tax of that fee."""
    return Legs(Book.SELLERS, Book.OUTPUT_TAX, "seller_tax_charged", seller)


def guarantee_charged(guarantor: int) -> Legs:
    """A fee of the guarantor, without its tax; in the seller's books."""
    return Legs(Book.GUARANTEE_FEES, Book.WITH_GUARANTOR, "guarantee_charged", guarantor)


def guarantee_tax_charged(guarantor: int) -> Legs:
    """The tax of that fee."""
    return Legs(Book.INPUT_TAX, Book.WITH_GUARANTOR, "guarantee_tax_charged", guarantor)


def sellers_paid(seller: int) -> Legs:
    """A week was settled: what its transfer was ordered for; in the guarantor's books."""
    return Legs(Book.SELLERS, Book.OTHER_SPENDING, "sellers_paid", seller)


def guarantor_paid(guarantor: int) -> Legs:
    """The transfer of a settlement is on the seller's statement."""
    return Legs(Book.UNCLEAR, Book.WITH_GUARANTOR, "guarantor_paid", guarantor)


def provider_took(provider: int) -> Legs:
    """A buyer has paid at a provider, which owes it to us until it pays it out."""
    return Legs(Book.PROVIDERS, Book.PAID_ELSEWHERE, "provider_took", provider)


def provider_charged_back(provider: int) -> Legs:
    """The buyer took the money back from the provider, and the provider from us."""
    return provider_took(provider).turned("provider_charged_back")


def provider_kept_fee(provider: int) -> Legs:
    """What a provider keeps for its work."""
    return Legs(Book.PROVIDER_FEES, Book.PROVIDERS, "provider_kept_fee", provider)


def provider_gave_fee_back(provider: int) -> Legs:
    """A provider gives a fee back, as some do with a refund."""
    return provider_kept_fee(provider).turned("provider_gave_fee_back")


def provider_refunded(provider: int) -> Legs:
    """A provider sent a refund to the buyer, of what it holds for us."""
    return Legs(Book.REFUNDS, Book.PROVIDERS, "provider_refunded", provider)


def provider_did_not_refund(provider: int) -> Legs:
    """The refund came back to the provider, or never left it."""
    return provider_refunded(provider).turned("provider_did_not_refund")


def provider_paid_out(provider: int) -> Legs:
    """A provider paid out what it held for us."""
    return Legs(Book.UNCLEAR, Book.PROVIDERS, "provider_paid_out", provider)
