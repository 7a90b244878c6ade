"""Money that is for no order: providers, tax, suppliers, private people; and texts that were made to hurt."""

from random import Random

from benchmarks.matching.bank import some_bank
from benchmarks.matching.case import NOTHING, Answer, Case
from benchmarks.matching.orders import TODAY, Order
from benchmarks.matching.people import given_name, iban, surname
from benchmarks.matching.transfers import Transfers, ids
from zahlmeister.matching.facts import Payment

#: Kind, payer, text. `{n}` and `{m}` are numbers of theirs.
_UNRELATED = (
    ("provider", "PayPal Europe S.a.r.l. et Cie S.C.A", "PP.{m}.PP ABBUCHUNG VOM PAYPAL-KONTO AWV-MELDEPFLICHT"),
    ("provider", "Stripe Technology Europe Ltd", "STRIPE PAYOUT {n}"),
    ("provider", "Klarna Bank AB", "KLARNA SETTLEMENT {n}"),
    ("provider", "Amazon Payments Europe S.C.A.", "AMZN {n} Auszahlung"),
    ("provider", "VR Payment GmbH", "KARTENUMSATZ {n} TERMINAL {m}"),
    ("tax", "Finanzamt Göttingen", "UST ERSTATTUNG 3.VJ 2026 STNR 20/{n}"),
    ("tax", "Stadtkasse Coburg", "Gewerbesteuer Erstattung Kassenzeichen {n}"),
    ("supplier", "Großhandel Nord GmbH", "Gutschrift Retoure {m}"),
    ("supplier", "Papier Union GmbH", "Erstattung Rechnung {m}"),
    ("supplier", "Telekom Deutschland GmbH", "Gutschrift Kundenkonto {n}"),
    ("supplier", "Verpackung Huber KG", "Ueberzahlung zurueck RG {m} KD {n}"),
    ("insurance", "Techniker Krankenkasse", "ERSTATTUNG AAG {n}"),
    ("insurance", "Allianz Versicherungs-AG", "SCHADEN {n}"),
    ("carrier", "DHL Paket GmbH", "NACHNAHME SENDUNG {n}"),
    ("rent", "someone", "Miete November"),
    ("wages", "Stadtwerke Musterstadt", "LOHN/GEHALT 11/2026 PERSNR {m}"),
    ("deposit", "someone", "Privateinlage"),
    ("deposit", "Brigitte Beispiel", "Umbuchung vom Sparkonto"),
    ("deposit", "", "SB-EINZAHLUNG KASSE {m}"),
    ("private", "someone", "Rückzahlung"),
    ("private", "someone", "Kaution {m}"),
    ("private", "someone", "danke"),
)  # fmt: skip
#: Who may quote a number of ours without being a customer.
_MAY_QUOTE = {"provider", "tax", "supplier", "insurance", "wages"}


def unrelated(desk: Transfers) -> list[Case]:
    """Money for no order; a quarter has an open order's amount, some quote numbers like ours, or of ours.

    Not told: a private payer with the name and the amount of an open order. That would be a payment for it.
    """
    random = desk.random
    kind, payer, text = random.choice(_UNRELATED)
    minor = random.choice(desk.world.open).item.open_minor if random.random() < 0.25 else _some_amount(random)
    quoted, category, names = _quoted(desk, kind, minor)
    text = f"{text.format(n=random.randrange(10**6, 10**9), m=random.randrange(1000, 99999))}{quoted}"
    if payer == "someone":
        payer = f"{given_name(random, woman=random.random() < 0.5)} {surname(random)}"
        if desk.knowledge.owes(payer, minor):
            return []
    payment = _payment(random, payer, text, minor)
    return [Case(payment, NOTHING, is_assignable=False, category=category, names=names, tags=(f"money of {kind}",))]


def _quoted(desk: Transfers, kind: str, minor: int) -> tuple[str, str, Answer]:
    """A number of ours in the text, what the case is called, and the order it speaks of."""
    random, at = desk.random, desk.random.random()
    if at < 0.25:
        closed = random.choice(desk.world.closed)
        return f" {closed.item.number}", "unrelated, closed number", ids(closed)
    order: Order = random.choice(desk.world.open)
    if at < 0.4 and kind in _MAY_QUOTE and order.item.open_minor != minor:
        return f" {order.item.number}", "unrelated, open number", ids(order)
    if at < 0.45:
        digits = "".join(filter(str.isdigit, order.item.number))
        return (
            f" {random.randrange(100, 999)}{digits}{random.randrange(100, 999)}",
            "unrelated, number inside digits",
            NOTHING,
        )
    return "", "unrelated", NOTHING


def _some_amount(random: Random) -> int:
    return random.randrange(500, 400_000)


def _payment(random: Random, payer: str, text: str, minor: int) -> Payment:
    bank = some_bank(random)
    said = bank.text(text)
    code = "153" if text.startswith("LOHN") and random.random() < 0.5 else random.choice(("166", "166", "168", None))
    return Payment(
        minor, "EUR", TODAY, bank.name(payer) or None, None, iban(random, "DE") if payer else None, said.text,
        said.pieces, end_to_end_id=bank.end_to_end, bank_code=code,
    )  # fmt: skip


def hostile(desk: Transfers) -> list[Case]:
    """Five hundred numbers, ten thousand characters, control and right-to-left characters, huge amounts."""
    random = desk.random
    numbers = [random.choice(desk.world.open).item.number for _ in range(500)]
    name = random.choice(desk.world.open).customer.name
    text, minor = random.choice(
        (
            (" ".join(numbers), _some_amount(random)),
            ("9" * 10_000, _some_amount(random)),
            ("Bestellung \u202e" + "".join(reversed(numbers[0])) + "\u202c \u0007\u0000\ufeff", _some_amount(random)),
            ("".join(f"{letter}\u0308\u0301" for letter in "bestellung danke") * 40, _some_amount(random)),
            (numbers[0], 10**15),
        )
    )
    payment = Payment(minor, "EUR", TODAY, name, None, iban(random, "DE"), text, ())
    return [Case(payment, NOTHING, is_assignable=False, category="hostile", names=NOTHING)]
