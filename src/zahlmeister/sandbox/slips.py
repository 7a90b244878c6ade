"""What people make of a number and a sentence between the shop's mail and the bank's form."""

from zahlmeister.sandbox.chance import Dice
from zahlmeister.sandbox.shop import SandboxOrder

WITH_NUMBER = (
    "{number}",
    "{number}",
    "Bestellung {number}",
    "Bestellung {number}",
    "Bestellnummer {number}",
    "Bestell-Nr. {number} {last}",
    "Best.Nr.: {number}",
    "Order {number} vom {day}",
    "Brigittes Wollstube, Bestellung {number}",
    "Kd.-Nr. {customer} Bestellung {number}",
    "{number} {name}",
    "Vorkasse {number} vielen Dank",
)
WITHOUT_NUMBER = (
    "Wolle",
    "Bestellung",
    "Ihre Bestellung vom {day}",
    "Rechnung",
    "Danke und liebe Gruesse",
    "Brigittes Wollstube",
    "Wolle fuer {name}",
    "{name}",
    "Einkauf {month}",
    "Sockenwolle und Nadeln",
    "",
)
WITH_INVOICE = (
    "{invoice}",
    "Rechnung {invoice}",
    "Rg.-Nr. {invoice} vom {day}",
    "RE {invoice_digits}",
    "Rechnungsnr. {invoice_tail}",
)
WITH_CUSTOMER = (
    "Kundennummer {customer}",
    "Kd-Nr {customer} {last}",
    "KdNr. {customer} Bestellung vom {day}",
)
FOR_SOMEBODY = ("Bestellung {name}", "fuer {name}", "Wolle {name} {day}", "Geschenk fuer {last}")
SEVERAL = (
    "{first_number} und {second_number}",
    "Bestellungen {first_number} + {second_number}",
    "{first_number}, {second_number}",
    "{first_number}/{second_tail}",
    "Best. {first_number} u. {second_number}",
)
GLUES = (
    "Bestellung{number}",
    "BestNr{number}Wolle",
    "Bestellnummer:{number}Vielen Dank",
    "Nr{number}vom{day}",
)


def sentence(roll: Dice, templates: tuple[str, ...], order: SandboxOrder, number: str | None = None) -> str:
    """One of the ways to say it, with this order's facts; `number` when another one is written."""
    invoice = order.invoice_number or ""
    return roll.choice(templates).format(
        number=number or order.number,
        name=order.name,
        last=order.name.partition(" ")[2],
        customer=order.customer_number,
        invoice=invoice,
        invoice_digits="".join(character for character in invoice if character.isdigit()),
        invoice_tail=invoice[-5:].lstrip("0"),
        day=f"{order.date:%d.%m.%Y}",
        month=f"{order.date:%m/%y}",
    )


def mistyped(roll: Dice, number: str) -> str:
    """The number with one slip of the fingers in its last five characters."""
    place = roll.randrange(len(number) - 5, len(number) - 1)
    head, one, two, tail = number[:place], number[place], number[place + 1], number[place + 2 :]
    match roll.weighted({"wrong": 35, "swapped": 25, "missing": 20, "doubled": 10, "letter": 10}):
        case "wrong":
            return head + str((int(one) + roll.randrange(1, 10)) % 10 if one.isdigit() else 7) + two + tail
        case "swapped" if one != two:
            return head + two + one + tail
        case "doubled":
            return head + one + one + two + tail
        case "letter" if "0" in number:
            return number.replace("0", "O", 2)
        case _:
            return head + two + tail


def spaced(roll: Dice, number: str) -> str:
    """The number in groups, as people read it aloud."""
    sign = roll.choice((" ", " ", " ", ".", "-"))
    size = roll.choice((3, 3, 4, 2))
    start = len(number) % size
    groups = [number[:start], *(number[place : place + size] for place in range(start, len(number), size))]
    return sign.join(group for group in groups if group)


def noise(roll: Dice, order: SandboxOrder) -> str:
    """What the payer's own bank writes behind the text, mostly without a blank before it."""
    time = f"{roll.randrange(6, 24):02d}.{roll.randrange(60):02d}"
    return roll.choice(
        (
            f"DATUM {order.date:%d.%m.%Y}, {time} UHR1.TAN {roll.randrange(10**6):06d}",
            f" DATUM {order.date:%d.%m.%Y}, {time} UHR",
            f" TAN {roll.randrange(10**6):06d}",
            f"/{order.date:%y%m%d}{roll.randrange(10**8):08d}",
            " Umbuchung Online-Banking",
        )
    )
