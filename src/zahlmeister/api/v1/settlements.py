"""Settlements between a guarantor and the merchant: what a week of purchases on invoice came to."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1.forms import Currency, Day, Id, Moment, Money, Next, money
from zahlmeister.api.v1.pages import OneWanted, PageWanted, one_of, page_of
from zahlmeister.api.v1.surface import caller, reads
from zahlmeister.programs.scopes import Scope
from zahlmeister.purchase.models import Settlement
from zahlmeister.purchase.states import SettlementState

router = Router(tags=["purchases"])


class SettlementOut(Schema):
    """A week, and its transfer: what was brought forward and what came to it, less what is carried forward."""

    id: Id
    period: str = Field(examples=["2026-W47"])
    on: Day
    state: SettlementState = Field(examples=["paid"])
    currency: Currency
    brought_forward: Money = Field(examples=["0.00"])
    of_this_week: Money
    transfer: Money
    carried_forward: Money = Field(examples=["0.00"])
    created_at: Moment


class SettlementsOut(Schema):
    """A page of settlements, newest first."""

    data: list[SettlementOut]
    next: Next


@reads(router, "/settlements", SettlementsOut, Scope.PURCHASES_READ)
def list_settlements(request: HttpRequest, wanted: Query[PageWanted]) -> SettlementsOut:
    """Settlements, newest first."""
    found, following = page_of(_settlements(request), wanted)
    return SettlementsOut(data=[_out(row) for row in found], next=following)


@reads(router, "/settlements/{settlement_id}", SettlementOut, Scope.PURCHASES_READ)
def get_settlement(request: HttpRequest, settlement_id: str, wanted: Query[OneWanted]) -> SettlementOut:
    """One settlement."""
    del wanted  # its fields are looked at where the answer is written
    return _out(one_of(_settlements(request), settlement_id, "settlement"))


def _settlements(request: HttpRequest) -> QuerySet[Settlement]:
    return Settlement.objects.filter(merchant=caller(request).merchant)


def _out(row: Settlement) -> SettlementOut:
    return SettlementOut(
        id=str(row.pk),
        period=row.period,
        on=row.on,
        state=SettlementState(row.state),
        currency=row.currency,
        brought_forward=money(row.brought_minor, row.currency),
        of_this_week=money(row.lines_minor, row.currency),
        transfer=money(row.transfer_minor, row.currency),
        carried_forward=money(row.forward_minor, row.currency),
        created_at=row.created_at,
    )
