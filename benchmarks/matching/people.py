"""Invented customers: German, Austrian and Swiss names with their usual frequencies, couples and firms."""

from dataclasses import dataclass
from random import Random


def listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURNAMES = listed(
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf "
    "Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier "
    "Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß "
    "Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht "
    "Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel "
    "Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas "
    "Voigt Sauer Arnold Wolff Pfeiffer Gruber Steiner Moser Pichler Egger Bucher Frei Gerber Zürcher Wyss Bühler "
    "Ammann "
    "Brunner "
    "Yılmaz Kaya Demir Çelik Şahin Öztürk Aydın Arslan Doğan Kılıç Nowak Kowalski Wiśniewski Novák Horvat Jovanović "
    "Petrović Nikolić Rossi Ferrari Russo Bianchi Esposito García Silva Santos Nguyen Tran Popescu Ivanov Kovač"
)
_FRONTS = listed(
    "Ober Unter Nieder Hoch Alt Neu Stein Wald Feld Berg Bach Kirch Burg Eich Linden Birn Sonn Winter Roß Lauter"
)
_ENDS = listed(
    "mann bauer meier hofer huber müller berger bacher egger ner ling hold stätter wald feld kamp brink haus hoff "
    "schmidt dorfer reiter leitner"
)
_WOMEN = listed(
    "Anna Maria Petra Sabine Monika Claudia Susanne Andrea Nicole Stefanie Julia Katharina Christina Birgit Ursula "
    "Martina Daniela Sandra Heike Karin Renate Angelika Brigitte Ute Silke Anja Melanie Lena Laura Lea Sophie Emma "
    "Johanna Jana Franziska Elke Gabriele Ingrid Helga Erika Ayşe Fatma Zeynep Mariola Agnieszka Giulia Cora Eva "
    "Christiane Michaela Simone Kerstin Sonja Jessica Vanessa Nadine Tanja Jennifer"
)
_MEN = listed(
    "Peter Michael Thomas Andreas Wolfgang Klaus Jürgen Günter Stefan Christian Uwe Werner Horst Frank Dieter Manfred "
    "Gerhard Bernd Torsten Mathias Helmut Walter Heinz Martin Jörg Rolf Jens Sven Alexander Jan Rainer Holger Markus "
    "Daniel Sebastian Tobias Florian Lukas Leon Paul Jonas Felix Maximilian Mehmet Mustafa Ahmet Piotr Marco Luca Dirk "
    "Karl Hans Josef Christoph Matthias Philipp Simon Marcel Dennis Patrick"
)
_TRADES = listed(
    "Elektrotechnik Bau Immobilien Consulting Gastronomie Handels Metallbau Praxis Autohaus Gartenbau Software "
    "Logistik Malerbetrieb Bäckerei Apotheke Reisen Medien Solar Haustechnik Textil"
)
_FORMS = (*listed("GmbH GmbH GmbH AG KG UG OHG e.K. GbR"), "GmbH & Co. KG", "e.V.")
#: Longer than any field for a name: banks cut them at 27, 35 or 70 characters.
_LONG_FORMS = (
    "Verwaltungs- und Beteiligungsgesellschaft mbH & Co. KG",
    "Gesellschaft für Planung, Vertrieb und Montage mit beschränkter Haftung",
    "Steuerberatungsgesellschaft Partnerschaft mbB",
)
_TITLES = ("Dr. ", "Dr. ", "Prof. Dr. ", "Dipl.-Ing. ", "Mag. ")
_CITIES = {
    "DE": (("Berlin", "10115"), ("Hamburg", "20095"), ("München", "80331"), ("Köln", "50667"), ("Leipzig", "04109"),
           ("Göttingen", "37073")),
    "AT": (("Wien", "1010"), ("Graz", "8010"), ("Linz", "4020"), ("Salzburg", "5020")),
    "CH": (("Zürich", "8001"), ("Bern", "3011"), ("Basel", "4001"), ("Luzern", "6003")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Customer:
    """Who orders. A firm has no given name of its own but somebody who signs."""

    number: int
    given: str
    surname: str
    firm: str | None
    woman: bool
    country: str
    city: str
    postcode: str
    email: str
    iban: str
    title: str = ""
    has_double: bool = False  # somebody of the same name orders, too

    @property
    def name(self) -> str:
        return f"{self.given} {self.surname}"

    @property
    def partner(self) -> str:
        """Whom the customer lives with, where that person is no customer."""
        return given_name(Random(self.number), woman=not self.woman)


def customers(random: Random, count: int, *, start: int = 0) -> list[Customer]:
    """So many customers; about one in fifteen lives with the one before and shares the surname."""
    found: list[Customer] = []
    for number in range(start, start + count):
        related = found[-1] if found and not found[-1].firm and random.random() < 0.065 else None
        found.append(_customer(random, number, related))
    return found


def given_name(random: Random, *, woman: bool) -> str:
    """A given name, common ones more often."""
    names = _WOMEN if woman else _MEN
    return names[min(int(random.expovariate(1 / 22)), len(names) - 1)]


def is_woman(given: str) -> bool:
    """Whether somebody of this given name, the first of several, is a woman here."""
    return given.partition("-")[0] in _WOMEN


def surname(random: Random) -> str:
    """A surname: half common with falling frequency, half rare and composed, some double."""
    kind = random.random()
    if kind < 0.55:
        return _SURNAMES[int(len(_SURNAMES) * random.random() ** 2)]
    if kind < 0.94:
        front, end = random.choice(_FRONTS), random.choice(_ENDS)
        middle = random.choice(("", "", "en", "er", "l", "s"))
        return front + middle + end
    return f"{random.choice(_SURNAMES)}-{random.choice(_SURNAMES)}"


def iban(random: Random, country: str) -> str:
    """An account number with right check digits."""
    length = {"DE": 18, "AT": 16, "CH": 17}[country]
    body = random.randrange(10**length)
    letters = int("".join(str(int(c, 36)) for c in country))
    rest = (body * 10**6 + letters * 100) % 97
    return f"{country}{98 - rest:02d}{body:0{length}d}"


def _customer(random: Random, number: int, related: Customer | None) -> Customer:
    woman = random.random() < 0.5
    country = related.country if related else _country(random)
    city, postcode = (related.city, related.postcode) if related else random.choice(_CITIES[country])
    given = given_name(random, woman=woman)
    if random.random() < 0.06:
        given += random.choice(("-", " ")) + given_name(random, woman=woman)
    family = related.surname if related else surname(random)
    firm = _firm(random, family) if not related and random.random() < 0.13 else None
    email = f"{given[0]}.{family}{number}@example.{country}".lower().replace(" ", "")
    title = random.choice(_TITLES) if random.random() < 0.04 else ""
    return Customer(number, given, family, firm, woman, country, city, postcode, email, iban(random, country), title)


def _country(random: Random) -> str:
    at = random.random()
    return "DE" if at < 0.86 else "AT" if at < 0.95 else "CH"


def _firm(random: Random, family: str) -> str:
    trade, form = random.choice(_TRADES), random.choice(_FORMS)
    style = random.random()
    if style < 0.48:
        return f"{family} {trade} {form}"
    if style < 0.73:
        return f"{family} & {surname(random)} {form}"
    if style < 0.77:
        return f"{family} & {surname(random)} {trade} {random.choice(_LONG_FORMS)}"
    return f"{random.choice(_FRONTS)}{random.choice(_ENDS)} {trade} {form}"
