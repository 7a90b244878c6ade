"""The money on a merchant's account that is for no order: providers, tax, suppliers, rent, the owner."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import banking_day, is_banking_day
from zahlmeister.sandbox.cast import iban, people, with_check_digits
from zahlmeister.sandbox.chance import Dice, dice
from zahlmeister.sandbox.movements import (
    COLLECTION_IN,
    DEBIT_OUT,
    DEBIT_RETURNED,
    FEES_OUT,
    STANDING_OUT,
    TRANSFER_IN,
    TRANSFER_OUT,
    TRANSFER_RETURNED,
    Booking,
    Disturbance,
    Movement,
    as_banks_write,
)
from zahlmeister.sandbox.names import BANKS, Bank, Country

OWNER = "Brigitte Sommer"
_CLOSING_TEXT = (
    "Entgeltabrechnung siehe Anlage Abrechnung {day} Information zur Abrechnung Kontofuehrung 9,90 "
    "Buchungsposten beleglos {count} zu 0,08 Buchungsposten beleghaft 2 zu 1,50 "
    "Zeitraum vom 01.{month} bis {day} "
    "Umsatzsteuer nach Par. 4 Nr. 8 UStG befreit"
)


@dataclass(frozen=True, slots=True)
class Partner:
    """Somebody the merchant does business with, apart from her customers."""

    name: str
    text: str
    booking: Booking
    least: int
    most: int
    bank: Bank
    creditor: str | None = None  # the creditor identifier's last part, for direct debits


_PAYPAL = Bank("Deutsche Bank", "DEUTDEFFXXX", "DE", "50070010")
_STRIPE = Bank("Deutsche Bank", "DEUTDEDB380", "DE", "38070024")
_LOCAL, _OTHER, _COOPERATIVE, _COMMERCIAL = (BANKS[Country.GERMANY][place] for place in (0, 1, 3, 7))

#: How many calendar days lie between two movements with each of them.
PARTNERS: dict[Partner, int] = {
    Partner("PayPal Europe S.a.r.l. et Cie S.C.A", "{code} PAYPAL AUSZAHLUNG", TRANSFER_IN, 42000, 190000, _PAYPAL): 4,
    Partner("Stripe Technology Europe Ltd", "STRIPE {code}", TRANSFER_IN, 30000, 120000, _STRIPE): 3,
    Partner(
        "Finanzamt Karlsruhe-Durlach",
        "Umsatzsteuer-Erstattung {month} StNr 34{digits}",
        TRANSFER_IN,
        9000,
        60000,
        _OTHER,
    ): 31,
    Partner("Wollhandel Nord GmbH", "Gutschrift {digits} Retoure Merino", TRANSFER_IN, 1990, 14000, _COMMERCIAL): 19,
    Partner(OWNER, "Privateinlage", TRANSFER_IN, 50000, 200000, _COOPERATIVE): 33,
    Partner("Erwin Lang Hausverwaltung", "Ladenmiete {month}", STANDING_OUT, 118000, 118000, _LOCAL): 30,
    Partner("Wollhandel Nord GmbH", "Rechnung {digits} Kd 7781", TRANSFER_OUT, 24000, 310000, _COMMERCIAL): 8,
    Partner("Spinnerei Tannhof eG", "RE {digits}", TRANSFER_OUT, 9000, 88000, _COOPERATIVE): 13,
    Partner(
        "Stadtwerke Durlach",
        "Abschlag Strom {month} Vertrag {digits}",
        DEBIT_OUT,
        14300,
        14300,
        _LOCAL,
        "SWD",
    ): 31,
    Partner("Telefonie Sued AG", "Rechnung {month} {digits}", DEBIT_OUT, 4995, 4995, _COMMERCIAL, "TSA"): 30,
    Partner("Sparkasse Karlsruhe", _CLOSING_TEXT, FEES_OUT, 1200, 4200, _LOCAL): 28,
}


def business(seed: int, first: date, today: date) -> Iterator[Movement]:
    """What moves between the first day and yesterday without any order."""
    for place, (partner, every_days) in enumerate(PARTNERS.items()):
        roll = dice(seed, "business", place)
        account = iban(roll, partner.bank)
        day = first + timedelta(days=roll.randrange(every_days))
        while banking_day(day) < today:
            yield _movement(roll, partner, account, banking_day(day))
            day += timedelta(days=max(1, every_days + roll.randrange(-1, 2)))
    yield from _friends(seed, first, today)
    yield from _returns(seed, first, today)


def _movement(roll: Dice, partner: Partner, account: str, day: date) -> Movement:
    cents = roll.randrange(partner.least, partner.most + 1)
    is_incoming = partner.booking is TRANSFER_IN
    is_fee = partner.booking is FEES_OUT
    text = partner.text.format(
        code=f"{roll.randrange(16**7):07X}",
        digits=f"{roll.randrange(10**6):06d}",
        month=f"{day:%m.%Y}",
        day=f"{day:%d.%m.%Y}",
        count=roll.randrange(90, 400),
    )
    return Movement(
        booked_on=day,
        amount=Amount(cents if is_incoming else -cents, "EUR"),
        booking=partner.booking,
        disturbance=Disturbance.UNRELATED if is_incoming else Disturbance.OUTGOING,
        counterparty=None if is_fee else partner.name,
        iban=None if is_fee else account,
        bic=None if is_fee else partner.bank.bic,
        remittance=text,
        end_to_end_id=f"{roll.randrange(10**10):010d}" if partner.creditor else None,
        mandate_id=f"{partner.creditor}-{int(account[-5:]):06d}" if partner.creditor else None,
        creditor_id=_creditor_id(partner.creditor, account) if partner.creditor else None,
    )


def _friends(seed: int, first: date, today: date) -> Iterator[Movement]:
    """Private people whose transfers look like a customer's and are for something else."""
    roll = dice(seed, "friends")
    strangers = people(seed + 1)
    texts = (
        "Standgebuehr Weihnachtsmarkt",
        "Auslage Kuchen Stricktreff",
        "Danke fuers Mitnehmen",
        "Flohmarkt Garn",
    )
    for day in _days(first, today):
        if roll.happens(8):
            person = next(strangers)
            bank = roll.choice(BANKS[person.country])
            yield Movement(
                booked_on=day,
                amount=Amount(roll.choice((1000, 1500, 2000, 2990, 4990)), "EUR"),
                booking=TRANSFER_IN,
                disturbance=Disturbance.UNRELATED,
                counterparty=as_banks_write(person.name, 70),
                iban=iban(roll, bank),
                bic=bank.bic,
                remittance=roll.choice(texts),
            )


def _returns(seed: int, first: date, today: date) -> Iterator[Movement]:
    """A refund that comes back, and a yarn subscription whose direct debit bounces at a charge."""
    roll = dice(seed, "returns")
    days = list(_days(first, today))
    if len(days) < 12:
        return
    customer, subscriber = "Gisela Thoma", "Norbert Faltin"
    account, other_account = iban(roll, _OTHER), iban(roll, _COMMERCIAL)
    refund = Movement(
        booked_on=days[-10],
        amount=Amount(-2990, "EUR"),
        booking=TRANSFER_OUT,
        disturbance=Disturbance.OUTGOING,
        counterparty=customer,
        iban=account,
        bic=_OTHER.bic,
        remittance="Rueckerstattung Bestellung 100011873",
        end_to_end_id="ZM-REFUND-000117",
    )
    yield refund
    yield Movement(
        booked_on=days[-7],
        amount=-refund.amount,
        booking=TRANSFER_RETURNED,
        disturbance=Disturbance.RETURNED,
        counterparty=customer,
        iban=account,
        bic=_OTHER.bic,
        remittance=refund.remittance,
        end_to_end_id=refund.end_to_end_id,
    )
    collection = Movement(
        booked_on=days[-9],
        amount=Amount(1990, "EUR"),
        booking=COLLECTION_IN,
        disturbance=Disturbance.UNRELATED,
        counterparty=subscriber,
        iban=other_account,
        bic=_COMMERCIAL.bic,
        remittance="Garnabo Monatspaket",
        end_to_end_id="ABO-2291-11",
        mandate_id="ABO-2291",
        creditor_id=_creditor_id("WOL", account),
    )
    yield collection
    charges = Amount(300, "EUR")
    yield Movement(
        booked_on=days[-5],
        amount=-(collection.amount + charges),
        booking=DEBIT_RETURNED,
        disturbance=Disturbance.RETURNED,
        counterparty=subscriber,
        iban=other_account,
        bic=_COMMERCIAL.bic,
        remittance=collection.remittance,
        end_to_end_id=collection.end_to_end_id,
        mandate_id=collection.mandate_id,
        creditor_id=collection.creditor_id,
        charges=charges,
        original_amount=collection.amount,
    )


def _days(first: date, today: date) -> Iterator[date]:
    """The banking days from the first one up to yesterday."""
    day = first
    while day < today:
        if is_banking_day(day):
            yield day
        day += timedelta(days=1)


def _creditor_id(business_code: str, account: str) -> str:
    """A creditor identifier of Germany: the check digits leave the business code out (EPC262-08)."""
    plain = with_check_digits("DE", f"0{account[-10:]}")
    return f"{plain[:4]}{business_code}{plain[4:]}"
