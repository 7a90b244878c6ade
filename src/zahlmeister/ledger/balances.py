"""Which event of a customer's balance makes which posting: the end of the accountant's page in `ledger.rules`."""

from zahlmeister.ledger.rules import Book, Legs

#: Customers' balances: what they have paid in, and what was granted to them, are kept apart.
TOPPED_UP = Legs(Book.UNCLEAR, Book.PREPAID, "topped_up")
TOP_UP_TAKEN_BACK = TOPPED_UP.turned("top_up_taken_back")
BALANCE_PAID = Legs(Book.PREPAID, Book.PAID_ELSEWHERE, "paid_from_balance")
BALANCE_NOT_PAID = BALANCE_PAID.turned("not_paid_from_balance")
CREDIT_PAID = Legs(Book.GRANTED, Book.PAID_ELSEWHERE, "paid_from_balance")
CREDIT_NOT_PAID = CREDIT_PAID.turned("not_paid_from_balance")
BALANCE_CHARGED = Legs(Book.PREPAID, Book.USAGE, "balance_charged")
BALANCE_NOT_CHARGED = BALANCE_CHARGED.turned("balance_charge_undone")
CREDIT_CHARGED = Legs(Book.GRANTED, Book.USAGE, "balance_charged")
CREDIT_NOT_CHARGED = CREDIT_CHARGED.turned("balance_charge_undone")
CREDIT_GRANTED = Legs(Book.GOODWILL, Book.GRANTED, "credit_granted")
CREDIT_WITHDRAWN = CREDIT_GRANTED.turned("credit_withdrawn")
BALANCE_RAISED = Legs(Book.GOODWILL, Book.PREPAID, "balance_corrected")
BALANCE_LOWERED = BALANCE_RAISED.turned("balance_corrected")
BALANCE_GOES_BACK = Legs(Book.PREPAID, Book.REFUNDS, "balance_goes_back")
BALANCE_STAYS = BALANCE_GOES_BACK.turned("balance_stays")

#: A provider's clearing book meets its payments in “paid elsewhere”; a top-up leaves it there.
PROVIDER_TOPPED_UP = Legs(Book.PAID_ELSEWHERE, Book.PREPAID, "topped_up")
PROVIDER_TOOK_BACK = PROVIDER_TOPPED_UP.turned("top_up_taken_back")
