"""Purchases on invoice: asked for, confirmed, reported on, changed and let go, and how they stand."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1 import problems
from zahlmeister.api.v1 import purchase_forms as forms
from zahlmeister.api.v1.forms import Currency, Day, Id, Line, Moment, Money, MoneyIn, Next, money
from zahlmeister.api.v1.pages import OneWanted, PageWanted, one_of, page_of
from zahlmeister.api.v1.problems import Problem
from zahlmeister.api.v1.surface import caller, reads, source, writes
from zahlmeister.credit import public
from zahlmeister.credit.rules import Decision, Method, Outcome
from zahlmeister.erps.receipts import Came
from zahlmeister.flows.erps.receive_document import receive
from zahlmeister.flows.purchase.authorise import authorise, change
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.flows.purchase.confirm import Instruction, confirm, notices
from zahlmeister.flows.purchase.release import Part, cancel, release
from zahlmeister.money.amount import Amount
from zahlmeister.programs.scopes import Scope
from zahlmeister.purchase import queries
from zahlmeister.purchase.models import Authorisation, Capture
from zahlmeister.purchase.states import AuthorisationState, ClaimState, GuaranteeState

router = Router(tags=["purchases"])


class BilledOut(Schema):
    """An invoice of such an order, and the claim it is."""

    number: str = Field(examples=["R-1"])
    amount: Money
    credited: Money = Field(examples=["0.00"])
    paid: Money = Field(examples=["0.00"])
    claim: ClaimState = Field(examples=["open"])
    guarantee: GuaranteeState = Field(examples=["pending"])
    due_on: Day
    guaranteed_by: Day = Field(description="The settlement of that day pays it at the latest.")


class PurchaseOut(Schema):
    """An order that may be bought on invoice: so much was promised, so much of it billed or released."""

    id: Id
    order_number: str = Field(examples=["B-1001"])
    state: AuthorisationState = Field(examples=["confirmed"])
    amount: Money
    billed: Money = Field(examples=["0.00"])
    released: Money = Field(examples=["0.00"])
    currency: Currency
    reasons: list[str] = Field(description="Stable words.", examples=[[]])
    payment_reference: str = Field(examples=["RF18KK4711"])
    expires_at: Moment
    confirmed_at: Moment | None
    text: str = Field(description="What the buyer may be told of the decision, in his language.", examples=[""])
    invoices: list[BilledOut]


class NoticeOut(Schema):
    """What the invoice has to say about whom its claim belongs to."""

    language: str = Field(examples=["de"])
    text: str = Field(examples=["Die Forderung aus dieser Rechnung ist abgetreten an …"])


class InstructionOut(Schema):
    """How the buyer pays."""

    payee: str = Field(examples=["Sicherkauf AG"])
    iban: str = Field(examples=["DE02120300000000202051"])
    bic: str = Field(examples=["BYLADEM1001"])
    bank: str = Field(examples=["Deutsche Kreditbank"])
    amount: Money
    currency: Currency
    reference: str = Field(examples=["RF18KK4711"])
    due_on: Day
    notices: list[NoticeOut]


class ConfirmedOut(PurchaseOut):
    """A purchase that is placed, and how the buyer pays it."""

    instruction: InstructionOut


class CorrectionOut(Schema):
    """A better value for a field that looks mistyped."""

    field: str = Field(examples=["postcode"])
    value: str = Field(examples=["10115"])


class MethodOut(Schema):
    """What is decided of one way of paying."""

    method: Method = Field(examples=["invoice"])
    outcome: Outcome = Field(examples=["accepted"])


class CheckedOut(Schema):
    """A decision, or what would be decided."""

    outcome: Outcome = Field(examples=["accepted"])
    reasons: list[str] = Field(description="Stable words.", examples=[[]])
    text: str = Field(description="What the buyer may be told, in his language.", examples=["Sie können zahlen."])
    corrections: list[CorrectionOut]
    methods: list[MethodOut]
    retry_after: Moment | None


class ChangedOut(PurchaseOut):
    """A purchase as it is after the change; where a decision was needed and says no, as it was before."""

    decision: CheckedOut | None = Field(description="Null where none was needed.")


class PurchasesOut(Schema):
    """A page of purchases, newest first."""

    data: list[PurchaseOut]
    next: Next


class PurchasesWanted(PageWanted):
    """Which purchases are wanted."""

    order_number: str = Field(default="", max_length=64)
    state: list[AuthorisationState] = []


class ReleasedIn(Schema):
    """What is not billed any more: so much, or all that is left."""

    amount: MoneyIn | None = None


class CancelledIn(Schema):
    """Why the order does not come about."""

    reason: Line = Field(default="", examples=["out of stock"])


@reads(router, "/purchases", PurchasesOut, Scope.PURCHASES_READ)
def list_purchases(request: HttpRequest, wanted: Query[PurchasesWanted]) -> PurchasesOut:
    """Purchases on invoice, newest first."""
    rows = _purchases(request)
    if wanted.order_number:
        rows = rows.filter(order_number=wanted.order_number)
    if wanted.state:
        rows = rows.filter(state__in=wanted.state)
    found, following = page_of(rows, wanted)
    return PurchasesOut(data=[_out(row) for row in found], next=following)


@reads(router, "/purchases/{purchase_id}", PurchaseOut, Scope.PURCHASES_READ)
def get_purchase(request: HttpRequest, purchase_id: str, wanted: Query[OneWanted]) -> PurchaseOut:
    """One purchase."""
    del wanted  # its fields are looked at where the answer is written
    return _out(_purchase(request, purchase_id))


@writes(router, "/purchase-checks", CheckedOut, Scope.PURCHASES_WRITE)
def check_purchase(request: HttpRequest, handed_in: Body[forms.CheckIn]) -> CheckedOut:
    """Are the data complete, or what would be decided? Nothing is promised."""
    who, asked = caller(request), handed_in.application()
    decision = check(who.merchant, asked, at=timezone.now(), mode=handed_in.mode, by=who.by)
    return _checked(decision, handed_in.language)


@writes(router, "/purchases", PurchaseOut, Scope.PURCHASES_WRITE, status=201)
def create_purchase(request: HttpRequest, handed_in: Body[forms.PurchaseIn]) -> PurchaseOut:
    """May this order be bought on invoice? `state` is the answer. Another content of it is refused."""
    who = caller(request)
    return _out(authorise(who.merchant, handed_in.application(), at=timezone.now(), by=who.by))


@writes(router, "/purchases/{purchase_id}/confirm", ConfirmedOut, Scope.PURCHASES_WRITE)
def confirm_purchase(request: HttpRequest, purchase_id: str) -> ConfirmedOut:
    """The order is placed; the answer says how the buyer pays. Twice is once."""
    found, who = _purchase(request, purchase_id), caller(request)
    said = confirm(who.merchant, found.pk, at=timezone.now(), by=who.by)
    now = _out(_purchase(request, purchase_id))
    return ConfirmedOut(**dict(now), instruction=_instruction(said))


@writes(router, "/purchases/{purchase_id}/change", ChangedOut, Scope.PURCHASES_WRITE)
def change_purchase(request: HttpRequest, purchase_id: str, handed_in: Body[forms.PurchaseIn]) -> ChangedOut:
    """The order is another one: less of it needs no decision; more, or another address, does."""
    found, who = _purchase(request, purchase_id), caller(request)
    made, decision = change(who.merchant, found.pk, handed_in.application(), at=timezone.now(), by=who.by)
    told = _checked(decision, handed_in.language) if decision else None
    return ChangedOut(**dict(_out(made)), decision=told)


@writes(router, "/purchases/{purchase_id}/invoices", PurchaseOut, Scope.PURCHASES_WRITE, status=201)
def bill_purchase(request: HttpRequest, purchase_id: str, handed_in: Body[forms.InvoiceIn]) -> PurchaseOut:
    """It is billed, or a part of it. The same number with other content is refused."""
    return _reported(request, purchase_id, handed_in)


@writes(router, "/purchases/{purchase_id}/shipments", PurchaseOut, Scope.PURCHASES_WRITE, status=201)
def ship_purchase(request: HttpRequest, purchase_id: str, handed_in: Body[forms.ShipmentIn]) -> PurchaseOut:
    """Goods have left."""
    return _reported(request, purchase_id, handed_in)


@writes(router, "/purchases/{purchase_id}/announced-returns", PurchaseOut, Scope.PURCHASES_WRITE, status=201)
def announce_return(request: HttpRequest, purchase_id: str, handed_in: Body[forms.AnnouncedReturnIn]) -> PurchaseOut:
    """The buyer wants to send goods back."""
    return _reported(request, purchase_id, handed_in)


@writes(router, "/purchases/{purchase_id}/returns", PurchaseOut, Scope.PURCHASES_WRITE, status=201)
def receive_return(request: HttpRequest, purchase_id: str, handed_in: Body[forms.ReturnIn]) -> PurchaseOut:
    """Goods have come back; no credit note yet."""
    return _reported(request, purchase_id, handed_in)


@writes(router, "/purchases/{purchase_id}/credit-notes", PurchaseOut, Scope.PURCHASES_WRITE, status=201)
def credit_purchase(request: HttpRequest, purchase_id: str, handed_in: Body[forms.CreditNoteIn]) -> PurchaseOut:
    """The buyer owes less of an invoice."""
    return _reported(request, purchase_id, handed_in)


@writes(router, "/purchases/{purchase_id}/direct-payments", PurchaseOut, Scope.PURCHASES_WRITE, status=201)
def pay_purchase_directly(
    request: HttpRequest, purchase_id: str, handed_in: Body[forms.DirectPaymentIn]
) -> PurchaseOut:
    """The buyer has paid the merchant himself."""
    return _reported(request, purchase_id, handed_in)


@writes(router, "/purchases/{purchase_id}/release", PurchaseOut, Scope.PURCHASES_WRITE)
def release_purchase(request: HttpRequest, purchase_id: str, handed_in: Body[ReleasedIn]) -> PurchaseOut:
    """All that is not billed yet will not be billed; or with an amount, so much of it."""
    found, who = _purchase(request, purchase_id), caller(request)
    told = handed_in.amount
    part = None if told is None else Part(Amount.parse(told, found.currency).minor, source(request))
    if part is None and not found.left_minor:
        return _out(found)
    return _out(release(who.merchant, found.pk, part, at=timezone.now(), by=who.by))


@writes(router, "/purchases/{purchase_id}/cancel", PurchaseOut, Scope.PURCHASES_WRITE)
def cancel_purchase(request: HttpRequest, purchase_id: str, handed_in: Body[CancelledIn]) -> PurchaseOut:
    """The order does not come about; only when nothing is billed yet. Twice is once."""
    found, who = _purchase(request, purchase_id), caller(request)
    return _out(cancel(who.merchant, found.pk, at=timezone.now(), by=who.by, reason=handed_in.reason))


def _purchases(request: HttpRequest) -> QuerySet[Authorisation]:
    return Authorisation.objects.filter(merchant=caller(request).merchant).prefetch_related("captures")


def _purchase(request: HttpRequest, purchase_id: str) -> Authorisation:
    return one_of(_purchases(request), purchase_id, "purchase")


def _reported(request: HttpRequest, purchase_id: str, said: forms.ReportIn) -> PurchaseOut:
    """Take a document. One that is refused is kept, and taken when what it lacks has come."""
    found, who = _purchase(request, purchase_id), caller(request)
    holds = queries.live_authorisation(who.merchant.pk, found.order_number)
    if holds is not None and holds.pk != found.pk:
        raise Problem(problems.REFUSED, f"Order {found} was authorised anew; report to purchase {holds.pk}.")
    receive(who.merchant, said.document(found.order_number, found.currency), Came(_DOOR, who.by), at=timezone.now())
    return _out(_purchase(request, purchase_id))


_DOOR = "/api/v1/purchases"


def _checked(said: Decision, language: str) -> CheckedOut:
    return CheckedOut(
        outcome=said.outcome,
        reasons=[reason.code for reason in said.reasons],
        text=public.text(said.public_text, language),
        corrections=[CorrectionOut(field=name, value=value) for name, value in said.corrections.items()],
        methods=[MethodOut(method=method, outcome=outcome) for method, outcome in said.methods.items()],
        retry_after=said.retry_after,
    )


def _instruction(said: Instruction) -> InstructionOut:
    return InstructionOut(
        payee=said.payee,
        iban=said.iban,
        bic=said.bic,
        bank=said.bank,
        amount=said.amount.text(),
        currency=said.amount.currency,
        reference=said.reference,
        due_on=said.due_on,
        notices=[NoticeOut(language=language, text=text) for language, text in notices(said).items()],
    )


def _out(row: Authorisation) -> PurchaseOut:
    return PurchaseOut(
        id=str(row.pk),
        order_number=row.order_number,
        state=AuthorisationState(row.state),
        amount=money(row.amount_minor, row.currency),
        billed=money(row.captured_minor, row.currency),
        released=money(row.released_minor, row.currency),
        currency=row.currency,
        reasons=[str(reason) for reason in row.reasons],
        payment_reference=row.reference,
        expires_at=row.expires_at,
        confirmed_at=row.confirmed_at,
        text=public.text(row.public_text, row.application.get("language", "de")) if row.public_text else "",
        invoices=[_billed(capture) for capture in sorted(row.captures.all(), key=lambda one: one.pk)],
    )


def _billed(row: Capture) -> BilledOut:
    return BilledOut(
        number=row.number,
        amount=money(row.gross_minor, row.currency),
        credited=money(row.credited_minor, row.currency),
        paid=money(row.paid_minor, row.currency),
        claim=ClaimState(row.claim),
        guarantee=GuaranteeState(row.guarantee),
        due_on=row.due_on,
        guaranteed_by=row.pays_on,
    )
