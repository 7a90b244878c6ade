"""The customer centre: who comes in, balances, what changed them, and what a program charges or grants."""

from datetime import date

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1.forms import Currency, Id, Line, Mail, Moment, Money, MoneyIn, Next, ShopRef, money
from zahlmeister.api.v1.orders import shop_for
from zahlmeister.api.v1.pages import OneWanted, PageWanted, one_of, page_of
from zahlmeister.api.v1.surface import caller, reads, source, writes
from zahlmeister.flows.centre.adjust import Adjustment, adjust
from zahlmeister.flows.centre.charge import Charge, charge, undo_charge
from zahlmeister.flows.centre.let_in import let_in_from_shop
from zahlmeister.flows.centre.manage import block, invite
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.models import Account, Customer, Entry
from zahlmeister.prepaid.queries import balance_of, entries_of
from zahlmeister.prepaid.rules import told_number
from zahlmeister.prepaid.states import EntryKind
from zahlmeister.programs.scopes import Scope
from zahlmeister.refusals import Refused

router = Router(tags=["customers"])


class CustomerOut(Schema):
    """Somebody who may come in."""

    id: Id
    email: str = Field(examples=["anna@example.org"])
    name: str = Field(examples=["Anna Weber"])
    language: str = Field(examples=["de"])
    is_blocked: bool = Field(description="May not sign in.", examples=[False])
    signed_in_at: Moment | None
    created_at: Moment


class CustomersOut(Schema):
    """A page of customers, newest first."""

    data: list[CustomerOut]
    next: Next


class CustomersWanted(PageWanted):
    """Which customers are wanted."""

    email: str = Field(default="", max_length=254)


class CustomerIn(Schema):
    """Somebody who shall be able to come in."""

    email: Mail = Field(min_length=3)
    name: Line = Field(default="", examples=["Anna Weber"])


class SignInIn(Schema):
    """Somebody who is signed in at the shop, which has proven the mail address."""

    email: Mail = Field(min_length=3)
    name: Line = Field(default="", examples=["Anna Weber"])
    language: str = Field(default="de", pattern="^[a-z]{2}$", examples=["de"])
    shop: ShopRef = ""


class SignInOut(Schema):
    """Where the customer goes: it signs him in, once, within five minutes."""

    address: str = Field(examples=["https://your.zahlmeister.example/centre/…"])


class AccountOut(Schema):
    """An account of a customer, with what lies on it."""

    id: Id
    number: str = Field(examples=["KK-00017"])
    email: str = Field(examples=["anna@example.org"])
    name: str = Field(examples=["Anna Weber"])
    currency: Currency
    balance: Money
    paid: Money = Field(description="Of the balance, what was paid.")
    granted: Money = Field(description="Of the balance, what was given.", examples=["0.00"])
    is_blocked: bool = Field(examples=[False])


class AccountsOut(Schema):
    """A page of accounts, newest first."""

    data: list[AccountOut]
    next: Next


class AccountsWanted(PageWanted):
    """Which accounts are wanted."""

    email: str = Field(default="", max_length=254)


class EntryOut(Schema):
    """Something that changed a balance."""

    id: Id
    account: Id
    kind: EntryKind = Field(examples=["charge"])
    amount: Money = Field(examples=["-4.90"])
    balance: Money = Field(description="After it.")
    currency: Currency
    text: str = Field(examples=["letter 17"])
    at: Moment


class EntriesOut(Schema):
    """A page of entries, newest first."""

    data: list[EntryOut]
    next: Next


class ChargeIn(Schema):
    """What was used. `key` is the program's own and makes a charge once."""

    amount: MoneyIn
    currency: Currency
    key: str = Field(pattern=r"^[A-Za-z0-9_.:-]{1,60}$", examples=["letter-17"])
    text: Line = Field(default="", examples=["letter 17"])
    shop: ShopRef = ""


class UndoIn(Schema):
    """Which shop charged."""

    shop: ShopRef = ""


class GrantIn(Schema):
    """Credit that is given, such as a voucher; `reason` stands on the customer's statement."""

    amount: MoneyIn
    currency: Currency
    reason: Line = Field(min_length=1, examples=["welcome"])
    expires_on: date | None = Field(default=None, description="Null: it does not expire.", examples=["2027-12-31"])


@reads(router, "/customers", CustomersOut, Scope.CUSTOMERS_READ)
def list_customers(request: HttpRequest, wanted: Query[CustomersWanted]) -> CustomersOut:
    """Customers who may come in, newest first."""
    rows = _customers(request)
    if wanted.email:
        rows = rows.filter(email=wanted.email.strip().lower())
    found, following = page_of(rows, wanted)
    return CustomersOut(data=[_customer(row) for row in found], next=following)


@reads(router, "/customers/{customer_id}", CustomerOut, Scope.CUSTOMERS_READ)
def get_customer(request: HttpRequest, customer_id: str, wanted: Query[OneWanted]) -> CustomerOut:
    """One customer."""
    del wanted  # its fields are looked at where the answer is written
    return _customer(one_of(_customers(request), customer_id, "customer"))


@writes(router, "/customers", CustomerOut, Scope.CUSTOMERS_WRITE, status=201)
def create_customer(request: HttpRequest, handed_in: Body[CustomerIn]) -> CustomerOut:
    """Give somebody access, with the accounts of the orders of this address; who has it already keeps it."""
    who = caller(request)
    return _customer(invite(who.merchant, handed_in.email, handed_in.name, by=who.by, at=timezone.now()))


@writes(router, "/customers/{customer_id}/block", CustomerOut, Scope.CUSTOMERS_WRITE)
def block_customer(request: HttpRequest, customer_id: str) -> CustomerOut:
    """Let a customer in no more; all his sessions end. Twice is once."""
    return _blocked(request, customer_id, is_blocked=True)


@writes(router, "/customers/{customer_id}/unblock", CustomerOut, Scope.CUSTOMERS_WRITE)
def unblock_customer(request: HttpRequest, customer_id: str) -> CustomerOut:
    """Let a customer in again. Twice is once."""
    return _blocked(request, customer_id, is_blocked=False)


@writes(router, "/customer-sign-ins", SignInOut, Scope.CUSTOMERS_WRITE, status=201)
def sign_customer_in(request: HttpRequest, handed_in: Body[SignInIn]) -> SignInOut:
    """An address that signs in a customer of the shop; addresses made before are good no more."""
    who, now = caller(request), timezone.now()
    shop = shop_for(who, handed_in.shop)
    said = {"language": handed_in.language, "by": who.by}
    return SignInOut(address=let_in_from_shop(shop, handed_in.email, handed_in.name, **said, at=now))


@reads(router, "/accounts", AccountsOut, Scope.CUSTOMERS_READ)
def list_accounts(request: HttpRequest, wanted: Query[AccountsWanted]) -> AccountsOut:
    """Customers' accounts, newest first."""
    rows = _accounts(request)
    if wanted.email:
        rows = rows.filter(customer__email=wanted.email.strip().lower())
    found, following = page_of(rows, wanted)
    return AccountsOut(data=[_out(row) for row in found], next=following)


@reads(router, "/accounts/{account_id}", AccountOut, Scope.CUSTOMERS_READ)
def get_account(request: HttpRequest, account_id: str, wanted: Query[OneWanted]) -> AccountOut:
    """One account."""
    del wanted  # its fields are looked at where the answer is written
    return _out(one_of(_accounts(request), account_id, "account"))


@reads(router, "/accounts/{account_id}/entries", EntriesOut, Scope.CUSTOMERS_READ)
def list_entries(request: HttpRequest, account_id: str, wanted: Query[PageWanted]) -> EntriesOut:
    """What changed the balance of an account, newest first."""
    rows = entries_of(one_of(_accounts(request), account_id, "account"))
    found, following = page_of(rows, wanted)
    return EntriesOut(data=[_entry(row) for row in found], next=following)


@writes(router, "/accounts/{account_id}/charges", EntryOut, Scope.CUSTOMERS_WRITE, status=201)
def create_charge(request: HttpRequest, account_id: str, handed_in: Body[ChargeIn]) -> EntryOut:
    """Take something off a balance; the same `key` with other content is refused."""
    who, account = caller(request), one_of(_accounts(request), account_id, "account")
    shop = shop_for(who, handed_in.shop)
    wanted = Charge(Amount.parse(handed_in.amount, handed_in.currency), handed_in.key, handed_in.text)
    return _entry(charge(shop, account.pk, wanted, by=who.by, at=timezone.now()))


@writes(router, "/accounts/{account_id}/charges/{key}/undo", EntryOut, Scope.CUSTOMERS_WRITE)
def undo_a_charge(request: HttpRequest, account_id: str, key: str, handed_in: Body[UndoIn]) -> EntryOut:
    """Give back what was charged under this key; twice is once."""
    who, account = caller(request), one_of(_accounts(request), account_id, "account")
    shop = shop_for(who, handed_in.shop)
    if not entries_of(account).filter(source=f"charge:{shop.pk}:{key}").exists():
        raise Refused("Nothing was charged to this account under this key.")
    return _entry(undo_charge(shop, key, by=who.by, at=timezone.now()))


@writes(router, "/accounts/{account_id}/grants", EntryOut, Scope.CUSTOMERS_WRITE, status=201)
def grant_credit(request: HttpRequest, account_id: str, handed_in: Body[GrantIn]) -> EntryOut:
    """Give a customer credit; it is spent before what was paid, and never paid out."""
    who, account = caller(request), one_of(_accounts(request), account_id, "account")
    amount = Amount.parse(handed_in.amount, handed_in.currency)
    if amount.currency != account.currency:
        raise Refused(f"This account is in {account.currency}.")
    wanted = Adjustment(EntryKind.GRANT, amount.minor, handed_in.reason, source(request), handed_in.expires_on)
    return _entry(adjust(who.merchant, account.pk, wanted, by=who.by, at=timezone.now()))


def _customers(request: HttpRequest) -> QuerySet[Customer]:
    return Customer.objects.filter(merchant=caller(request).merchant)


def _customer(row: Customer) -> CustomerOut:
    return CustomerOut(
        id=str(row.pk),
        email=row.email,
        name=row.name,
        language=row.language,
        is_blocked=row.is_blocked,
        signed_in_at=row.signed_in_at,
        created_at=row.created_at,
    )


def _blocked(request: HttpRequest, customer_id: str, *, is_blocked: bool) -> CustomerOut:
    found, who = one_of(_customers(request), customer_id, "customer"), caller(request)
    return _customer(block(who.merchant, found.pk, is_blocked=is_blocked, by=who.by, at=timezone.now()))


def _accounts(request: HttpRequest) -> QuerySet[Account]:
    return Account.objects.filter(merchant=caller(request).merchant).select_related("customer")


def _out(row: Account) -> AccountOut:
    held = balance_of(row)
    return AccountOut(
        id=str(row.pk),
        number=told_number(row.number),
        email=row.customer.email,
        name=row.name or row.customer.name,
        currency=row.currency,
        balance=money(held.total, row.currency),
        paid=money(held.paid, row.currency),
        granted=money(held.granted, row.currency),
        is_blocked=row.is_blocked,
    )


def _entry(row: Entry) -> EntryOut:
    return EntryOut(
        id=str(row.pk),
        account=str(row.account_id),
        kind=EntryKind(row.kind),
        amount=row.amount.text(),
        balance=money(row.after.total, row.currency),
        currency=row.currency,
        text=row.text,
        at=row.at,
    )
