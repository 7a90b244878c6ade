"""What is kept of the books: accounts and postings. Postings are only ever added."""

from django.db import models
from django.db.models import F, Q

from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Owned


class Account(Owned):
    """One account in one currency, with its cached balance.

    The balance is debits less credits. `version` counts its changes. An account that must not be overdrawn is
    protected by a CHECK: the unclear money can never go below zero because more was assigned than came in.
    """

    book = models.CharField(max_length=24, choices=[(book.value, book.name) for book in Book])
    about = models.BigIntegerField(default=0)  # the bank account it mirrors, else 0
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    floor = models.SmallIntegerField(default=0)  # 1: never below zero, -1: never above zero, 0: either

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "book", "about", "currency"], name="account_once"),
            models.CheckConstraint(
                condition=Q(floor=0) | Q(floor=1, balance_minor__gte=0) | Q(floor=-1, balance_minor__lte=0),
                name="account_not_overdrawn",
            ),
        ]


class Posting(Owned):
    """One debit account, one credit account, one positive amount: it cannot be unbalanced.

    `source` says which fact of the house it books, once: `transaction:17`, `allocation:4:surplus`. What is undone is
    booked back the other way round, under the source of what undid it. `meant_for` is the day on which it happened,
    where that month was closed already when it was posted: then `booked_on` is the first open day.
    """

    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits")
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits")
    amount_minor = models.BigIntegerField()
    source = models.CharField(max_length=80)
    subject = models.CharField(max_length=40)  # the first two parts of the source: what the posting is about
    text = models.CharField(max_length=32)
    booked_on = models.DateField()
    recorded_at = models.DateTimeField()
    meant_for = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source"], name="posting_once_per_source"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="posting_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="posting_between_two_accounts"),
        ]
        indexes = [
            models.Index(fields=["merchant", "subject"], name="posting_by_subject"),
            models.Index(fields=["merchant", "booked_on"], name="posting_by_day"),
        ]
