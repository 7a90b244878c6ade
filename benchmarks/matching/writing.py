"""How a customer writes down the number of the order: well, torn apart, shortened, wrong, or not at all."""

import re
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
    place = random.choice(places)
    return in_words(random, number[:place] + number[place + 1] + number[place] + number[place + 2 :])


def look_alike(random: Random, number: str) -> str:
    if "0" in number and random.random() < 0.8:
        return in_words(random, number.replace("0", "O", random.choice((1, 2, 9))))
    return in_words(random, number.replace("1", "l", 1))


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
