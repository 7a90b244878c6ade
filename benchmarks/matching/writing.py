"""How a customer writes down the number of the order: well, torn apart, shortened, wrong, or not at all."""

import re
from collections.abc import Sequence
from random import Random

LEADS = (
    "Bestellung {}", "Bestellnr. {}", "Bestell-Nr.: {}", "Bestellnummer {}", "Best.Nr {}", "Auftrag {}",
    "Auftrag Nr. {}",
    "Bestellung{}", "Rechnung {}", "Order {}", "Zahlung zu {}", "Ihre Bestellung {} vom 12.11.2026", "{} vielen Dank",
    "Bestellnummer:{} Danke", "Vorkasse {}", "fuer Bestellung {}", "Onlineshop Bestellung Nr {}", "BESTNR{}", "Nr.{}",
)  # fmt: skip
EMPTY = (
    "", "", "Danke", "Vielen Dank", "Bestellung", "Ihre Lieferung", "Rechnung", "Kauf vom 10.11.2026",
    "Online Bestellung",
    "Ueberweisung", "siehe Bestellung", "Schuhe", "Geschenk für Oma", "Vorkasse",
)  # fmt: skip


#: How a payment reference is written down: how often in a hundred. The check character is what it is for.
REFERENCE_WRITINGS = (
    "exact", "small letters", "blanks", "in words", "glued", "with the number", "wrong character", "swapped characters",
    "in its field",
)  # fmt: skip


def reference(random: Random, text: str, how: str) -> str:
    """Our own payment reference (or a creditor reference) as a customer writes it."""
    match how:
        case "small letters":
            return in_words(random, text.lower())
        case "blanks":
            step = random.choice((2, 3, 4, 4, 5))
            return " ".join(text[i : i + step] for i in range(0, len(text), step))
        case "in words":
            return f"{random.choice(('Referenz', 'Ref.', 'Referenznummer', 'Zahlungsreferenz:', 'Zeichen'))} {text}"
        case "glued":
            return f"{random.choice(('Referenz:', 'Ref.', 'REF-', '/'))}{text}{random.choice(('', '/', '.', ',Danke'))}"
        case "wrong character":
            place = random.randrange(1, len(text))
            other = random.choice([c for c in "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789" if c != text[place]])
            return in_words(random, text[:place] + other + text[place + 1 :])
        case "swapped characters":
            place = random.randrange(1, len(text) - 1)
            return in_words(random, text[:place] + text[place + 1] + text[place] + text[place + 2 :])
        case _:
            return text


def shortly(numbers: Sequence[str]) -> str:
    """Several numbers, the later ones without what they share with the first: `100012345/46`."""
    first, *rest = numbers
    return "/".join((first, *(_without_shared(first, number) for number in rest)))


def without_prefixes(numbers: Sequence[str]) -> list[str]:
    """The last run of digits of each number."""
    return [(re.findall(r"\d+", number) or [number])[-1] for number in numbers]


def _without_shared(first: str, number: str) -> str:
    if len(first) != len(number):
        return number
    same = next((i for i, (a, b) in enumerate(zip(first, number, strict=True)) if a != b), 0)
    return number[min(same, len(number) - 2) :]


def exact(random: Random, number: str) -> str:
    del random
    return number


def in_words(random: Random, number: str) -> str:
    return random.choice(LEADS).format(number)


def torn(random: Random, number: str) -> str:
    """Blanks or other marks inside."""
    if random.random() < 0.4:
        return in_words(random, " ".join(number[i : i + 3] for i in range(0, len(number), 3)))
    if random.random() < 0.5 and re.search(r"[-#]", number):
        return in_words(random, re.sub(r"[-#]", random.choice((" ", "/", ".", "")), number))
    cut = random.randrange(2, max(len(number) - 1, 3))
    return in_words(random, f"{number[:cut]} {number[cut:]}")


def wrong_digit(random: Random, number: str) -> str:
    place = _digit_place(random, number)
    digit = random.choice([d for d in "0123456789" if d != number[place]]) if number[place].isdigit() else "Q"
    return in_words(random, number[:place] + digit + number[place + 1 :])


def swapped(random: Random, number: str) -> str:
    places = [i for i in range(len(number) - 1) if number[i : i + 2].isalnum() and number[i] != number[i + 1]]
    if not places:  # 555555 has no two digits to be swapped
        return wrong_digit(random, number)
    place = random.choice(places)
    return in_words(random, number[:place] + number[place + 1] + number[place] + number[place + 2 :])


def look_alike(random: Random, number: str) -> str:
    if "0" in number and random.random() < 0.8:
        return in_words(random, number.replace("0", "O", random.choice((1, 2, 9))))
    digit, letter = random.choice([pair for pair in ("1l", "1I", "5S", "8B") if pair[0] in number] or ["1l"])
    return in_words(random, number.replace(digit, letter, 1))


def lost_or_doubled(random: Random, number: str) -> str:
    place = _digit_place(random, number)
    return in_words(random, number[:place] + random.choice(("", number[place] * 2)) + number[place + 1 :])


def shortened(random: Random, number: str) -> str:
    """Prefix or year left out; a number that has neither is written in words."""
    digits = re.findall(r"\d+", number)
    if len(digits) > 1:
        return in_words(random, digits[-1])
    if number.startswith("RE-2026"):
        return in_words(random, random.choice((number[3:], number[7:])))
    return in_words(random, digits[0] if digits and len(digits[0]) >= 4 else number)


def zeros_in_front(random: Random, number: str) -> str:
    """Zeros before the digits, as forms of some banks and programs fill them up."""
    place = next((i for i, c in enumerate(number) if c.isdigit()), 0)
    return in_words(random, number[:place] + "0" * random.choice((1, 2, 3)) + number[place:])


def glued(random: Random, number: str) -> str:
    """No blank on either side."""
    return random.choice(("Bestellung{}Danke", "BestNr.{}vielenDank", "Rechnung{}vom", "Bestellnr{}Vorkasse")).format(
        number
    )


def after_others(random: Random, number: str) -> str:
    """Other numbers stand first."""
    first = random.choice(
        (
            f"Kd.Nr. {random.randrange(10**4, 10**5)}", f"Tel 0{random.randrange(150, 180)}{random.randrange(10**7)}",
            f"{random.randrange(1, 29)}.10.2026", f"Art. {random.randrange(1000, 99999)}", "2x 19,90",
            f"RKID:{random.randrange(10**15, 10**16)}",
        )
    )  # fmt: skip
    return f"{first} {in_words(random, number)}"


def empty(random: Random, number: str) -> str:
    del number
    return random.choice(EMPTY)


def other_digits(random: Random, number: str) -> str:
    del number
    return random.choice(
        (
            f"Kauf vom {random.randrange(1, 28)}.10.2026", f"Artikel {random.randrange(1000, 99999)}",
            f"Tel 0{random.randrange(150, 180)} {random.randrange(10**6, 10**7)}",
            f"PLZ {random.randrange(10000, 99999)}",
            f"2 Stueck a {random.randrange(10, 60)},90 EUR", f"Kassenzeichen {random.randrange(10**8, 10**9)}",
        )
    )  # fmt: skip


def _digit_place(random: Random, number: str) -> int:
    places = [i for i, c in enumerate(number) if c.isdigit()]
    return random.choice(places or list(range(len(number))))
