"""Brigitte's orders: facts for tests, by hand and by chance."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from zahlmeister.formats.payments.letters import BASIC, Letters
from zahlmeister.formats.payments.parties import Address, OwnAccount, Party
from zahlmeister.formats.payments.transfers import PaymentOrder, Speed, TransferFile, TransferGroup
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import banking_day

GERMAN, AUSTRIAN, SWISS = "DE89370400440532013000", "AT611904300234573201", "CH9300762011623852957"
ITALIAN, BRITISH, QR = "IT60X0542811101000000123456", "GB29NWBK60161331926819", "CH4431999123000889012"
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BRIGITTE = Party("Brigittes Wollstube", Address("Freiburg", "DE", "79098", "Lindenallee", "4"))
QRR = "210000000003139471430009017"


def order(end_to_end_id="R-2026-17", minor=1999, currency="EUR", **others):
    facts = {"creditor": Party("Anna Berger"), "iban": GERMAN, "text": "Rückerstattung Bestellung 4711"} | others
    return PaymentOrder(end_to_end_id, Amount(minor, currency), **facts)


def group(*orders, iban=GERMAN, **others):
    facts = {
        "group_id": "G-1",
        "debtor": BRIGITTE,
        "account": OwnAccount(iban),
        "execute_on": date(2026, 11, 24),
        "orders": orders or (order(),),
    }
    return TransferGroup(**facts | others)


def file(*groups, **others):
    facts = {"message_id": "M-1", "created_at": AT, "initiator": "Brigittes Wollstube"} | others
    return TransferFile(groups=groups or (group(),), **facts)


# ---- by chance -------------------------------------------------------------------------------------------------

ID_LETTERS = sorted(BASIC - set("/ "))
IDS = st.text(ID_LETTERS, min_size=1, max_size=35).filter(lambda text: text != "NOTPROVIDED")
_LETTER = st.one_of(
    st.sampled_from(sorted(BASIC | set("ÄÖÜäöüß&*$%"))),
    st.sampled_from("éèçñŁłøÅŞşŢțΩάβЖйщ€\u00a0„“–…№ﬁ＃\u200b\n\t"),
    st.characters(codec="latin-1", categories=("L", "N", "P", "S", "Zs", "Cc")),
)


def texts(longest):
    """Texts that people and shops write; some do not fit, then there is no such order."""
    return st.text(_LETTER, min_size=1, max_size=longest)


ADDRESSES = st.builds(
    Address,
    town=texts(20),
    country=st.sampled_from(["DE", "AT", "CH", "FR", "GB"]),
    postcode=st.none() | st.text("0123456789", min_size=4, max_size=5),
    street=st.none() | texts(40),
    building=st.none() | st.from_regex(r"[0-9]{1,3}[a-z]?", fullmatch=True),
) | st.builds(Address, town=texts(20), country=st.just("DE"), lines=st.lists(texts(40), max_size=2).map(tuple))
PARTIES = st.builds(Party, name=texts(40), address=st.none() | ADDRESSES)
AMOUNTS = st.integers(1, 99_999_999_999)
CODES = st.none() | st.sampled_from(["RFND", "SUPP", "OTHR"])


def bic_of(iban):
    return st.sampled_from([None, f"BANK{iban[:2]}FF", f"BANK{iban[:2]}FFXXX"])


@st.composite
def sepa_orders(draw):
    iban = draw(st.sampled_from([GERMAN, AUSTRIAN, ITALIAN, BRITISH]))
    reference = draw(st.none() | st.just("RF18539007547034"))
    return order(
        draw(IDS),
        draw(AMOUNTS),
        creditor=draw(PARTIES),
        iban=iban,
        bic=draw(bic_of(iban)),
        text=None if reference else draw(st.none() | texts(140)),
        reference=reference,
        purpose=draw(CODES),
        on_behalf_of=draw(st.none() | texts(40)),
    )


@st.composite
def swiss_orders(draw):
    iban, reference = draw(st.sampled_from([(QR, QRR), (SWISS, "RF18539007547034"), (SWISS, None)]))
    return order(
        draw(IDS),
        draw(AMOUNTS),
        "CHF",
        creditor=Party(draw(texts(40)), draw(ADDRESSES)),
        iban=iban,
        bic=draw(bic_of(iban)),
        text=draw(st.none() | texts(140)),
        reference=reference,
        purpose=draw(CODES),
    )


@st.composite
def foreign_orders(draw):
    return order(
        draw(IDS),
        draw(AMOUNTS),
        draw(st.sampled_from(["USD", "GBP"])),
        creditor=Party(draw(texts(40)), draw(ADDRESSES)),
        iban=BRITISH,
        bic="NWBKGB2L",
        text=draw(st.none() | texts(140)),
    )


@st.composite
def transfer_files(draw, iban, orders):
    groups = []
    for name in draw(st.lists(IDS, min_size=1, max_size=3, unique=True)):
        few = draw(st.lists(orders, min_size=1, max_size=4))
        few = [each for each in few if each.amount.currency == few[0].amount.currency]
        speed = draw(st.sampled_from(Speed)) if few[0].amount.currency in {"EUR", "CHF"} else Speed.ORDINARY
        groups.append(
            group(
                *few,
                iban=iban,
                group_id=name,
                debtor=Party(draw(texts(40)), draw(ADDRESSES)),
                account=OwnAccount(iban, draw(bic_of(iban))),
                execute_on=banking_day(date(2027, 1, 4), draw(st.integers(0, 60))),
                speed=speed,
                is_batch=draw(st.booleans()),
                category=draw(CODES),
            )
        )
    return file(
        *groups,
        message_id=draw(IDS),
        created_at=draw(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))),  # noqa: DTZ001 - the strategy adds the zone
        initiator=draw(texts(40)),
        letters=draw(st.sampled_from([None, Letters.SEPA])),
    )
