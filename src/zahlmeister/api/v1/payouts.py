"""Payouts from pooled accounts, as they were settled."""

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1.forms import Currency, Day, Id, Moment, Money, Next, money
from zahlmeister.api.v1.pages import OneWanted, PageWanted, one_of, page_of
from zahlmeister.api.v1.surface import caller, reads
from zahlmeister.payouts.models import Payout
from zahlmeister.programs.scopes import Scope

router = Router(tags=["payouts"])


class PayoutOut(Schema):
    """A settlement of a pooled account: what its bank held, what of it stayed, and the transfer of the rest."""

    id: Id
    period: str = Field(examples=["2026-W47"])
    account: str = Field(description="The pooled account.", examples=["DE02120300000000202051"])
    amount: Money
    currency: Currency
    at_bank: Money = Field(examples=["149.90"])
    unclear: Money = Field(examples=["0.00"])
    on_its_way: Money = Field(examples=["0.00"])
    promised: Money = Field(examples=["50.00"])
    reserve: Money = Field(examples=["50.00"])
    undone_on: Day | None = Field(description="The transfer was cancelled, rejected, or came back.")
    created_at: Moment


class PayoutsOut(Schema):
    """A page of payouts, newest first."""

    data: list[PayoutOut]
    next: Next


@reads(router, "/payouts", PayoutsOut, Scope.PAYOUTS_READ)
def list_payouts(request: HttpRequest, wanted: Query[PageWanted]) -> PayoutsOut:
    """Payouts, newest first."""
    rows = Payout.objects.filter(merchant=caller(request).merchant).select_related("account")
    found, following = page_of(rows, wanted)
    return PayoutsOut(data=[_out(row) for row in found], next=following)


@reads(router, "/payouts/{payout_id}", PayoutOut, Scope.PAYOUTS_READ)
def get_payout(request: HttpRequest, payout_id: str, wanted: Query[OneWanted]) -> PayoutOut:
    """One payout."""
    del wanted  # its fields are looked at where the answer is written
    rows = Payout.objects.filter(merchant=caller(request).merchant).select_related("account")
    return _out(one_of(rows, payout_id, "payout"))


def _out(row: Payout) -> PayoutOut:
    return PayoutOut(
        id=str(row.pk),
        period=row.period,
        account=row.account.number,
        amount=money(row.amount_minor, row.currency),
        currency=row.currency,
        at_bank=money(row.bank_minor, row.currency),
        unclear=money(row.unclear_minor, row.currency),
        on_its_way=money(row.on_its_way_minor, row.currency),
        promised=money(row.promised_minor, row.currency),
        reserve=money(row.reserve_minor, row.currency),
        undone_on=row.undone_on,
        created_at=row.created_at,
    )
