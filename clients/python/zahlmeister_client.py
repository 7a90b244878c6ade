"""A typed client of the interface /api/v1 of Zahlmeister, written from its description; do not change it by hand.

It needs Python 3.11 and httpx, and nothing of Zahlmeister itself:

    with Zahlmeister("https://your.zahlmeister.example", "zm_…") as house:
        for order in house.each(house.list_orders, state=["open"]):
            print(order["number"], order["open"])
"""

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Literal, NotRequired, Self, TypedDict
from urllib.parse import quote

import httpx

#: Seconds that a webhook's call may be old or early.
TOLERANCE = 300
#: A write is sent so often when nobody answers; its key makes it one.
ATTEMPTS = 3
#: Seconds that a house that is busy with the same write is waited for.
LONGEST_WAIT = 5


class Problem(Exception):
    """What the interface answered instead: `code` never changes, `detail` is a sentence."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {said.get('code', '')}: {said.get('detail', '')}")
        self.status, self.code, self.detail = status, str(said.get("code", "")), str(said.get("detail", ""))
        self.errors: list[dict[str, str]] = list(said.get("errors", []))


def plain(text: str) -> str:
    """A part of an address, with its signs made safe."""
    return quote(text, safe="")


def is_ours(secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> bool:
    """Whether a webhook's call comes from the house and is not older than five minutes. Also take each id only once."""
    told = {name.lower(): value for name, value in headers.items()}
    number, at = told.get("webhook-id", ""), told.get("webhook-timestamp", "")
    if not at.isdecimal() or abs((time.time() if now is None else now) - int(at)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, f"{number}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    signatures = told.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(f"v1,{wanted}", signature) for signature in signatures)


class Calls:
    """Speaks to one house with one key."""

    def __init__(self, address: str, key: str, *, seconds: float = 30) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=address, headers=headers, timeout=seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def call(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, *, content: Any = None, once: str = ""
    ) -> Any:
        """Call, and call again where nobody answers; a write has the same key each time.

        Raises:
            Problem: the house says no.
            httpx.TransportError: nobody answers.
        """
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        headers = {} if method == "GET" else {"Idempotency-Key": once or str(uuid.uuid4())}
        for left in reversed(range(ATTEMPTS)):
            try:
                answer = self._client.request(method, path, params=asked, json=content, headers=headers)
            except httpx.TransportError:
                if not left:
                    raise
                time.sleep(0.2)
                continue
            if answer.is_success:
                return answer.json()
            is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
            problem = Problem(answer.status_code, answer.json() if is_problem else {"detail": answer.text[:200]})
            if problem.code not in {"in-progress", "unreachable"} or not left:
                raise problem
            time.sleep(min(int(answer.headers.get("retry-after", "1")), LONGEST_WAIT))
        raise AssertionError("the last attempt answers or raises")

    def each(self, pages: Callable[..., Any], *of: Any, **wanted: Any) -> Iterator[Any]:
        """Every row of a list, page by page: `house.each(house.list_orders, state=["open"])`."""
        cursor: str | None = ""
        while cursor is not None:
            page = pages(*of, **wanted, cursor=cursor)
            yield from page["data"]
            cursor = page["next"]


#: Whose account it is.
AccountKind = Literal["own", "pooled"]


class AccountOut(TypedDict):
    """An account of a customer, with what lies on it."""

    id: str
    number: NotRequired[str]
    email: NotRequired[str]
    name: NotRequired[str]
    currency: NotRequired[str]
    balance: NotRequired[str]
    paid: NotRequired[str]
    granted: NotRequired[str]
    is_blocked: NotRequired[bool]


class AccountsOut(TypedDict):
    """A page of accounts, newest first."""

    data: list["AccountOut"]
    next: str | None


class AccountsWanted(TypedDict):
    """Which accounts are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[
        list[Literal["id", "number", "email", "name", "currency", "balance", "paid", "granted", "is_blocked"]]
    ]
    email: NotRequired[str]


class AddressIn(TypedDict):
    """Who gets the bill, or the parcel."""

    first_name: NotRequired[str]
    last_name: NotRequired[str]
    company: NotRequired[str]
    street: NotRequired[str]
    postcode: NotRequired[str]
    city: NotRequired[str]
    country: NotRequired[str]
    phone: NotRequired[str]


class AddressOut(TypedDict):
    """Who gets the bill, or the parcel."""

    name: str
    company: str
    street: str
    postcode: str
    city: str
    country: str
    phone: str


class AgainIn(TypedDict):
    """From when on everything is told again; at most seven days ago."""

    since: str


class AllocationOut(TypedDict):
    """So much of a payment pays an order. A null payment: a person or program said so, no statement shows it."""

    id: str
    order: NotRequired[str]
    payment: NotRequired[str | None]
    applied: NotRequired[str]
    surplus: NotRequired[str]
    waived: NotRequired[str]
    currency: NotRequired[str]
    by: NotRequired[str]
    at: NotRequired[str]
    is_undone: NotRequired[bool]


class AllocationsOut(TypedDict):
    """A page of allocations, newest first."""

    data: list["AllocationOut"]
    next: str | None


class AllocationsWanted(TypedDict):
    """Which allocations are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[
        list[Literal["id", "order", "payment", "applied", "surplus", "waived", "currency", "by", "at", "is_undone"]]
    ]
    order: NotRequired[str]
    payment: NotRequired[str]


class AnnouncedReturnIn(TypedDict):
    """The buyer wants to send goods back; nobody reminds him of them until they have come or have not."""

    number: str
    amount: str
    announced_on: str
    invoice: NotRequired[str]
    reason: NotRequired[str]


class AnswerIn(TypedDict):
    """What the agency asked for."""

    text: str


class ArticleIn(TypedDict):
    """A line of the basket, tax included."""

    name: str
    amount: str
    quantity: NotRequired[int]
    number: NotRequired[str]
    category: NotRequired[str]


class AssignIn(TypedDict):
    """The orders that a payment is for."""

    shares: list["Share"]


#: How far an order is that somebody wants to buy on invoice.
AuthorisationState = Literal[
    "review", "accepted", "confirmed", "part_captured", "captured", "declined", "declined_final", "cancelled", "expired"
]


class BankAccountOut(TypedDict):
    """An account that payments come in on."""

    id: str
    number: NotRequired[str]
    currency: NotRequired[str]
    name: NotRequired[str]
    kind: NotRequired["AccountKind"]
    is_used: NotRequired[bool]
    starts_on: NotRequired[str | None]


class BankAccountsOut(TypedDict):
    """A page of accounts, newest first."""

    data: list["BankAccountOut"]
    next: str | None


class BatchOut(TypedDict):
    """A file for the bookkeeper, as it was given. Its content is fetched by the key for batches."""

    id: str
    number: NotRequired[int]
    name: NotRequired[str]
    first: NotRequired[str]
    last: NotRequired[str]
    rows: NotRequired[int]
    sum: NotRequired[str]
    currency: NotRequired[str]
    sha256: NotRequired[str]
    made_at: NotRequired[str]


class BatchesOut(TypedDict):
    """A page of batches, newest first."""

    data: list["BatchOut"]
    next: str | None


class BilledOut(TypedDict):
    """An invoice of such an order, and the claim it is."""

    number: str
    amount: str
    credited: str
    paid: str
    claim: "ClaimState"
    guarantee: "GuaranteeState"
    due_on: str
    guaranteed_by: str


class CallOut(TypedDict):
    """A call of a webhook, and what became of it."""

    id: str
    topic: NotRequired[str]
    about: NotRequired[str]
    state: NotRequired["MessageState"]
    attempts: NotRequired[int]
    error: NotRequired[str]
    created_at: NotRequired[str]


class CallsOut(TypedDict):
    """A page of calls, newest first."""

    data: list["CallOut"]
    next: str | None


class CancelIn(TypedDict):
    """Why nothing goes back after all."""

    reason: NotRequired[str]


class CancelledIn(TypedDict):
    """Why the order does not come about."""

    reason: NotRequired[str]


class CaseOut(TypedDict):
    """An order that was handed to an agency. Its state is told on four axes that move on their own."""

    id: str
    order: NotRequired[str]
    reference: NotRequired[str]
    agency: NotRequired[str]
    agency_number: NotRequired[str]
    hand_over: NotRequired["HandOver"]
    stage: NotRequired["Stage"]
    work: NotRequired["Work"]
    money: NotRequired["Money"]
    principal: NotRequired[str]
    fees: NotRequired[str]
    interest: NotRequired[str]
    collected: NotRequired[str]
    paid_directly: NotRequired[str]
    currency: NotRequired[str]
    handed_over_on: NotRequired[str]
    question: NotRequired[bool]
    heard_at: NotRequired[str | None]


class CasesOut(TypedDict):
    """A page of cases, newest first."""

    data: list["CaseOut"]
    next: str | None


class CasesWanted(TypedDict):
    """Which cases are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[
        list[
            Literal[
                "id",
                "order",
                "reference",
                "agency",
                "agency_number",
                "hand_over",
                "stage",
                "work",
                "money",
                "principal",
                "fees",
                "interest",
                "collected",
                "paid_directly",
                "currency",
                "handed_over_on",
                "question",
                "heard_at",
            ]
        ]
    ]
    order: NotRequired[str]
    hand_over: NotRequired[list[Literal["submitted", "queried", "accepted", "rejected", "withdrawn", "ended"]]]


class ChangedOut(TypedDict):
    """A purchase as it is after the change; where a decision was needed and says no, as it was before."""

    id: str
    order_number: str
    state: "AuthorisationState"
    amount: str
    billed: str
    released: str
    currency: str
    reasons: list[str]
    payment_reference: str
    expires_at: str
    confirmed_at: str | None
    text: str
    invoices: list["BilledOut"]
    decision: "CheckedOut | None"


class ChargeIn(TypedDict):
    """What was used. `key` is the program's own and makes a charge once."""

    amount: str
    currency: str
    key: str
    text: NotRequired[str]
    shop: NotRequired[str]


class CheckIn(TypedDict):
    """A question that promises nothing: are the data complete, or what would be decided?"""

    order_number: str
    amount: str
    currency: str
    billing: "PlaceIn"
    delivery: NotRequired["PlaceIn | None"]
    first_name: NotRequired[str]
    last_name: NotRequired[str]
    company: NotRequired[str]
    vat_id: NotRequired[str]
    born_on: NotRequired[str | None]
    email: NotRequired[str]
    phone: NotRequired[str]
    iban: NotRequired[str]
    ip: NotRequired[str]
    device: NotRequired[str]
    language: NotRequired[str]
    method: NotRequired["Method"]
    others: NotRequired[list["Method"]]
    customer_number: NotRequired[str]
    registered_on: NotRequired[str | None]
    customer_history: NotRequired[list["EarlierIn"]]
    articles: NotRequired[list["ArticleIn"]]
    is_express: NotRequired[bool]
    was_told: NotRequired[bool]
    mode: NotRequired[Literal["validate", "precheck"]]


class CheckedOut(TypedDict):
    """A decision, or what would be decided."""

    outcome: "Outcome"
    reasons: list[str]
    text: str
    corrections: list["CorrectionOut"]
    methods: list["MethodOut"]
    retry_after: str | None


#: How far the guarantor is with the buyer.
ClaimState = Literal["open", "overdue", "dunned", "in_collection", "paid", "written_off"]


class ConfirmedOut(TypedDict):
    """A purchase that is placed, and how the buyer pays it."""

    id: str
    order_number: str
    state: "AuthorisationState"
    amount: str
    billed: str
    released: str
    currency: str
    reasons: list[str]
    payment_reference: str
    expires_at: str
    confirmed_at: str | None
    text: str
    invoices: list["BilledOut"]
    instruction: "InstructionOut"


class CorrectionOut(TypedDict):
    """A better value for a field that looks mistyped."""

    field: str
    value: str


class CostOut(TypedDict):
    """What ending a case now would cost the merchant; null where the agency does not say."""

    id: str
    cost: NotRequired[str | None]
    currency: NotRequired[str]


class CreditNoteIn(TypedDict):
    """The buyer owes so much less of an invoice."""

    number: str
    amount: str
    credited_on: str
    invoice: NotRequired[str]
    reason: NotRequired[str]
    lines: NotRequired[list["LineIn"]]
    taxes: NotRequired[list["TaxIn"]]


class CustomerIn(TypedDict):
    """Somebody who shall be able to come in."""

    email: str
    name: NotRequired[str]


class CustomerOut(TypedDict):
    """Somebody who may come in."""

    id: str
    email: NotRequired[str]
    name: NotRequired[str]
    language: NotRequired[str]
    is_blocked: NotRequired[bool]
    signed_in_at: NotRequired[str | None]
    created_at: NotRequired[str]


class CustomersOut(TypedDict):
    """A page of customers, newest first."""

    data: list["CustomerOut"]
    next: str | None


class CustomersWanted(TypedDict):
    """Which customers are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[list[Literal["id", "email", "name", "language", "is_blocked", "signed_in_at", "created_at"]]]
    email: NotRequired[str]


class DirectPaymentIn(TypedDict):
    """The buyer has paid the merchant himself."""

    number: str
    amount: str
    paid_on: str
    invoice: NotRequired[str]
    bank_reference: NotRequired[str]


class DocumentIn(TypedDict):
    """An invoice as PDF of at most 5 MB, in base64."""

    number: str
    content: str


class DocumentOut(TypedDict):
    """An invoice document that was handed in."""

    id: str
    order: NotRequired[str]
    number: NotRequired[str]
    sha256: NotRequired[str]
    created_at: NotRequired[str]


class DocumentsOut(TypedDict):
    """A page of documents, newest first."""

    data: list["DocumentOut"]
    next: str | None


class EarlierIn(TypedDict):
    """An earlier order of the buyer."""

    ordered_on: str
    amount: str
    method: NotRequired[str]
    is_paid: NotRequired[bool]


class EndIn(TypedDict):
    """Why a case ends early. `cost` is what ending it costs as it was told; null where the agency does not say."""

    reason: str
    cost: NotRequired[str | None]


class EntriesOut(TypedDict):
    """A page of entries, newest first."""

    data: list["EntryOut"]
    next: str | None


#: What an entry of an account is.
EntryKind = Literal[
    "top_up",
    "top_up_undone",
    "surplus",
    "provider",
    "provider_undone",
    "invoice",
    "invoice_undone",
    "charge",
    "charge_undone",
    "grant",
    "grant_withdrawn",
    "grant_expired",
    "raised",
    "lowered",
    "refund",
    "refund_undone",
]


class EntryOut(TypedDict):
    """Something that changed a balance."""

    id: str
    account: NotRequired[str]
    kind: NotRequired["EntryKind"]
    amount: NotRequired[str]
    balance: NotRequired[str]
    currency: NotRequired[str]
    text: NotRequired[str]
    at: NotRequired[str]


class GrantIn(TypedDict):
    """Credit that is given, such as a voucher; `reason` stands on the customer's statement."""

    amount: str
    currency: str
    reason: str
    expires_on: NotRequired[str | None]


#: What the merchant has of a capture: its whole price, or not yet.
GuaranteeState = Literal["pending", "payable", "in_payout", "paid_out", "recourse"]


#: How far the hand-over itself has come.
HandOver = Literal["submitted", "queried", "accepted", "rejected", "withdrawn", "ended"]


class HandOverIn(TypedDict):
    """Which order an agency shall collect."""

    order: str


class InstructionOut(TypedDict):
    """How the buyer pays."""

    payee: str
    iban: str
    bic: str
    bank: str
    amount: str
    currency: str
    reference: str
    due_on: str
    notices: list["NoticeOut"]


class InvoiceIn(TypedDict):
    """The purchase, or a part of it, is billed. Its lines and taxes add up to `amount`."""

    number: str
    amount: str
    invoiced_on: str
    due_on: NotRequired[str | None]
    lines: list["LineIn"]
    taxes: NotRequired[list["TaxIn"]]


class ItemOut(TypedDict):
    """What is owed on an order. At most one of open, surplus and cancelled is above zero."""

    id: str
    order: NotRequired[str]
    order_number: NotRequired[str]
    state: NotRequired["ItemState"]
    currency: NotRequired[str]
    total: NotRequired[str]
    open: NotRequired[str]
    surplus: NotRequired[str]
    cancelled: NotRequired[str]
    costs: NotRequired[str]
    opened_on: NotRequired[str]
    due_on: NotRequired[str | None]
    settled_on: NotRequired[str | None]


#: What the merchant sees of an order's money.
ItemState = Literal["open", "part_paid", "paid", "cancelled"]


class ItemsOut(TypedDict):
    """A page of open items, newest first."""

    data: list["ItemOut"]
    next: str | None


class ItemsWanted(TypedDict):
    """Which open items are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[
        list[
            Literal[
                "id",
                "order",
                "order_number",
                "state",
                "currency",
                "total",
                "open",
                "surplus",
                "cancelled",
                "costs",
                "opened_on",
                "due_on",
                "settled_on",
            ]
        ]
    ]
    state: NotRequired[list[Literal["open", "part_paid", "paid", "cancelled"]]]
    opened_from: NotRequired[str | None]
    opened_to: NotRequired[str | None]
    is_overdue: NotRequired[bool]


class LineIn(TypedDict):
    """A line of a document, tax included; a discount is below zero."""

    name: str
    amount: str
    quantity: NotRequired[str]
    article: NotRequired[str]
    tax_percent: NotRequired[str | None]


class LotIn(TypedDict):
    """Orders, each as it would be handed in alone; a number stands here once."""

    orders: list["OrderIn"]


class LotOut(TypedDict):
    """What became of each order, in the same sequence as they came."""

    taken: int
    orders: list["TakenOut"]


class MeOut(TypedDict):
    """The key that calls: for whom it speaks and what it reaches."""

    merchant: NotRequired[str]
    shop: NotRequired[str | None]
    name: NotRequired[str]
    scopes: NotRequired[list[str]]


#: What has become of a message.
MessageState = Literal["waiting", "delivered", "stuck", "dropped"]


#: A way of paying later that is decided on its own.
Method = Literal["invoice", "direct_debit"]


class MethodOut(TypedDict):
    """What is decided of one way of paying."""

    method: "Method"
    outcome: "Outcome"


#: What the debtor has paid, to the agency or directly.
Money = Literal["unpaid", "part_paid", "paid", "settled"]


class NoticeOut(TypedDict):
    """What the invoice has to say about whom its claim belongs to."""

    language: str
    text: str


class OneWanted(TypedDict):
    """What is wanted of one row."""

    fields: NotRequired[list[Literal["id", "address", "topics", "shop", "created_at"]]]


class OrderIn(TypedDict):
    """An order as a program hands it in. The number is the shop's own; the same number again changes the order."""

    number: str
    shop: NotRequired[str]
    kind: "PaymentKind"
    total: str
    currency: str
    ordered_on: str
    due_on: NotRequired[str | None]
    email: NotRequired[str]
    customer_number: NotRequired[str]
    payment_method: NotRequired[str]
    invoice_number: NotRequired[str]
    tracking_numbers: NotRequired[list[str]]
    language: NotRequired[str]
    articles: NotRequired[list[str]]
    billing: NotRequired["AddressIn"]
    delivery: NotRequired["AddressIn"]


class OrderOut(TypedDict):
    """An order, and how its money stands."""

    id: str
    item: NotRequired[str]
    shop: NotRequired[str]
    number: NotRequired[str]
    state: NotRequired["ItemState"]
    presence: NotRequired["Presence"]
    kind: NotRequired["PaymentKind"]
    currency: NotRequired[str]
    total: NotRequired[str]
    open: NotRequired[str]
    surplus: NotRequired[str]
    cancelled: NotRequired[str]
    costs: NotRequired[str]
    ordered_on: NotRequired[str | None]
    due_on: NotRequired[str | None]
    settled_on: NotRequired[str | None]
    payment_reference: NotRequired[str]
    payment_method: NotRequired[str]
    invoice_number: NotRequired[str]
    tracking_numbers: NotRequired[list[str]]
    customer_number: NotRequired[str]
    email: NotRequired[str]
    language: NotRequired[str]
    articles: NotRequired[list[str]]
    billing: NotRequired["AddressOut"]
    handed_in_at: NotRequired[str]
    allocations: NotRequired["list[AllocationOut] | None"]
    refunds: NotRequired["list[RefundOut] | None"]


class OrderWanted(TypedDict):
    """What is wanted of an order."""

    fields: NotRequired[
        list[
            Literal[
                "id",
                "item",
                "shop",
                "number",
                "state",
                "presence",
                "kind",
                "currency",
                "total",
                "open",
                "surplus",
                "cancelled",
                "costs",
                "ordered_on",
                "due_on",
                "settled_on",
                "payment_reference",
                "payment_method",
                "invoice_number",
                "tracking_numbers",
                "customer_number",
                "email",
                "language",
                "articles",
                "billing",
                "handed_in_at",
                "allocations",
                "refunds",
            ]
        ]
    ]
    embed: NotRequired[list[Literal["allocations", "refunds"]]]


class OrdersOut(TypedDict):
    """A page of orders, newest first."""

    data: list["OrderOut"]
    next: str | None


class OrdersWanted(TypedDict):
    """Which orders are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[
        list[
            Literal[
                "id",
                "item",
                "shop",
                "number",
                "state",
                "presence",
                "kind",
                "currency",
                "total",
                "open",
                "surplus",
                "cancelled",
                "costs",
                "ordered_on",
                "due_on",
                "settled_on",
                "payment_reference",
                "payment_method",
                "invoice_number",
                "tracking_numbers",
                "customer_number",
                "email",
                "language",
                "articles",
                "billing",
                "handed_in_at",
                "allocations",
                "refunds",
            ]
        ]
    ]
    number: NotRequired[str]
    shop: NotRequired[str]
    state: NotRequired[list[Literal["open", "part_paid", "paid", "cancelled"]]]
    ordered_from: NotRequired[str | None]
    ordered_to: NotRequired[str | None]
    due_before: NotRequired[str | None]
    email: NotRequired[str]
    embed: NotRequired[list[Literal["allocations", "refunds"]]]


#: What is decided, from good to bad.
Outcome = Literal["accepted", "review", "declined", "declined_final"]


class PageWanted(TypedDict):
    """Which part of a list is wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[list[Literal["id", "topic", "about", "state", "attempts", "error", "created_at"]]]


#: Why a person has asking for an item stopped.
Pause = Literal["dispute", "return", "agreement", "other"]


class PauseIn(TypedDict):
    """Why nobody is asked, and until the end of which day; null: until somebody says so."""

    reason: "Pause"
    until: NotRequired[str | None]


#: How the customer said to pay; it steers information, reminders and the end state.
PaymentKind = Literal["prepayment", "invoice", "cod", "other"]


class PaymentOut(TypedDict):
    """Money that came in on an account of the merchant's."""

    id: str
    state: NotRequired["PaymentState"]
    reason: NotRequired[str]
    amount: NotRequired[str]
    open: NotRequired[str]
    currency: NotRequired[str]
    booked_on: NotRequired[str]
    value_on: NotRequired[str | None]
    account: NotRequired[str]
    payer: NotRequired[str]
    payer_account: NotRequired[str]
    text: NotRequired[str]
    decided_by: NotRequired[str]
    allocations: NotRequired["list[AllocationOut] | None"]


#: What has become of an incoming payment.
PaymentState = Literal[
    "new",
    "assigned",
    "part_assigned",
    "suggested",
    "unclear",
    "ignored",
    "divided",
    "early",
    "going_back",
    "payout",
    "topped_up",
]


class PaymentWanted(TypedDict):
    """What is wanted of a payment."""

    fields: NotRequired[
        list[
            Literal[
                "id",
                "state",
                "reason",
                "amount",
                "open",
                "currency",
                "booked_on",
                "value_on",
                "account",
                "payer",
                "payer_account",
                "text",
                "decided_by",
                "allocations",
            ]
        ]
    ]
    embed: NotRequired[list[str]]


class PaymentsOut(TypedDict):
    """A page of payments, newest first."""

    data: list["PaymentOut"]
    next: str | None


class PaymentsWanted(TypedDict):
    """Which payments are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[
        list[
            Literal[
                "id",
                "state",
                "reason",
                "amount",
                "open",
                "currency",
                "booked_on",
                "value_on",
                "account",
                "payer",
                "payer_account",
                "text",
                "decided_by",
                "allocations",
            ]
        ]
    ]
    state: NotRequired[
        list[
            Literal[
                "new",
                "assigned",
                "part_assigned",
                "suggested",
                "unclear",
                "ignored",
                "divided",
                "early",
                "going_back",
                "payout",
                "topped_up",
            ]
        ]
    ]
    booked_from: NotRequired[str | None]
    booked_to: NotRequired[str | None]
    account: NotRequired[str]
    embed: NotRequired[list[str]]


class PayoutOut(TypedDict):
    """A settlement of a pooled account: what its bank held, what of it stayed, and the transfer of the rest."""

    id: str
    period: NotRequired[str]
    account: NotRequired[str]
    amount: NotRequired[str]
    currency: NotRequired[str]
    at_bank: NotRequired[str]
    unclear: NotRequired[str]
    on_its_way: NotRequired[str]
    promised: NotRequired[str]
    reserve: NotRequired[str]
    undone_on: NotRequired[str | None]
    created_at: NotRequired[str]


class PayoutsOut(TypedDict):
    """A page of payouts, newest first."""

    data: list["PayoutOut"]
    next: str | None


class PlaceIn(TypedDict):
    """An address. `name` is who receives there, empty for the buyer."""

    street: str
    house_number: NotRequired[str]
    postcode: str
    city: str
    country: str
    name: NotRequired[str]
    receiving: NotRequired["Receiving"]


class PostingOut(TypedDict):
    """One debit account, one credit account, one amount. Nothing of it ever changes."""

    id: str
    debit: NotRequired[str]
    credit: NotRequired[str]
    amount: NotRequired[str]
    currency: NotRequired[str]
    booked_on: NotRequired[str]
    recorded_at: NotRequired[str]
    text: NotRequired[str]
    source: NotRequired[str]


class PostingsOut(TypedDict):
    """A page of postings, newest first."""

    data: list["PostingOut"]
    next: str | None


class PostingsWanted(TypedDict):
    """Which postings are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[
        list[Literal["id", "debit", "credit", "amount", "currency", "booked_on", "recorded_at", "text", "source"]]
    ]
    about: NotRequired[str]


#: Whether the shop still has an order; of all but the first nothing happens by itself any more.
Presence = Literal["here", "disappeared", "legacy", "test"]


class ProblemOut(TypedDict):
    """Why a call was not answered as it was wanted."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: NotRequired[list["Wrong"]]


class PurchaseIn(TypedDict):
    """Somebody wants to buy on invoice. `was_told`: that his data are used for a decision, he was told beforehand."""

    order_number: str
    amount: str
    currency: str
    billing: "PlaceIn"
    delivery: NotRequired["PlaceIn | None"]
    first_name: NotRequired[str]
    last_name: NotRequired[str]
    company: NotRequired[str]
    vat_id: NotRequired[str]
    born_on: NotRequired[str | None]
    email: NotRequired[str]
    phone: NotRequired[str]
    iban: NotRequired[str]
    ip: NotRequired[str]
    device: NotRequired[str]
    language: NotRequired[str]
    method: NotRequired["Method"]
    others: NotRequired[list["Method"]]
    customer_number: NotRequired[str]
    registered_on: NotRequired[str | None]
    customer_history: NotRequired[list["EarlierIn"]]
    articles: NotRequired[list["ArticleIn"]]
    is_express: NotRequired[bool]
    was_told: NotRequired[bool]


class PurchaseOut(TypedDict):
    """An order that may be bought on invoice: so much was promised, so much of it billed or released."""

    id: str
    order_number: NotRequired[str]
    state: NotRequired["AuthorisationState"]
    amount: NotRequired[str]
    billed: NotRequired[str]
    released: NotRequired[str]
    currency: NotRequired[str]
    reasons: NotRequired[list[str]]
    payment_reference: NotRequired[str]
    expires_at: NotRequired[str]
    confirmed_at: NotRequired[str | None]
    text: NotRequired[str]
    invoices: NotRequired[list["BilledOut"]]


class PurchasesOut(TypedDict):
    """A page of purchases, newest first."""

    data: list["PurchaseOut"]
    next: str | None


class PurchasesWanted(TypedDict):
    """Which purchases are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[
        list[
            Literal[
                "id",
                "order_number",
                "state",
                "amount",
                "billed",
                "released",
                "currency",
                "reasons",
                "payment_reference",
                "expires_at",
                "confirmed_at",
                "text",
                "invoices",
            ]
        ]
    ]
    order_number: NotRequired[str]
    state: NotRequired[
        list[
            Literal[
                "review",
                "accepted",
                "confirmed",
                "part_captured",
                "captured",
                "declined",
                "declined_final",
                "cancelled",
                "expired",
            ]
        ]
    ]


#: Where goods are received.
Receiving = Literal["address", "pick_up_box", "pick_up_shop", "collected"]


class RefundChange(TypedDict):
    """Where a refund goes, or when it leaves."""

    name: NotRequired[str]
    iban: NotRequired[str]
    due_on: NotRequired[str | None]


class RefundIn(TypedDict):
    """A refund as a program asks for it. Without an account it goes to where the money came from."""

    order: str
    amount: str
    currency: str
    external_reference: NotRequired[str]
    due_on: NotRequired[str | None]
    name: NotRequired[str]
    iban: NotRequired[str]


class RefundOut(TypedDict):
    """Money that goes back, of an order or of a payment that is for none."""

    id: str
    reference: NotRequired[str]
    order: NotRequired[str | None]
    payment: NotRequired[str | None]
    state: NotRequired["RefundState"]
    reason: NotRequired[str]
    amount: NotRequired[str]
    currency: NotRequired[str]
    name: NotRequired[str]
    iban: NotRequired[str]
    external_reference: NotRequired[str]
    due_on: NotRequired[str]
    paid_on: NotRequired[str | None]
    created_at: NotRequired[str]


#: How far a refund is.
RefundState = Literal["account_missing", "planned", "short", "collecting", "ordered", "paid", "stopped", "cancelled"]


class RefundsOut(TypedDict):
    """A page of refunds, newest first."""

    data: list["RefundOut"]
    next: str | None


class RefundsSetOut(TypedDict):
    """How the merchant wants refunds."""

    waiting_days: int
    in_banking_days: bool
    tells_buyers: bool


class RefundsWanted(TypedDict):
    """Which refunds are wanted."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    fields: NotRequired[
        list[
            Literal[
                "id",
                "reference",
                "order",
                "payment",
                "state",
                "reason",
                "amount",
                "currency",
                "name",
                "iban",
                "external_reference",
                "due_on",
                "paid_on",
                "created_at",
            ]
        ]
    ]
    order: NotRequired[str]
    state: NotRequired[
        list[Literal["account_missing", "planned", "short", "collecting", "ordered", "paid", "stopped", "cancelled"]]
    ]
    due_from: NotRequired[str | None]
    due_to: NotRequired[str | None]


class ReleasedIn(TypedDict):
    """What is not billed any more: so much, or all that is left."""

    amount: NotRequired[str | None]


class RemindersOut(TypedDict):
    """How asking for an order stands."""

    order: NotRequired[str]
    level: NotRequired[int]
    reached_on: NotRequired[str | None]
    paused_for: NotRequired[str]
    paused_until: NotRequired[str | None]


class ReturnIn(TypedDict):
    """Goods have come back; `fee` of their price the buyer owes for the return. A credit note follows."""

    number: str
    amount: str
    received_on: str
    invoice: NotRequired[str]
    announced: NotRequired[str]
    fee: NotRequired[str]
    reason: NotRequired[str]
    lines: NotRequired[list["LineIn"]]


class SecretOut(TypedDict):
    """A webhook with the secret its calls are signed with; it is shown when it is made and when it is changed."""

    id: str
    secret: str


class SettingsOut(TypedDict):
    """How the merchant is set up, as far as programs need it."""

    name: NotRequired[str]
    country: NotRequired[str]
    currency: NotRequired[str]
    verification: NotRequired["Verification"]
    tolerance: NotRequired[str]
    second_approval_above: NotRequired[str]
    unclear_goes_back_after_days: NotRequired[int]
    books_closed_until: NotRequired[str | None]
    refunds: NotRequired["RefundsSetOut"]


class SettlementOut(TypedDict):
    """A week, and its transfer: what was brought forward and what came to it, less what is carried forward."""

    id: str
    period: NotRequired[str]
    on: NotRequired[str]
    state: NotRequired["SettlementState"]
    currency: NotRequired[str]
    brought_forward: NotRequired[str]
    of_this_week: NotRequired[str]
    transfer: NotRequired[str]
    carried_forward: NotRequired[str]
    created_at: NotRequired[str]


#: What became of a settlement.
SettlementState = Literal["nothing", "ordered", "paid", "not_made"]


class SettlementsOut(TypedDict):
    """A page of settlements, newest first."""

    data: list["SettlementOut"]
    next: str | None


class Share(TypedDict):
    """So much of a payment is for an order; without an amount what is owed, as far as the payment goes."""

    order: str
    amount: NotRequired[str | None]


class ShipmentIn(TypedDict):
    """Goods of an invoice have left. `invoice` may be empty while there is only one."""

    number: str
    shipped_on: str
    invoice: NotRequired[str]
    carrier: NotRequired[str]
    tracking: NotRequired[str]
    method: NotRequired[Literal["delivery", "pick_up"]]


class ShopOut(TypedDict):
    """A shop of the merchant's."""

    id: str
    name: NotRequired[str]
    is_test: NotRequired[bool]


class ShopsOut(TypedDict):
    """A page of shops, newest first."""

    data: list["ShopOut"]
    next: str | None


class SignInIn(TypedDict):
    """Somebody who is signed in at the shop, which has proven the mail address."""

    email: str
    name: NotRequired[str]
    language: NotRequired[str]
    shop: NotRequired[str]


class SignInOut(TypedDict):
    """Where the customer goes: it signs him in, once, within five minutes."""

    address: str


#: How far the law has been taken.
Stage = Literal["extrajudicial", "court_order", "enforcement", "monitoring", "ended"]


class TakenOut(TypedDict):
    """What became of one order of a lot: it has an id, or a problem."""

    number: str
    id: str | None
    state: NotRequired["ItemState | None"]
    open: NotRequired[str | None]
    payment_reference: NotRequired[str]
    problem: NotRequired["WhyNot | None"]


class TaxIn(TypedDict):
    """What of a document is taxed at one rate."""

    percent: str
    net: str
    tax: str


class ToldOut(TypedDict):
    """How many calls are made."""

    id: str
    calls: int


#: What a webhook can be told; each names a thing to look at again.
Topic = Literal[
    "order.changed",
    "payment.changed",
    "refund.changed",
    "payout.changed",
    "purchase.changed",
    "settlement.changed",
    "case.changed",
    "customer.changed",
    "account.changed",
]


class UndoIn(TypedDict):
    """Which shop charged."""

    shop: NotRequired[str]


#: Whether it is proven who a merchant is. Money may come in without; none leaves to anybody but its sender.
Verification = Literal["missing", "submitted", "verified", "failed"]


class WebhookIn(TypedDict):
    """A webhook as a program wants it."""

    address: str
    topics: list["Topic"]
    shop: NotRequired[str]


class WebhookOut(TypedDict):
    """Where a program is called, and about what."""

    id: str
    address: NotRequired[str]
    topics: NotRequired[list["Topic"]]
    shop: NotRequired[str | None]
    created_at: NotRequired[str]


class WebhooksOut(TypedDict):
    """A page of webhooks, newest first."""

    data: list["WebhookOut"]
    next: str | None


class WhyIn(TypedDict):
    """Why something is done, for the history."""

    reason: NotRequired[str]


class WhyNot(TypedDict):
    """Why one order of a lot was not taken."""

    code: str
    detail: str


#: Whether the agency works on it.
Work = Literal["in_progress", "paused", "cancel_asked", "cancelled_by_client", "cancelled_by_agency", "closed"]


class Wrong(TypedDict):
    """One thing in a request that is not understood, and where it is."""

    where: str
    why: str


class Zahlmeister(Calls):
    """A house, with a method for each of its calls."""

    def announce_return(self, purchase_id: str, content: "AnnouncedReturnIn", *, once: str = "") -> "PurchaseOut":
        """The buyer wants to send goods back."""
        told: PurchaseOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/announced-returns", content=content, once=once
        )
        return told

    def answer_case(self, case_id: str, content: "AnswerIn", *, once: str = "") -> "CaseOut":
        """Answer what the agency asks; refused where it asks nothing."""
        told: CaseOut = self.call("POST", f"/api/v1/cases/{plain(case_id)}/answer", content=content, once=once)
        return told

    def assign_payment(self, payment_id: str, content: "AssignIn", *, once: str = "") -> "PaymentOut":
        """Assign a payment to one or several orders, as a person would."""
        told: PaymentOut = self.call("POST", f"/api/v1/payments/{plain(payment_id)}/assign", content=content, once=once)
        return told

    def bill_purchase(self, purchase_id: str, content: "InvoiceIn", *, once: str = "") -> "PurchaseOut":
        """It is billed, or a part of it. The same number with other content is refused."""
        told: PurchaseOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/invoices", content=content, once=once
        )
        return told

    def block_customer(self, customer_id: str, *, once: str = "") -> "CustomerOut":
        """Let a customer in no more; all his sessions end. Twice is once."""
        told: CustomerOut = self.call("POST", f"/api/v1/customers/{plain(customer_id)}/block", content=None, once=once)
        return told

    def cancel_order(self, order_id: str, content: "WhyIn", *, once: str = "") -> "OrderOut":
        """Nothing more is asked for it; one that is cancelled stays as it is."""
        told: OrderOut = self.call("POST", f"/api/v1/orders/{plain(order_id)}/cancel", content=content, once=once)
        return told

    def cancel_promised_refund(self, refund_id: str, content: "CancelIn", *, once: str = "") -> "RefundOut":
        """Nothing goes back after all; only while no bank was told. One that is cancelled stays as it is."""
        told: RefundOut = self.call("POST", f"/api/v1/refunds/{plain(refund_id)}/cancel", content=content, once=once)
        return told

    def cancel_purchase(self, purchase_id: str, content: "CancelledIn", *, once: str = "") -> "PurchaseOut":
        """The order does not come about; only when nothing is billed yet. Twice is once."""
        told: PurchaseOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/cancel", content=content, once=once
        )
        return told

    def change_purchase(self, purchase_id: str, content: "PurchaseIn", *, once: str = "") -> "ChangedOut":
        """The order is another one: less of it needs no decision; more, or another address, does."""
        told: ChangedOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/change", content=content, once=once
        )
        return told

    def check_purchase(self, content: "CheckIn", *, once: str = "") -> "CheckedOut":
        """Are the data complete, or what would be decided? Nothing is promised."""
        told: CheckedOut = self.call("POST", "/api/v1/purchase-checks", content=content, once=once)
        return told

    def confirm_purchase(self, purchase_id: str, *, once: str = "") -> "ConfirmedOut":
        """The order is placed; the answer says how the buyer pays. Twice is once."""
        told: ConfirmedOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/confirm", content=None, once=once
        )
        return told

    def create_case(self, content: "HandOverIn", *, once: str = "") -> "CaseOut":
        """Hand an order over to the agency that is for it; what is at an agency already stays the same case."""
        told: CaseOut = self.call("POST", "/api/v1/cases", content=content, once=once)
        return told

    def create_charge(self, account_id: str, content: "ChargeIn", *, once: str = "") -> "EntryOut":
        """Take something off a balance; the same `key` with other content is refused."""
        told: EntryOut = self.call("POST", f"/api/v1/accounts/{plain(account_id)}/charges", content=content, once=once)
        return told

    def create_customer(self, content: "CustomerIn", *, once: str = "") -> "CustomerOut":
        """Give somebody access, with the accounts of the orders of this address; who has it already keeps it."""
        told: CustomerOut = self.call("POST", "/api/v1/customers", content=content, once=once)
        return told

    def create_purchase(self, content: "PurchaseIn", *, once: str = "") -> "PurchaseOut":
        """May this order be bought on invoice? `state` is the answer. Another content of it is refused."""
        told: PurchaseOut = self.call("POST", "/api/v1/purchases", content=content, once=once)
        return told

    def create_refund(self, content: "RefundIn", *, once: str = "") -> "RefundOut":
        """Promise a buyer money back for an order, the whole of it or a part."""
        told: RefundOut = self.call("POST", "/api/v1/refunds", content=content, once=once)
        return told

    def create_webhook(self, content: "WebhookIn", *, once: str = "") -> "SecretOut":
        """Call there from now on when something changes."""
        told: SecretOut = self.call("POST", "/api/v1/webhooks", content=content, once=once)
        return told

    def credit_purchase(self, purchase_id: str, content: "CreditNoteIn", *, once: str = "") -> "PurchaseOut":
        """The buyer owes less of an invoice."""
        told: PurchaseOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/credit-notes", content=content, once=once
        )
        return told

    def delete_webhook(self, webhook_id: str, *, once: str = "") -> "WebhookOut":
        """Call there no more; calls that wait are passed over."""
        told: WebhookOut = self.call("DELETE", f"/api/v1/webhooks/{plain(webhook_id)}", content=None, once=once)
        return told

    def end_case(self, case_id: str, content: "EndIn", *, once: str = "") -> "CaseOut":
        """Take a case back from the agency. One that has ended, or is asked to, stays as it is."""
        told: CaseOut = self.call("POST", f"/api/v1/cases/{plain(case_id)}/end", content=content, once=once)
        return told

    def get_account(
        self,
        account_id: str,
        *,
        fields: list[Literal["id", "number", "email", "name", "currency", "balance", "paid", "granted", "is_blocked"]]
        | None = None,
    ) -> "AccountOut":
        """One account."""
        told: AccountOut = self.call("GET", f"/api/v1/accounts/{plain(account_id)}", {"fields": fields})
        return told

    def get_batch(
        self,
        batch_id: str,
        *,
        fields: list[Literal["id", "number", "name", "first", "last", "rows", "sum", "currency", "sha256", "made_at"]]
        | None = None,
    ) -> "BatchOut":
        """One file for the bookkeeper."""
        told: BatchOut = self.call("GET", f"/api/v1/batches/{plain(batch_id)}", {"fields": fields})
        return told

    def get_case(
        self,
        case_id: str,
        *,
        fields: list[
            Literal[
                "id",
                "order",
                "reference",
                "agency",
                "agency_number",
                "hand_over",
                "stage",
                "work",
                "money",
                "principal",
                "fees",
                "interest",
                "collected",
                "paid_directly",
                "currency",
                "handed_over_on",
                "question",
                "heard_at",
            ]
        ]
        | None = None,
    ) -> "CaseOut":
        """One case."""
        told: CaseOut = self.call("GET", f"/api/v1/cases/{plain(case_id)}", {"fields": fields})
        return told

    def get_cost_of_ending(
        self, case_id: str, *, fields: list[Literal["id", "cost", "currency"]] | None = None
    ) -> "CostOut":
        """What ending a case now would cost, asked of the agency."""
        told: CostOut = self.call("GET", f"/api/v1/cases/{plain(case_id)}/cost-of-ending", {"fields": fields})
        return told

    def get_customer(
        self,
        customer_id: str,
        *,
        fields: list[Literal["id", "email", "name", "language", "is_blocked", "signed_in_at", "created_at"]]
        | None = None,
    ) -> "CustomerOut":
        """One customer."""
        told: CustomerOut = self.call("GET", f"/api/v1/customers/{plain(customer_id)}", {"fields": fields})
        return told

    def get_item(
        self,
        item_id: str,
        *,
        fields: list[
            Literal[
                "id",
                "order",
                "order_number",
                "state",
                "currency",
                "total",
                "open",
                "surplus",
                "cancelled",
                "costs",
                "opened_on",
                "due_on",
                "settled_on",
            ]
        ]
        | None = None,
    ) -> "ItemOut":
        """One open item."""
        told: ItemOut = self.call("GET", f"/api/v1/items/{plain(item_id)}", {"fields": fields})
        return told

    def get_me(self) -> "MeOut":
        """Which key this is. Every key may ask."""
        told: MeOut = self.call("GET", "/api/v1/me")
        return told

    def get_order(
        self,
        order_id: str,
        *,
        fields: list[
            Literal[
                "id",
                "item",
                "shop",
                "number",
                "state",
                "presence",
                "kind",
                "currency",
                "total",
                "open",
                "surplus",
                "cancelled",
                "costs",
                "ordered_on",
                "due_on",
                "settled_on",
                "payment_reference",
                "payment_method",
                "invoice_number",
                "tracking_numbers",
                "customer_number",
                "email",
                "language",
                "articles",
                "billing",
                "handed_in_at",
                "allocations",
                "refunds",
            ]
        ]
        | None = None,
        embed: list[Literal["allocations", "refunds"]] | None = None,
    ) -> "OrderOut":
        """One order."""
        told: OrderOut = self.call("GET", f"/api/v1/orders/{plain(order_id)}", {"fields": fields, "embed": embed})
        return told

    def get_payment(
        self,
        payment_id: str,
        *,
        fields: list[
            Literal[
                "id",
                "state",
                "reason",
                "amount",
                "open",
                "currency",
                "booked_on",
                "value_on",
                "account",
                "payer",
                "payer_account",
                "text",
                "decided_by",
                "allocations",
            ]
        ]
        | None = None,
        embed: list[str] | None = None,
    ) -> "PaymentOut":
        """One payment."""
        told: PaymentOut = self.call("GET", f"/api/v1/payments/{plain(payment_id)}", {"fields": fields, "embed": embed})
        return told

    def get_payout(
        self,
        payout_id: str,
        *,
        fields: list[
            Literal[
                "id",
                "period",
                "account",
                "amount",
                "currency",
                "at_bank",
                "unclear",
                "on_its_way",
                "promised",
                "reserve",
                "undone_on",
                "created_at",
            ]
        ]
        | None = None,
    ) -> "PayoutOut":
        """One payout."""
        told: PayoutOut = self.call("GET", f"/api/v1/payouts/{plain(payout_id)}", {"fields": fields})
        return told

    def get_purchase(
        self,
        purchase_id: str,
        *,
        fields: list[
            Literal[
                "id",
                "order_number",
                "state",
                "amount",
                "billed",
                "released",
                "currency",
                "reasons",
                "payment_reference",
                "expires_at",
                "confirmed_at",
                "text",
                "invoices",
            ]
        ]
        | None = None,
    ) -> "PurchaseOut":
        """One purchase."""
        told: PurchaseOut = self.call("GET", f"/api/v1/purchases/{plain(purchase_id)}", {"fields": fields})
        return told

    def get_refund(
        self,
        refund_id: str,
        *,
        fields: list[
            Literal[
                "id",
                "reference",
                "order",
                "payment",
                "state",
                "reason",
                "amount",
                "currency",
                "name",
                "iban",
                "external_reference",
                "due_on",
                "paid_on",
                "created_at",
            ]
        ]
        | None = None,
    ) -> "RefundOut":
        """One refund."""
        told: RefundOut = self.call("GET", f"/api/v1/refunds/{plain(refund_id)}", {"fields": fields})
        return told

    def get_reminders(
        self,
        order_id: str,
        *,
        fields: list[Literal["order", "level", "reached_on", "paused_for", "paused_until"]] | None = None,
    ) -> "RemindersOut":
        """How asking for an order stands."""
        told: RemindersOut = self.call("GET", f"/api/v1/orders/{plain(order_id)}/reminders", {"fields": fields})
        return told

    def get_settings(self) -> "SettingsOut":
        """How the merchant is set up."""
        told: SettingsOut = self.call("GET", "/api/v1/settings")
        return told

    def get_settlement(
        self,
        settlement_id: str,
        *,
        fields: list[
            Literal[
                "id",
                "period",
                "on",
                "state",
                "currency",
                "brought_forward",
                "of_this_week",
                "transfer",
                "carried_forward",
                "created_at",
            ]
        ]
        | None = None,
    ) -> "SettlementOut":
        """One settlement."""
        told: SettlementOut = self.call("GET", f"/api/v1/settlements/{plain(settlement_id)}", {"fields": fields})
        return told

    def get_webhook(
        self, webhook_id: str, *, fields: list[Literal["id", "address", "topics", "shop", "created_at"]] | None = None
    ) -> "WebhookOut":
        """One webhook."""
        told: WebhookOut = self.call("GET", f"/api/v1/webhooks/{plain(webhook_id)}", {"fields": fields})
        return told

    def give_payment_back(self, payment_id: str, *, once: str = "") -> "PaymentOut":
        """Draft the transfer that sends it back to where it came from; people approve it. Twice is one transfer."""
        told: PaymentOut = self.call("POST", f"/api/v1/payments/{plain(payment_id)}/give-back", content=None, once=once)
        return told

    def grant_credit(self, account_id: str, content: "GrantIn", *, once: str = "") -> "EntryOut":
        """Give a customer credit; it is spent before what was paid, and never paid out."""
        told: EntryOut = self.call("POST", f"/api/v1/accounts/{plain(account_id)}/grants", content=content, once=once)
        return told

    def hand_in_document(self, order_id: str, content: "DocumentIn", *, once: str = "") -> "DocumentOut":
        """Hand in an invoice as PDF; letters to the buyer wait for it and enclose it. The same again is kept once."""
        told: DocumentOut = self.call("POST", f"/api/v1/orders/{plain(order_id)}/invoices", content=content, once=once)
        return told

    def ignore_payment(self, payment_id: str, *, once: str = "") -> "PaymentOut":
        """It is for no order; one that is ignored stays so."""
        told: PaymentOut = self.call("POST", f"/api/v1/payments/{plain(payment_id)}/ignore", content=None, once=once)
        return told

    def list_accounts(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[Literal["id", "number", "email", "name", "currency", "balance", "paid", "granted", "is_blocked"]]
        | None = None,
        email: str | None = None,
    ) -> "AccountsOut":
        """Customers' accounts, newest first."""
        told: AccountsOut = self.call(
            "GET", "/api/v1/accounts", {"limit": limit, "cursor": cursor, "fields": fields, "email": email}
        )
        return told

    def list_allocations(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal["id", "order", "payment", "applied", "surplus", "waived", "currency", "by", "at", "is_undone"]
        ]
        | None = None,
        order: str | None = None,
        payment: str | None = None,
    ) -> "AllocationsOut":
        """Which payment pays which order, newest first; what was undone says so."""
        told: AllocationsOut = self.call(
            "GET",
            "/api/v1/allocations",
            {"limit": limit, "cursor": cursor, "fields": fields, "order": order, "payment": payment},
        )
        return told

    def list_bank_accounts(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[Literal["id", "number", "currency", "name", "kind", "is_used", "starts_on"]] | None = None,
    ) -> "BankAccountsOut":
        """The merchant's accounts that statements are read of, newest first."""
        told: BankAccountsOut = self.call(
            "GET", "/api/v1/bank-accounts", {"limit": limit, "cursor": cursor, "fields": fields}
        )
        return told

    def list_batches(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[Literal["id", "number", "name", "first", "last", "rows", "sum", "currency", "sha256", "made_at"]]
        | None = None,
    ) -> "BatchesOut":
        """Files for the bookkeeper, newest first."""
        told: BatchesOut = self.call("GET", "/api/v1/batches", {"limit": limit, "cursor": cursor, "fields": fields})
        return told

    def list_calls(
        self,
        webhook_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[Literal["id", "topic", "about", "state", "attempts", "error", "created_at"]] | None = None,
    ) -> "CallsOut":
        """What a webhook was told, newest first."""
        told: CallsOut = self.call(
            "GET", f"/api/v1/webhooks/{plain(webhook_id)}/calls", {"limit": limit, "cursor": cursor, "fields": fields}
        )
        return told

    def list_cases(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal[
                "id",
                "order",
                "reference",
                "agency",
                "agency_number",
                "hand_over",
                "stage",
                "work",
                "money",
                "principal",
                "fees",
                "interest",
                "collected",
                "paid_directly",
                "currency",
                "handed_over_on",
                "question",
                "heard_at",
            ]
        ]
        | None = None,
        order: str | None = None,
        hand_over: list[Literal["submitted", "queried", "accepted", "rejected", "withdrawn", "ended"]] | None = None,
    ) -> "CasesOut":
        """Cases, newest first."""
        told: CasesOut = self.call(
            "GET",
            "/api/v1/cases",
            {"limit": limit, "cursor": cursor, "fields": fields, "order": order, "hand_over": hand_over},
        )
        return told

    def list_customers(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[Literal["id", "email", "name", "language", "is_blocked", "signed_in_at", "created_at"]]
        | None = None,
        email: str | None = None,
    ) -> "CustomersOut":
        """Customers who may come in, newest first."""
        told: CustomersOut = self.call(
            "GET", "/api/v1/customers", {"limit": limit, "cursor": cursor, "fields": fields, "email": email}
        )
        return told

    def list_entries(
        self,
        account_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[Literal["id", "account", "kind", "amount", "balance", "currency", "text", "at"]] | None = None,
    ) -> "EntriesOut":
        """What changed the balance of an account, newest first."""
        told: EntriesOut = self.call(
            "GET", f"/api/v1/accounts/{plain(account_id)}/entries", {"limit": limit, "cursor": cursor, "fields": fields}
        )
        return told

    def list_invoices(
        self,
        order_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[Literal["id", "order", "number", "sha256", "created_at"]] | None = None,
    ) -> "DocumentsOut":
        """The invoice documents of an order, newest first."""
        told: DocumentsOut = self.call(
            "GET", f"/api/v1/orders/{plain(order_id)}/invoices", {"limit": limit, "cursor": cursor, "fields": fields}
        )
        return told

    def list_items(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal[
                "id",
                "order",
                "order_number",
                "state",
                "currency",
                "total",
                "open",
                "surplus",
                "cancelled",
                "costs",
                "opened_on",
                "due_on",
                "settled_on",
            ]
        ]
        | None = None,
        state: list[Literal["open", "part_paid", "paid", "cancelled"]] | None = None,
        opened_from: str | None = None,
        opened_to: str | None = None,
        is_overdue: bool | None = None,
    ) -> "ItemsOut":
        """Open items, newest first."""
        told: ItemsOut = self.call(
            "GET",
            "/api/v1/items",
            {
                "limit": limit,
                "cursor": cursor,
                "fields": fields,
                "state": state,
                "opened_from": opened_from,
                "opened_to": opened_to,
                "is_overdue": is_overdue,
            },
        )
        return told

    def list_orders(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal[
                "id",
                "item",
                "shop",
                "number",
                "state",
                "presence",
                "kind",
                "currency",
                "total",
                "open",
                "surplus",
                "cancelled",
                "costs",
                "ordered_on",
                "due_on",
                "settled_on",
                "payment_reference",
                "payment_method",
                "invoice_number",
                "tracking_numbers",
                "customer_number",
                "email",
                "language",
                "articles",
                "billing",
                "handed_in_at",
                "allocations",
                "refunds",
            ]
        ]
        | None = None,
        number: str | None = None,
        shop: str | None = None,
        state: list[Literal["open", "part_paid", "paid", "cancelled"]] | None = None,
        ordered_from: str | None = None,
        ordered_to: str | None = None,
        due_before: str | None = None,
        email: str | None = None,
        embed: list[Literal["allocations", "refunds"]] | None = None,
    ) -> "OrdersOut":
        """Orders, newest first."""
        told: OrdersOut = self.call(
            "GET",
            "/api/v1/orders",
            {
                "limit": limit,
                "cursor": cursor,
                "fields": fields,
                "number": number,
                "shop": shop,
                "state": state,
                "ordered_from": ordered_from,
                "ordered_to": ordered_to,
                "due_before": due_before,
                "email": email,
                "embed": embed,
            },
        )
        return told

    def list_payments(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal[
                "id",
                "state",
                "reason",
                "amount",
                "open",
                "currency",
                "booked_on",
                "value_on",
                "account",
                "payer",
                "payer_account",
                "text",
                "decided_by",
                "allocations",
            ]
        ]
        | None = None,
        state: list[
            Literal[
                "new",
                "assigned",
                "part_assigned",
                "suggested",
                "unclear",
                "ignored",
                "divided",
                "early",
                "going_back",
                "payout",
                "topped_up",
            ]
        ]
        | None = None,
        booked_from: str | None = None,
        booked_to: str | None = None,
        account: str | None = None,
        embed: list[str] | None = None,
    ) -> "PaymentsOut":
        """Payments, newest first. A key of one of several shops sees those that pay orders of its shop."""
        told: PaymentsOut = self.call(
            "GET",
            "/api/v1/payments",
            {
                "limit": limit,
                "cursor": cursor,
                "fields": fields,
                "state": state,
                "booked_from": booked_from,
                "booked_to": booked_to,
                "account": account,
                "embed": embed,
            },
        )
        return told

    def list_payouts(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal[
                "id",
                "period",
                "account",
                "amount",
                "currency",
                "at_bank",
                "unclear",
                "on_its_way",
                "promised",
                "reserve",
                "undone_on",
                "created_at",
            ]
        ]
        | None = None,
    ) -> "PayoutsOut":
        """Payouts, newest first."""
        told: PayoutsOut = self.call("GET", "/api/v1/payouts", {"limit": limit, "cursor": cursor, "fields": fields})
        return told

    def list_postings(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal["id", "debit", "credit", "amount", "currency", "booked_on", "recorded_at", "text", "source"]
        ]
        | None = None,
        about: str | None = None,
    ) -> "PostingsOut":
        """Postings of the merchant's books, newest first."""
        told: PostingsOut = self.call(
            "GET", "/api/v1/postings", {"limit": limit, "cursor": cursor, "fields": fields, "about": about}
        )
        return told

    def list_purchases(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal[
                "id",
                "order_number",
                "state",
                "amount",
                "billed",
                "released",
                "currency",
                "reasons",
                "payment_reference",
                "expires_at",
                "confirmed_at",
                "text",
                "invoices",
            ]
        ]
        | None = None,
        order_number: str | None = None,
        state: list[
            Literal[
                "review",
                "accepted",
                "confirmed",
                "part_captured",
                "captured",
                "declined",
                "declined_final",
                "cancelled",
                "expired",
            ]
        ]
        | None = None,
    ) -> "PurchasesOut":
        """Purchases on invoice, newest first."""
        told: PurchasesOut = self.call(
            "GET",
            "/api/v1/purchases",
            {"limit": limit, "cursor": cursor, "fields": fields, "order_number": order_number, "state": state},
        )
        return told

    def list_refunds(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal[
                "id",
                "reference",
                "order",
                "payment",
                "state",
                "reason",
                "amount",
                "currency",
                "name",
                "iban",
                "external_reference",
                "due_on",
                "paid_on",
                "created_at",
            ]
        ]
        | None = None,
        order: str | None = None,
        state: list[
            Literal["account_missing", "planned", "short", "collecting", "ordered", "paid", "stopped", "cancelled"]
        ]
        | None = None,
        due_from: str | None = None,
        due_to: str | None = None,
    ) -> "RefundsOut":
        """Refunds, newest first."""
        told: RefundsOut = self.call(
            "GET",
            "/api/v1/refunds",
            {
                "limit": limit,
                "cursor": cursor,
                "fields": fields,
                "order": order,
                "state": state,
                "due_from": due_from,
                "due_to": due_to,
            },
        )
        return told

    def list_settlements(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[
            Literal[
                "id",
                "period",
                "on",
                "state",
                "currency",
                "brought_forward",
                "of_this_week",
                "transfer",
                "carried_forward",
                "created_at",
            ]
        ]
        | None = None,
    ) -> "SettlementsOut":
        """Settlements, newest first."""
        told: SettlementsOut = self.call(
            "GET", "/api/v1/settlements", {"limit": limit, "cursor": cursor, "fields": fields}
        )
        return told

    def list_shops(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[Literal["id", "name", "is_test"]] | None = None,
    ) -> "ShopsOut":
        """The shops that a program may see, newest first."""
        told: ShopsOut = self.call("GET", "/api/v1/shops", {"limit": limit, "cursor": cursor, "fields": fields})
        return told

    def list_webhooks(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        fields: list[Literal["id", "address", "topics", "shop", "created_at"]] | None = None,
    ) -> "WebhooksOut":
        """Webhooks, newest first."""
        told: WebhooksOut = self.call("GET", "/api/v1/webhooks", {"limit": limit, "cursor": cursor, "fields": fields})
        return told

    def mark_order_paid(self, order_id: str, *, once: str = "") -> "OrderOut":
        """It was paid in a way no statement shows; one that is paid stays as it is."""
        told: OrderOut = self.call("POST", f"/api/v1/orders/{plain(order_id)}/mark-paid", content=None, once=once)
        return told

    def pause_reminders(self, order_id: str, content: "PauseIn", *, once: str = "") -> "RemindersOut":
        """Nobody is asked to pay this order until somebody resumes, or until the end of a day."""
        told: RemindersOut = self.call(
            "POST", f"/api/v1/orders/{plain(order_id)}/pause-reminders", content=content, once=once
        )
        return told

    def pay_purchase_directly(self, purchase_id: str, content: "DirectPaymentIn", *, once: str = "") -> "PurchaseOut":
        """The buyer has paid the merchant himself."""
        told: PurchaseOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/direct-payments", content=content, once=once
        )
        return told

    def put_order(self, content: "OrderIn", *, once: str = "") -> "OrderOut":
        """Make an order, or change the one of this number."""
        told: OrderOut = self.call("POST", "/api/v1/orders", content=content, once=once)
        return told

    def put_orders(self, content: "LotIn", *, once: str = "") -> "LotOut":
        """Make or change up to 1,000 orders at once; one that cannot be taken keeps back no other."""
        told: LotOut = self.call("POST", "/api/v1/orders/batch", content=content, once=once)
        return told

    def receive_return(self, purchase_id: str, content: "ReturnIn", *, once: str = "") -> "PurchaseOut":
        """Goods have come back; no credit note yet."""
        told: PurchaseOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/returns", content=content, once=once
        )
        return told

    def release_purchase(self, purchase_id: str, content: "ReleasedIn", *, once: str = "") -> "PurchaseOut":
        """All that is not billed yet will not be billed; or with an amount, so much of it."""
        told: PurchaseOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/release", content=content, once=once
        )
        return told

    def remove_order(self, order_id: str, *, once: str = "") -> "OrderOut":
        """The shop does not have it any more: nothing more happens to it by itself."""
        told: OrderOut = self.call("POST", f"/api/v1/orders/{plain(order_id)}/remove", content=None, once=once)
        return told

    def reopen_order(self, order_id: str, *, once: str = "") -> "OrderOut":
        """A cancelled order is asked for again; one that is not cancelled stays as it is."""
        told: OrderOut = self.call("POST", f"/api/v1/orders/{plain(order_id)}/reopen", content=None, once=once)
        return told

    def replay_webhook(self, webhook_id: str, content: "AgainIn", *, once: str = "") -> "ToldOut":
        """Tell it again what happened since then, whether it heard it or not."""
        told: ToldOut = self.call("POST", f"/api/v1/webhooks/{plain(webhook_id)}/replay", content=content, once=once)
        return told

    def resume_reminders(self, order_id: str, *, once: str = "") -> "RemindersOut":
        """The order is asked for again, at the level where it stood; one that is not paused stays as it is."""
        told: RemindersOut = self.call(
            "POST", f"/api/v1/orders/{plain(order_id)}/resume-reminders", content=None, once=once
        )
        return told

    def rotate_webhook(self, webhook_id: str, *, once: str = "") -> "SecretOut":
        """Give it a new secret. For a day calls carry the signatures of both."""
        told: SecretOut = self.call("POST", f"/api/v1/webhooks/{plain(webhook_id)}/rotate", content=None, once=once)
        return told

    def ship_purchase(self, purchase_id: str, content: "ShipmentIn", *, once: str = "") -> "PurchaseOut":
        """Goods have left."""
        told: PurchaseOut = self.call(
            "POST", f"/api/v1/purchases/{plain(purchase_id)}/shipments", content=content, once=once
        )
        return told

    def sign_customer_in(self, content: "SignInIn", *, once: str = "") -> "SignInOut":
        """An address that signs in a customer of the shop; addresses made before are good no more."""
        told: SignInOut = self.call("POST", "/api/v1/customer-sign-ins", content=content, once=once)
        return told

    def test_webhook(self, webhook_id: str, *, once: str = "") -> "ToldOut":
        """Send it a call of the topic `test`."""
        told: ToldOut = self.call("POST", f"/api/v1/webhooks/{plain(webhook_id)}/test", content=None, once=once)
        return told

    def unassign_payment(self, payment_id: str, *, once: str = "") -> "PaymentOut":
        """Take everything of it back; it waits for a person again. One of which nothing is assigned stays as it is."""
        told: PaymentOut = self.call("POST", f"/api/v1/payments/{plain(payment_id)}/unassign", content=None, once=once)
        return told

    def unblock_customer(self, customer_id: str, *, once: str = "") -> "CustomerOut":
        """Let a customer in again. Twice is once."""
        told: CustomerOut = self.call(
            "POST", f"/api/v1/customers/{plain(customer_id)}/unblock", content=None, once=once
        )
        return told

    def undo_a_charge(self, account_id: str, key: str, content: "UndoIn", *, once: str = "") -> "EntryOut":
        """Give back what was charged under this key; twice is once."""
        told: EntryOut = self.call(
            "POST", f"/api/v1/accounts/{plain(account_id)}/charges/{plain(key)}/undo", content=content, once=once
        )
        return told

    def unignore_payment(self, payment_id: str, *, once: str = "") -> "PaymentOut":
        """It may be for an order after all; one that is not ignored stays as it is."""
        told: PaymentOut = self.call("POST", f"/api/v1/payments/{plain(payment_id)}/unignore", content=None, once=once)
        return told

    def unmark_order_paid(self, order_id: str, *, once: str = "") -> "OrderOut":
        """It is not paid after all; what the bank has told is not taken back by this."""
        told: OrderOut = self.call("POST", f"/api/v1/orders/{plain(order_id)}/unmark-paid", content=None, once=once)
        return told

    def update_refund(self, refund_id: str, content: "RefundChange", *, once: str = "") -> "RefundOut":
        """Say where a refund goes, or when it leaves; a stopped one goes on with that."""
        told: RefundOut = self.call("PATCH", f"/api/v1/refunds/{plain(refund_id)}", content=content, once=once)
        return told
