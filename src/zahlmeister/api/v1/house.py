"""Who calls, and how the merchant's house is set up: shops, accounts, and what is asked of programs to know."""

from datetime import date

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1.forms import Currency, Day, Id, Money, Next, money
from zahlmeister.api.v1.pages import PageWanted, page_of
from zahlmeister.api.v1.surface import caller, reads
from zahlmeister.banking.models import NOT_STARTED, AccountKind, BankAccount
from zahlmeister.merchants.states import Verification
from zahlmeister.orders.models import Shop
from zahlmeister.programs.scopes import Scope
from zahlmeister.refunds.queries import settings_of

router = Router(tags=["settings"])


class MeOut(Schema):
    """The key that calls: for whom it speaks and what it reaches."""

    merchant: str = Field(examples=["Brigittes Wollstube"])
    shop: Id | None = Field(description="The only shop it speaks for; null: all of them.")
    name: str = Field(examples=["warehouse"])
    scopes: list[str] = Field(examples=[["orders:read"]])


class RefundsSetOut(Schema):
    """How the merchant wants refunds."""

    waiting_days: int = Field(examples=[7])
    in_banking_days: bool = Field(examples=[False])
    tells_buyers: bool = Field(examples=[True])


class SettingsOut(Schema):
    """How the merchant is set up, as far as programs need it."""

    name: str = Field(examples=["Brigittes Wollstube"])
    country: str = Field(examples=["DE"])
    currency: Currency
    verification: Verification = Field(examples=["verified"])
    tolerance: Money = Field(description="So little may be missing from a payment.", examples=["0.00"])
    second_approval_above: Money = Field(examples=["1000.00"])
    unclear_goes_back_after_days: int = Field(examples=[14])
    books_closed_until: Day | None
    refunds: RefundsSetOut


class ShopOut(Schema):
    """A shop of the merchant's."""

    id: Id
    name: str = Field(examples=["Wollstube"])
    is_test: bool = Field(examples=[False])


class ShopsOut(Schema):
    """A page of shops, newest first."""

    data: list[ShopOut]
    next: Next


class BankAccountOut(Schema):
    """An account that payments come in on."""

    id: Id
    number: str = Field(examples=["DE02120300000000202051"])
    currency: Currency
    name: str = Field(examples=["Geschäftskonto"])
    kind: AccountKind = Field(examples=["own"])
    is_used: bool = Field(description="False: nobody has said since when; all is only recorded.", examples=[True])
    starts_on: Day | None = Field(
        description="What was booked earlier is only recorded; null of one that is used: nothing was."
    )


class BankAccountsOut(Schema):
    """A page of accounts, newest first."""

    data: list[BankAccountOut]
    next: Next


@reads(router, "/me", MeOut, None)
def get_me(request: HttpRequest) -> MeOut:
    """Which key this is. Every key may ask."""
    who = caller(request)
    shop = str(who.shop.pk) if who.shop else None
    return MeOut(merchant=who.merchant.name, shop=shop, name=who.key.name, scopes=sorted(who.scopes))


@reads(router, "/settings", SettingsOut, Scope.SETTINGS_READ)
def get_settings(request: HttpRequest) -> SettingsOut:
    """How the merchant is set up."""
    merchant = caller(request).merchant
    refunds = settings_of(merchant.pk)
    return SettingsOut(
        name=merchant.name,
        country=merchant.country,
        currency=merchant.currency,
        verification=Verification(merchant.verification),
        tolerance=money(merchant.tolerance_minor, merchant.currency),
        second_approval_above=money(merchant.four_eyes_above_minor, merchant.currency),
        unclear_goes_back_after_days=merchant.return_after_days,
        books_closed_until=merchant.books_closed_until,
        refunds=RefundsSetOut(
            waiting_days=refunds.waiting_days,
            in_banking_days=refunds.in_banking_days,
            tells_buyers=refunds.announces,
        ),
    )


@reads(router, "/shops", ShopsOut, Scope.ORDERS_READ)
def list_shops(request: HttpRequest, wanted: Query[PageWanted]) -> ShopsOut:
    """The shops that a program may see, newest first."""
    who = caller(request)
    rows = Shop.objects.filter(merchant=who.merchant)
    found, following = page_of(rows if who.shop is None else rows.filter(pk=who.shop.pk), wanted)
    told = [ShopOut(id=str(row.pk), name=row.name, is_test=row.is_test) for row in found]
    return ShopsOut(data=told, next=following)


@reads(router, "/bank-accounts", BankAccountsOut, Scope.SETTINGS_READ)
def list_bank_accounts(request: HttpRequest, wanted: Query[PageWanted]) -> BankAccountsOut:
    """The merchant's accounts that statements are read of, newest first."""
    rows = BankAccount.objects.filter(merchant=caller(request).merchant, is_ours=True, same_as=None)
    found, following = page_of(rows, wanted)
    return BankAccountsOut(data=[_account(row) for row in found], next=following)


def _account(row: BankAccount) -> BankAccountOut:
    is_used = row.starts_on != NOT_STARTED
    started: date | None = row.starts_on if is_used else None
    return BankAccountOut(
        id=str(row.pk),
        number=row.number,
        currency=row.currency,
        name=row.name,
        kind=AccountKind(row.kind),
        is_used=is_used,
        starts_on=started,
    )
