"""Brigitte signed in to her office, a bookkeeper who only reads, and somebody else's shop next door."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import time
from zlib import compress

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from tests.callers import webhook_of
from tests.credit.asked import ELSEWHERE, anna
from tests.letters.sample import LOOK, letter
from tests.stage import ACCOUNT, BERND, CORA, DIRK, Paid, Stage, camt, order

from zahlmeister.accounting.models import Batch
from zahlmeister.banking import connections
from zahlmeister.banking.debit_models import Debit, DebitFile
from zahlmeister.banking.models import AccountKind, BankAccount, Connection, ConnectionKind, TableMapping
from zahlmeister.banking.outgoing import move
from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.banking.tables import remember
from zahlmeister.collection.models import Agency, AgencyPayout, Case
from zahlmeister.correspondence.models import SentLetter
from zahlmeister.correspondence.sent import keep
from zahlmeister.credit.models import BlockedKey, BureauConnection
from zahlmeister.desk.models import ManyAct, View
from zahlmeister.erps.models import ErpConnection, Receipt
from zahlmeister.flows import collect_debit
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.centre.adjust import Adjustment, adjust
from zahlmeister.flows.centre.announce import Wanted as Announced
from zahlmeister.flows.centre.announce import announce
from zahlmeister.flows.centre.let_in import open_account
from zahlmeister.flows.centre.pay_back import BackWanted, ask_back
from zahlmeister.flows.divide_payment import hand_in_list
from zahlmeister.flows.draft_payment import Wanted, draft_payment
from zahlmeister.flows.hand_in_orders import hand_in_orders
from zahlmeister.flows.make_payment_file import make_payment_file
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.flows.unpack import Handed
from zahlmeister.flows.use_account import use_account
from zahlmeister.formats.payments.parties import Party
from zahlmeister.formats.table_described import Described
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import (
    PaymentIntent,
    ProviderConnection,
    ProviderEvent,
    ProviderMove,
    ProviderPayout,
)
from zahlmeister.learning.models import IgnoreProposal
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import provider_took
from zahlmeister.letters.kinds import Kind
from zahlmeister.letters.mail import Enclosure, Envelope, mail
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import FactorLoss, Invitation, Membership, Merchant, Person, ProofDocument, Role
from zahlmeister.merchants.seal import seal
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.orders.imports import order_imports
from zahlmeister.orders.models import OrderImport, Shop, ShopConnection
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.outbox.write import Said, tell
from zahlmeister.payouts.accounts import token as payout_token
from zahlmeister.payouts.models import Payout, PayoutAccount
from zahlmeister.plans.models import Invoice, InvoiceLine
from zahlmeister.prepaid.models import Account, Customer
from zahlmeister.prepaid.states import EntryKind, Purpose
from zahlmeister.programs.keys import make_scoped_key
from zahlmeister.programs.models import ProgramKey
from zahlmeister.programs.scopes import Scope
from zahlmeister.purchase.models import Authorisation, Capture, GuaranteeTerms, Guarantor, Settlement
from zahlmeister.receivables.destination import Use
from zahlmeister.receivables.models import AccountUse, IgnoredPayer
from zahlmeister.refunds.models import Refund

PASSWORD = "sehr-geheim-2026"
DAY = 86_400
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


#: To another address, so that a person has to look.
ANNA_ASKS = anna(delivery=ELSEWHERE, was_told=False)


@dataclass(frozen=True, slots=True)
class Ids:
    """Numbers of one merchant's rows, as they stand in addresses."""

    payment_id: int
    order_id: int
    import_id: int
    account_id: int
    connection_id: int
    list_id: int
    about: int
    proposal_id: int
    rule_id: int
    transfer_id: int
    file_id: int
    use_id: int
    mandate_id: int
    debit_id: int
    debit_file_id: int
    shop_id: int
    telling_id: int
    mapping_id: int
    letter_id: int
    message_id: int
    refund_id: int
    pooled_id: int
    payout_id: int
    payout_account_id: int
    token: str
    agency_id: int
    case_id: int
    agency_payout_id: int
    provider_id: int
    intent_id: int
    provider_payout_id: int
    invoice_id: int
    batch_id: int
    customer_id: int
    back_id: int
    announced_id: int
    balance_id: int
    entry_id: int
    decision_id: int
    blocked_id: int
    act_id: int
    view_id: int
    bureau_id: int
    purchase_id: int
    claim_id: int
    settlement_id: int
    erp_id: int
    receipt_id: int
    order_import_id: int
    person_id: int
    invitation_id: int
    loss_id: int
    session_id: int
    document_id: int
    merchant_id: int
    webhook_id: int
    key_id: int
    form: str = "xml"
    number: int = 0
    kind: str = "payment_information"
    payment_kind: str = "prepayment"
    language: str = "de"
    name: str = "bank"
    currency: str = "EUR"
    outcome: str = "arrived"
    what: str = "pause"
    system: str = "stripe"
    way: str = "program"


def signed_in(person: Person, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(person, backend=MODEL_BACKEND)
    show_who(client, person)
    return client


def show_who(client: Client, person: Person) -> None:
    """As if the password had just been asked for again."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time() + DAY, "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(person.pk)
    session["seen"] = int(time()) + DAY
    session["began"] = int(time())
    session.save()
    UserSession.objects.create(user=person, session_key=session.session_key, ip="127.0.0.1", user_agent="Firefox/1")


@pytest.fixture(autouse=True)
def _the_day_on_which_the_stage_plays(request: pytest.FixtureRequest) -> Iterator[None]:
    """The clock on the wall shows the stage's day, whenever the tests are run. A browser has its own."""
    if request.node.get_closest_marker("browser"):
        yield
        return
    with time_machine.travel(datetime(2026, 11, 20, 8, tzinfo=UTC)):
        yield


@pytest.fixture(autouse=True)
def _folder_of_collected_files(settings: object) -> None:
    """An installation has this folder; without it whitenoise warns."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def office(brigitte: Person) -> Client:
    """Brigitte, who may do everything, in English."""
    return signed_in(brigitte)


@pytest.fixture
def bookkeeper(merchant: Merchant) -> Client:
    """Bea, who may read."""
    person = Person.objects.create_user("bea@wollstube.example", PASSWORD, name="Bea Buch")
    Membership.objects.create(merchant=merchant, person=person, role=Role.ACCOUNTANT)
    return signed_in(person)


@pytest.fixture
def neighbour(db: None, tmp_path: Path) -> Stage:
    """Another merchant with an order, a statement and a payment nobody can place."""
    other = Merchant.objects.create(name="Karls Kaffee", slug="karl")
    stage = Stage(other, tmp_path, datetime(2026, 11, 20, 8, 0, tzinfo=UTC))
    fill(stage)
    return stage


def fill(stage: Stage) -> Ids:
    """Two orders; Anna pays hers, somebody sends money that nobody can place. Statements may come from a folder."""
    folder = connections.Wanted(ConnectionKind.FOLDER, "Bank program", {"path": str(stage.folder)})
    connections.connect(stage.merchant.pk, folder, at=stage.now)
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"))
    stage.pays(
        Paid(2498, "Bestellung 100012345"),
        Paid(3333, "danke", "Unbekannt Verzogen", BERND),
    )
    return ids(stage)


def refunded(stage: Stage) -> Refund:
    """Anna gets ten euro back, one day."""
    Merchant.objects.filter(pk=stage.merchant.pk).update(verification=Verification.VERIFIED)
    asked = Asked("office:example", Amount(1000, "EUR"))
    return ask_refund(stage.merchant, stage.item("100012345").pk, asked, by="brigitte", at=stage.now)


def ids(stage: Stage) -> Ids:
    payment = next(row for row in stage.payments() if row.open_minor)
    advice = b"Paketnummer;Referenz;Betrag\n50123456789;100012346;33,33\n50123456790;;12,00\n"
    handed_in = hand_in_list(stage.merchant, payment.pk, advice, "nachnahme.csv", by="shop", at=stage.now)
    return Ids(
        payment_id=payment.pk,
        order_id=stage.item("100012346").order_id,
        import_id=payment.transaction.first_import_id,
        account_id=payment.transaction.account_id,
        connection_id=Connection.objects.get(merchant=stage.merchant).pk,
        list_id=handed_in.pk,
        about=payment.transaction.account_id,
        proposal_id=proposed(stage).pk,
        rule_id=ruled(stage).pk,
        transfer_id=drafted(stage, payment.transaction.account, "waiting").pk,
        file_id=filed(stage, payment.transaction.account).pk,
        use_id=used(stage, payment.transaction.account).pk,
        mandate_id=collected(stage, payment.transaction.account).mandate_id,
        debit_id=collected(stage, payment.transaction.account).pk,
        debit_file_id=debit_file(stage, payment.transaction.account).pk,
        shop_id=stage.item("100012346").order.shop_id,
        letter_id=lettered(stage).pk,
        message_id=stuck(stage).pk,
        refund_id=refunded(stage).pk,
        order_import_id=handed_in_orders(stage).pk,
        agency_id=with_agency(stage).agency_id,
        case_id=with_agency(stage).pk,
        agency_payout_id=announced(stage).pk,
        provider_id=provided(stage).connection_id,
        intent_id=provided(stage).pk,
        provider_payout_id=settled(stage).pk,
        telling_id=refused_by(shop_of(stage)).pk,
        mapping_id=described(stage).pk,
        **paid_out(stage),
        invoice_id=invoiced(stage).pk,
        batch_id=exported(stage).pk,
        **with_customer(stage),
        **checked(stage),
        **kept(stage),
        **guaranteed(stage),
        **employed(stage),
        webhook_id=webhook_of(stage.merchant).pk,
        key_id=program_key(stage).pk,
    )


def program_key(stage: Stage) -> ProgramKey:
    """A program may read orders."""
    known = ProgramKey.objects.filter(merchant=stage.merchant, name="warehouse").first()
    wanted = {Scope.ORDERS_READ}
    return known or make_scoped_key(stage.merchant, None, wanted, name="warehouse", by="brigitte", at=stage.now)[1]


def employed(stage: Stage) -> dict[str, int]:
    """Klara clears payments, somebody is invited, and Klara is signed in somewhere."""
    told = {"email": f"klara@{stage.merchant.slug}.example", "defaults": {"name": "Klara"}}
    klara, _ = Person.objects.get_or_create(**told)
    Membership.objects.get_or_create(merchant=stage.merchant, person=klara)
    invitation, _ = Invitation.objects.get_or_create(
        merchant=stage.merchant, email="neu@post.example", defaults={"until": stage.now, "invited_by": klara}
    )
    owner = Membership.objects.filter(merchant=stage.merchant, role=Role.OWNER).first()
    session, _ = UserSession.objects.get_or_create(
        session_key=f"elsewhere{stage.merchant.pk}"[:40],
        defaults={"user": owner.person if owner else klara, "ip": "127.0.0.1", "user_agent": "Firefox/1"},
    )
    path = default_storage.save("proof", ContentFile(seal({"bytes": b"x".hex()}, f"proof:{stage.merchant.pk}")))
    facts = {"name": "x.pdf", "media": "application/pdf", "size": 1, "path": path, "by": klara, "at": stage.now}
    proof, _ = ProofDocument.objects.get_or_create(merchant=stage.merchant, kind="trade", sha256="0", defaults=facts)
    lost = {"why": "called back", "asked_by": klara, "asked_at": stage.now}
    loss, _ = FactorLoss.objects.get_or_create(merchant=stage.merchant, person=klara, ended_at=None, defaults=lost)
    told = {"person_id": klara.pk, "loss_id": loss.pk, "invitation_id": invitation.pk, "session_id": session.pk}
    return told | {"document_id": proof.pk, "merchant_id": stage.merchant.pk}


def with_customer(stage: Stage) -> dict[str, int]:
    """Anna has access to the customer centre, a balance, and said what she transfers."""
    told = {"name": "Anna Weber", "created_by": "brigitte", "created_at": stage.now}
    customer, _ = Customer.objects.get_or_create(merchant=stage.merchant, email="anna@post.example", defaults=told)
    account = Account.objects.filter(customer=customer).first()
    account = account or open_account(customer, "EUR", by="brigitte", at=stage.now)
    wanted = Adjustment(EntryKind.GRANT, 500, "Willkommen", "example")
    entry = adjust(stage.merchant, account.pk, wanted, by="brigitte", at=stage.now)
    asked = Announced(Purpose.TOP_UP, 2500, "example")
    transfer = announce(account, asked, by="anna", at=stage.now)
    adjust(
        stage.merchant, account.pk, Adjustment(EntryKind.RAISED, 300, "Kulanz", "paid in"), by="brigitte", at=stage.now
    )
    wants = BackWanted(300, "example", "other", "Anna Weber", "DE89370400440532013000")
    back = ask_back(account, wants, at=stage.now)
    return {
        "customer_id": customer.pk,
        "back_id": back.pk,
        "announced_id": transfer.pk,
        "balance_id": account.pk,
        "entry_id": entry.pk,
    }


def kept(stage: Stage) -> dict[str, int]:
    """An act on many rows that did nothing, and a view of a list."""
    person, _ = Person.objects.get_or_create(email=f"{stage.merchant.slug}@desk.example", defaults={"name": "Desk"})
    told = {"kind": "payments-ignore", "by": "brigitte", "at": stage.now}
    act, _ = ManyAct.objects.get_or_create(merchant=stage.merchant, key="example", defaults=told)
    said = {"page": "orders", "name": "Open", "query": "state=owed", "is_shared": True, "created_at": stage.now}
    view, _ = View.objects.get_or_create(merchant=stage.merchant, person=person, defaults=said)
    return {"act_id": act.pk, "view_id": view.pk}


def checked(stage: Stage) -> dict[str, int]:
    """Anna may buy on invoice, somebody may not, and a bureau knows who."""
    told = {"merchant": stage.merchant, "kind": "email", "digest": "0", "hint": "ha…@example.org", "why": "fraud"}
    blocked, _ = BlockedKey.objects.get_or_create(**told, defaults={"by": "brigitte", "at": stage.now})
    bureau, _ = BureauConnection.objects.get_or_create(merchant=stage.merchant, name="Auskunft")
    decided = check(stage.merchant, ANNA_ASKS, at=stage.now)
    return {"decision_id": decided.decision_id or 0, "blocked_id": blocked.pk, "bureau_id": bureau.pk}


def guaranteed(stage: Stage) -> dict[str, int]:
    """Bernd's order was bought on invoice, with somebody behind Brigitte; nobody has paid yet, and a week was empty."""
    party, _ = Merchant.objects.get_or_create(
        slug=f"garant-{stage.merchant.slug}", defaults={"name": "Sicherkauf AG", "currency": "EUR"}
    )
    guarantor, _ = Guarantor.objects.get_or_create(merchant=party, defaults={"kind": "external", "currency": "EUR"})
    shop, _ = Shop.objects.get_or_create(merchant=party, name=stage.merchant.name)
    terms, _ = GuaranteeTerms.objects.get_or_create(
        merchant=stage.merchant, guarantor=guarantor, shop=shop, currency="EUR", due_on=date(2026, 11, 23)
    )
    told = {"terms": terms, "amount_minor": 4990, "captured_minor": 4990, "state": "captured", "currency": "EUR"}
    told |= {"expires_at": stage.now, "created_at": stage.now, "reference": "K1", "debtor": "mail:bernd@post.example"}
    order_, _ = Authorisation.objects.get_or_create(merchant=stage.merchant, order_number="100012346", defaults=told)
    days = {"invoiced_on": date(2026, 11, 16), "captured_on": date(2026, 11, 16), "due_on": date(2026, 11, 30)}
    days |= {"pays_on": date(2026, 12, 14), "created_at": stage.now, "currency": "EUR", "authorisation": order_}
    item = stage.item("100012346")
    claim, _ = Capture.objects.get_or_create(
        merchant=stage.merchant, number="R1", defaults={"item": item, "gross_minor": 4990, "price_minor": 4990, **days}
    )
    week, _ = Settlement.objects.get_or_create(
        merchant=stage.merchant, terms=terms, period="2026-W47", on=date(2026, 11, 16), currency="EUR",
        lines_minor=0, transfer_minor=0, state="nothing", defaults={"created_at": stage.now},
    )  # fmt: skip
    of_all = {"merchant": stage.merchant, "name": "ERP", "way": "program", "created_by": "brigitte"}
    erp, _ = ErpConnection.objects.get_or_create(**of_all, defaults={"due_at": stage.now, "created_at": stage.now})
    said = {"merchant": stage.merchant, "erp": erp, "kind": "credit_note", "number": "G-1", "state": "refused"}
    receipt, _ = Receipt.objects.get_or_create(**said, defaults={"why": "no invoice", "came_at": stage.now})
    more = {"erp_id": erp.pk, "receipt_id": receipt.pk}
    return {"purchase_id": order_.pk, "claim_id": claim.pk, "settlement_id": week.pk, **more}


def handed_in_orders(stage: Stage) -> OrderImport:
    """A file of orders whose only row was refused."""
    made = order_imports(stage.merchant.pk).filter(name="orders.csv").first()
    if made is None:
        rows = b"number;amount\n100012999;\n"
        hand_in_orders(stage.merchant, [Handed("orders.csv", BytesIO(rows))], by="brigitte", clock=stage.clock)
        made = order_imports(stage.merchant.pk).get(name="orders.csv")
    return made


def invoiced(stage: Stage) -> Invoice:
    """The operator's invoice of October."""
    runs, _ = Merchant.objects.get_or_create(slug="zahlstelle", defaults={"name": "Zahlstelle", "is_operator": True})
    party = {"company": "Wolle", "street": "Gasse 3", "postcode": "79098", "city": "Freiburg", "country": "DE"}
    party |= {"email": "w@wolle.example", "phone": "030 12345", "vat_id": ""}
    told = {"ordinal": stage.merchant.pk % 1_000_000, "number": "R1", "issued_on": date(2026, 11, 1), "seller": party}
    told |= {"net_minor": 100, "tax_minor": 19, "total_minor": 119, "category": "S", "per_mille": 190, "buyer": party}
    row, _ = Invoice.objects.get_or_create(
        merchant=runs, customer=stage.merchant, month=date(2026, 10, 1), currency="EUR", defaults=told
    )
    InvoiceLine.objects.get_or_create(
        merchant=runs, invoice=row, position=1, defaults={"kind": "flat", "count": 1, "net_minor": 100}
    )
    return row


def paid_out(stage: Stage) -> dict[str, int | str]:
    """A pooled account that was settled, and the account its payout goes to."""
    told = {"kind": AccountKind.POOLED, "name": "Treuhand"}
    pooled, _ = BankAccount.objects.get_or_create(
        merchant=stage.merchant, number="DE75512108001245126199", currency="EUR", defaults=told
    )
    order = drafted(stage, pooled, "payout:1:2026-11-19")
    figures = dict.fromkeys(("unclear_minor", "on_its_way_minor", "promised_minor", "reserve_minor", "through"), 0)
    settled = {"order": order, "amount_minor": 1250, "bank_minor": 1250, "before_minor": 0, "currency": "EUR"}
    payout, _ = Payout.objects.get_or_create(
        merchant=stage.merchant,
        account=pooled,
        period="2026-11-19",
        defaults={**figures, **settled, "created_at": stage.now, "created_by": "house"},
    )
    person, _ = Person.objects.get_or_create(email="karl@kaffee.example", defaults={"name": "Karl"})
    asked, _ = PayoutAccount.objects.get_or_create(
        merchant=stage.merchant,
        number=DIRK,
        currency="EUR",
        defaults={"name": "Wollstube", "asked_by": person, "asked_at": stage.now},
    )
    return {
        "pooled_id": pooled.pk,
        "payout_id": payout.pk,
        "payout_account_id": asked.pk,
        "token": payout_token(asked),
    }


def described(stage: Stage) -> TableMapping:
    """A CSV export whose columns somebody has told."""
    columns = Described(("Tag", "Zweck", "Wieviel"), {0: "booked_on", 1: "remittance", 2: "amount"}, "EUR")
    return remember(stage.merchant.pk, columns, by="brigitte", at=stage.now)


def lettered(stage: Stage) -> SentLetter:
    """A mail with a slip, as it left."""
    known = SentLetter.objects.filter(merchant=stage.merchant).first()
    if known:
        return known
    envelope = Envelope("anna@post.example", "Anna Weber", "m@wolle.example", stage.now)
    made = mail(letter(Kind.PAYMENT_INFORMATION, "de"), LOOK, envelope, [Enclosure("slip.pdf", b"%PDF-")])
    row = SentLetter(kind=Kind.PAYMENT_INFORMATION, medium="mail", reader=envelope.to, subject=made["Subject"])
    return keep(stuck(stage), row, made.as_bytes())


def with_agency(stage: Stage) -> Case:
    """The open order is with an agency, which nobody speaks to."""
    agency, _ = Agency.objects.get_or_create(
        merchant=stage.merchant, name="Inkasso Nord", defaults={"profile": "paywise", "due_at": stage.now}
    )
    item = stage.item("100012346")
    facts = {"currency": "EUR", "principal_minor": 4990, "claim": {"due_on": "2026-09-01"}, "look_at": stage.now}
    case, _ = Case.objects.get_or_create(
        merchant=stage.merchant,
        item=item,
        agency=agency,
        defaults={**facts, "reference": f"ZI{item.pk}", "handed_over_on": stage.now.date()},
    )
    return case


def exported(stage: Stage) -> Batch:
    """A batch that the bookkeeper got."""
    content = b"EXTF"
    batch, _ = Batch.objects.get_or_create(
        merchant=stage.merchant,
        number=1,
        defaults={
            "first": date(2026, 11, 1), "last": date(2026, 11, 30), "rows": 1, "sum_minor": 1, "currency": "EUR",
            "name": "EXTF_Buchungen_2026-11_0001.csv", "content": compress(content),
            "sha256": sha256(content).hexdigest(), "made_by": "brigitte", "made_at": stage.now,
        },
    )  # fmt: skip
    return batch


def announced(stage: Stage) -> AgencyPayout:
    """A payout that is not on any statement yet."""
    facts = {"currency": "EUR", "amount_minor": 1200, "expected_minor": 1200}
    payout, _ = AgencyPayout.objects.get_or_create(
        merchant=stage.merchant,
        agency=with_agency(stage).agency,
        number="ABR-1",
        defaults={**facts, "announced_at": stage.now, "look_at": stage.now},
    )
    return payout


def provided(stage: Stage) -> PaymentIntent:
    """A payment at Stripe that has succeeded, with a move and a call."""
    facts = {"system": "stripe", "payouts_at": stage.now, "payouts_since": stage.now.date(), "created_at": stage.now}
    connection, _ = ProviderConnection.objects.get_or_create(
        merchant=stage.merchant, name="Stripe", defaults={**facts, "methods": ["card"]}
    )
    item = stage.item("100012346")
    told = {"purpose": "items", "shares": [[item.pk, 2000]], "method": "card", "text": "Bestellung", "mark": "m"}
    intent, is_new = PaymentIntent.objects.get_or_create(
        merchant=stage.merchant,
        connection=connection,
        reference=f"ZMP{stage.merchant.pk}",
        defaults={
            **told,
            "amount_minor": 2000,
            "paid_minor": 2000,
            "currency": "EUR",
            "state": "succeeded",
            "back_to": "https://shop.example/",
            "created_at": stage.now,
            "expires_at": stage.now,
        },
    )
    if is_new:
        of = {"merchant": stage.merchant, "intent": intent}
        moved = {"kind": "succeeded", "amount_minor": 2000, "at": stage.now, "recorded_at": stage.now}
        moved_ = ProviderMove.objects.create(**of, key="ch_1", **moved)
        legs, source = provider_took(connection.pk), f"intent:{intent.pk}:{moved_.key}"
        with transaction.atomic():
            lock(stage.merchant.pk)
            post(stage.merchant.pk, [Booking(legs, Amount(2000, "EUR"), source, stage.now.date())], at=stage.now)
        ProviderEvent.objects.create(
            **of, connection=connection, event_id="evt_1", kind="succeeded", heard_at=stage.now
        )
    return intent


def settled(stage: Stage) -> ProviderPayout:
    """A payout of Stripe's that is not on any statement yet."""
    facts = {"number": "STRIPE-1", "currency": "EUR", "amount_minor": 1950, "on": stage.now.date()}
    payout, _ = ProviderPayout.objects.get_or_create(
        merchant=stage.merchant,
        connection=provided(stage).connection,
        key="po_1",
        defaults={**facts, "announced_at": stage.now, "look_at": stage.now},
    )
    return payout


def stuck(stage: Stage) -> Message:
    """A message that no server takes."""
    tell(stage.merchant.pk, [Said("mail", "order:1", "information:1")], at=stage.now)
    rows = Message.objects.filter(merchant=stage.merchant, key="information:1")
    rows.update(state=MessageState.STUCK, error="No mail server is set up; mails wait for it.")
    return rows.get()


def shop_of(stage: Stage) -> ShopConnection:
    """The shop that the orders are from is connected."""
    shop = stage.item("100012346").order.shop
    told = {"system": "shopware6", "merchant": stage.merchant, "due_at": stage.now, "created_at": stage.now}
    row, _ = ShopConnection.objects.get_or_create(shop=shop, defaults=told)
    return row


def refused_by(connection: ShopConnection) -> Message:
    """Something the shop did not want to hear."""
    order = connection.shop.orders.first()
    told = {
        "channel": "shop",
        "group": f"shop:{connection.shop_id}",
        "subject": f"order:{order.pk}",
        "payload": {"order": order.pk, "verdict": "PAID"},
        "state": "stuck",
        "error": "The shop refuses order 100012345: status unknown.",
        "due_at": connection.due_at,
        "give_up_at": connection.due_at,
        "created_at": connection.due_at,
    }
    row, _ = Message.objects.get_or_create(merchant=connection.merchant, key="told:1", defaults=told)
    return row


def drafted(stage: Stage, account: BankAccount, source: str) -> PaymentOrder:
    """Money for Dirk."""
    day = date(2026, 11, 23)
    wanted = Wanted(source, Party("Dirk Daus"), DIRK, Amount(1250, "EUR"), day, text="Gutschrift")
    return draft_payment(account, wanted, by="house", at=stage.now).order


def strange(stage: Stage) -> BankAccount:
    """A statement has named an account of which nobody has said whose it is."""
    said = camt([Paid(4990, "order 4711")], number=77).replace(ACCOUNT.encode(), b"DE68210501700012345678")
    stage.receive(said, "strange.xml")
    return BankAccount.objects.get(merchant=stage.merchant, number="DE68210501700012345678")


def filed(stage: Stage, account: BankAccount) -> PaymentFile:
    """A file that nobody has fetched."""
    known = PaymentFile.objects.filter(merchant=stage.merchant).first()
    if known:
        return known
    order = drafted(stage, account, "filed")
    move(order, OrderState.APPROVED)
    record(stage.merchant.pk, [Happened("transfer", order.pk, "approved", "brigitte")], at=stage.now)
    return make_payment_file(account, by="brigitte", at=stage.now)


def used(stage: Stage, account: BankAccount) -> AccountUse:
    """Buyers in Austria pay to this account."""
    return use_account(account, Use(country="AT"), by="brigitte", at=stage.now)


def collected(stage: Stage, account: BankAccount) -> Debit:
    """A collection from Dirk that nobody has approved."""
    signed = collect_debit.Signed("DE98ZZZ09999999999", "M-1", date(2026, 11, 1), "Dirk Daus", DIRK)
    mandate = collect_debit.keep_mandate(stage.merchant, signed, by="brigitte", at=stage.now)
    wanted = collect_debit.Wanted("office:1", Amount(1250, "EUR"), date(2026, 12, 8), "Beitrag")
    return collect_debit.draft_debit(mandate, account, wanted, by="brigitte", at=stage.now)


def debit_file(stage: Stage, account: BankAccount) -> DebitFile:
    """A file of collections that nobody has fetched; its bytes are elsewhere."""
    told = {"account": account, "count": 1, "total_minor": 1250, "created_at": stage.now, "sha256": "", "path": "-"}
    return DebitFile.objects.get_or_create(merchant=stage.merchant, message_id="ZM-1", defaults=told)[0]


def proposed(stage: Stage) -> IgnoreProposal:
    """Somebody has ignored the landlord's money three times."""
    told = {"label": "Ursel Sorge", "payments": 3, "proposed_at": stage.now}
    row, _ = IgnoreProposal.objects.get_or_create(merchant=stage.merchant, kind="account", value=CORA, defaults=told)
    return row


def ruled(stage: Stage) -> IgnoredPayer:
    """Money from the bank's own account is always ignored."""
    told = {"name": "Hausbank", "created_by": "brigitte", "created_at": stage.now}
    row, _ = IgnoredPayer.objects.get_or_create(merchant=stage.merchant, number=DIRK, defaults=told)
    return row


@pytest.fixture
def office_browser(
    transactional_db: None, live_server: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., object]]:
    """Open the office in Chromium: `office_browser(person, language="de", width=1280, dark=False)` gives a page that
    is signed in. The page has `office`, the address to begin with."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])

        def opened(
            person: Person, *, language: str = "en", width: int = 1280, dark: bool = False, scripts: bool = True
        ) -> object:
            context = browser.new_context(
                base_url=live_server.url,
                viewport={"width": width, "height": 900},
                locale=language,
                color_scheme="dark" if dark else "light",
                java_script_enabled=scripts,
            )
            cookie = signed_in(person).cookies["sessionid"]
            context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
            return context.new_page()

        yield opened
        browser.close()
