"""The words the sandbox is made of: names, streets, towns with their own postcodes, and banks."""

from dataclasses import dataclass
from enum import StrEnum


class Country(StrEnum):
    """Where the shop delivers to."""

    GERMANY = "DE"
    AUSTRIA = "AT"
    SWITZERLAND = "CH"


class Origin(StrEnum):
    """Whose names somebody bears."""

    GERMAN = "german"
    ALPINE = "alpine"
    TURKISH = "turkish"
    SLAVIC = "slavic"
    ITALIAN = "italian"
    GREEK = "greek"


@dataclass(frozen=True, slots=True)
class Bank:
    """A payer's bank. The codes are public; the accounts the sandbox opens there are invented."""

    name: str
    bic: str
    country: str
    code: str


def _words(text: str) -> tuple[str, ...]:
    """Words between blanks; an underscore stands for a blank inside a name."""
    return tuple(word.replace("_", " ") for word in text.split())


#: Common names weigh more by standing more than once: Müller says little, Wischnewski says much.
FIRST_NAMES: dict[Origin, tuple[str, ...]] = {
    Origin.GERMAN: _words(
        "Anna Petra Sabine Ursula Monika Claudia Birgit Heike Gabriele Karin Andrea Stefanie Julia "
        "Katharina Lena Hannah Renate Jürgen Günther Thomas Michael Stefan Andreas Klaus Bernd Uwe "
        "Jörg Björn Matthias Christian Sören Torsten Annegret Bärbel Käthe Hans-Peter Anne-Marie "
        "Friederike Jutta Dörte"
    ),
    Origin.ALPINE: _words(
        "Maria Elisabeth Christa Urs Reto Beat Heidi Barbara Johann Franz Josef Alois Regula Vreni "
        "Leopold Theresia Sepp Veronika Walter Hansruedi"
    ),
    Origin.TURKISH: _words("Ayşe Fatma Emine Zeynep Elif Mehmet Mustafa Ahmet Hüseyin Gülay Özlem Murat"),
    Origin.SLAVIC: _words(
        "Agnieszka Małgorzata Jelena Svetlana Katarzyna Zuzana Tomasz Piotr Dušan Željko Ivana Milan Olga"
    ),
    Origin.ITALIAN: _words("Giulia Francesca Chiara Paola Marco Giuseppe Luca Salvatore Nicolò"),
    Origin.GREEK: _words("Eleni Dimitra Kyriaki Georgios Nikolaos Despina"),
}

LAST_NAMES: dict[Origin, tuple[str, ...]] = {
    Origin.GERMAN: _words(
        "Müller Müller Müller Schmidt Schmidt Schmidt Schneider Schneider Fischer Fischer Weber Weber "
        "Meyer Meyer Maier Meier Mayer Wagner Becker Schulz Hoffmann Hofmann Schäfer Koch Bauer "
        "Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hartmann Lange Werner "
        "Krause Lehmann Köhler König Huber Kaiser Fuchs Peters Scholz Möller Weiß Jung Hahn Vogel "
        "Friedrich Günther Berger Winkler Roth Beck Lorenz Baumann Böhm Groß Wischnewski Knüppelholz "
        "Schmidt-Rottluff Müller-Lüdenscheidt Heßling Übelacker Jäger Graf-Löwenstein Buchsbaum "
        "Sommerfeld"
    ),
    Origin.ALPINE: _words(
        "Gruber Huber Bauer Wagner Pichler Moser Steiner Hofer Egger Rüegg Zürcher Gerber Bünzli "
        "Ammann Brunner Frei Keller Schwarzenegger Zumthor Hürlimann"
    ),
    Origin.TURKISH: _words("Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Özdemir Doğan Güneş"),
    Origin.SLAVIC: _words(
        "Nowak Kowalska Wójcik Jovanović Petrović Horvat Novotný Dvořák Kovačević Ivanova Szymańska Brzęczyszczykiewicz"
    ),
    Origin.ITALIAN: _words("Rossi Russo Ferrari Esposito D'Angelo Di_Stefano-Conte Lo_Bianco Colombo"),
    Origin.GREEK: _words("Papadopoulos Papadopoulou Georgiou Konstantinidis Karagiannis"),
}

ORIGINS: dict[Country, dict[Origin, int]] = {
    Country.GERMANY: {
        Origin.GERMAN: 74,
        Origin.TURKISH: 9,
        Origin.SLAVIC: 9,
        Origin.ITALIAN: 4,
        Origin.GREEK: 2,
        Origin.ALPINE: 2,
    },
    Country.AUSTRIA: {Origin.ALPINE: 62, Origin.GERMAN: 20, Origin.SLAVIC: 12, Origin.TURKISH: 6},
    Country.SWITZERLAND: {Origin.ALPINE: 60, Origin.GERMAN: 16, Origin.ITALIAN: 16, Origin.SLAVIC: 8},
}

STREETS: dict[Country, tuple[str, ...]] = {
    Country.GERMANY: _words(
        "Hauptstraße Bahnhofstraße Schulstraße Gartenweg Lindenallee Dorfstraße Birkenweg "
        "Goethestraße Mühlenweg Kirchgasse Rosenstraße Feldweg Bergstraße Königsallee"
    ),
    Country.AUSTRIA: _words("Hauptplatz Landstraße Schloßgasse Kirchengasse Wiener-Straße Lindengasse"),
    Country.SWITZERLAND: _words("Bahnhofstrasse Dorfstrasse Seestrasse Kirchweg Rütistrasse Oberdorfgasse"),
}

TOWNS: dict[Country, tuple[tuple[str, str], ...]] = {
    Country.GERMANY: (
        ("10115", "Berlin"),
        ("10437", "Berlin"),
        ("12043", "Berlin"),
        ("20095", "Hamburg"),
        ("22765", "Hamburg"),
        ("80331", "München"),
        ("81667", "München"),
        ("50667", "Köln"),
        ("50823", "Köln"),
        ("60311", "Frankfurt am Main"),
        ("70173", "Stuttgart"),
        ("40213", "Düsseldorf"),
        ("44135", "Dortmund"),
        ("45127", "Essen"),
        ("04109", "Leipzig"),
        ("28195", "Bremen"),
        ("01067", "Dresden"),
        ("30159", "Hannover"),
        ("90402", "Nürnberg"),
        ("47051", "Duisburg"),
        ("76133", "Karlsruhe"),
        ("68159", "Mannheim"),
        ("79098", "Freiburg im Breisgau"),
        ("48143", "Münster"),
        ("86150", "Augsburg"),
        ("24103", "Kiel"),
        ("23552", "Lübeck"),
        ("99084", "Erfurt"),
        ("55116", "Mainz"),
        ("18055", "Rostock"),
        ("37073", "Göttingen"),
        ("72070", "Tübingen"),
        ("89073", "Ulm"),
        ("97070", "Würzburg"),
        ("93047", "Regensburg"),
        ("78462", "Konstanz"),
        ("02826", "Görlitz"),
        ("26122", "Oldenburg"),
        ("54290", "Trier"),
        ("87435", "Kempten (Allgäu)"),
    ),
    Country.AUSTRIA: (
        ("1010", "Wien"),
        ("1070", "Wien"),
        ("1220", "Wien"),
        ("8010", "Graz"),
        ("4020", "Linz"),
        ("5020", "Salzburg"),
        ("6020", "Innsbruck"),
        ("9020", "Klagenfurt am Wörthersee"),
        ("6900", "Bregenz"),
        ("3100", "St. Pölten"),
    ),
    Country.SWITZERLAND: (
        ("8001", "Zürich"),
        ("8400", "Winterthur"),
        ("3011", "Bern"),
        ("4051", "Basel"),
        ("6003", "Luzern"),
        ("9000", "St. Gallen"),
        ("7000", "Chur"),
        ("6900", "Lugano"),
    ),
}

COMPANY_FORMS: dict[Country, tuple[str, ...]] = {
    Country.GERMANY: (
        "{last} GmbH",
        "Handarbeiten {last} e.K.",
        "{last} & Söhne GmbH & Co. KG",
        "Strickatelier {town}",
        "Physiotherapie {last}",
        "Ingenieurbüro {last} PartG mbB",
        "Kindergarten Sonnenschein {town} e.V.",
    ),
    Country.AUSTRIA: ("{last} GesmbH", "Trachten {last} KG", "Gasthof {last}"),
    Country.SWITZERLAND: ("{last} AG", "Atelier {last} GmbH", "Handarbeitsverein {town}"),
}

BANKS: dict[Country, tuple[Bank, ...]] = {
    Country.GERMANY: (
        Bank("Sparkasse Karlsruhe", "KARSDE66XXX", "DE", "66050101"),
        Bank("Sparkasse Nürnberg", "SSKNDE77XXX", "DE", "76050101"),
        Bank("Sparkasse Dortmund", "DORTDE33XXX", "DE", "44050199"),
        Bank("Volksbank Freiburg", "GENODE61FR1", "DE", "68090000"),
        Bank("GLS Gemeinschaftsbank", "GENODEM1GLS", "DE", "43060967"),
        Bank("ING-DiBa", "INGDDEFFXXX", "DE", "50010517"),
        Bank("Deutsche Kreditbank Berlin", "BYLADEM1001", "DE", "12030000"),
        Bank("Commerzbank", "COBADEFFXXX", "DE", "37040044"),
        Bank("Postbank", "PBNKDEFFXXX", "DE", "10010010"),
        Bank("Deutsche Bank", "DEUTDEFFXXX", "DE", "50070010"),
        Bank("HypoVereinsbank", "HYVEDEMMXXX", "DE", "70020270"),
        Bank("N26 Bank", "NTSBDEB1XXX", "DE", "10011001"),
        Bank("Revolut Bank UAB", "REVOLT21XXX", "LT", "32500"),
    ),
    Country.AUSTRIA: (
        Bank("Erste Bank", "GIBAATWWXXX", "AT", "20111"),
        Bank("Raiffeisenlandesbank Niederösterreich-Wien", "RLNWATWWXXX", "AT", "32000"),
        Bank("BAWAG P.S.K.", "BAWAATWWXXX", "AT", "14000"),
        Bank("Raiffeisen-Landesbank Tirol", "RZTIAT22XXX", "AT", "36000"),
    ),
    Country.SWITZERLAND: (
        Bank("PostFinance AG", "POFICHBEXXX", "CH", "09000"),
        Bank("UBS Switzerland AG", "UBSWCHZH80A", "CH", "00230"),
        Bank("Zürcher Kantonalbank", "ZKBKCHZZ80A", "CH", "00700"),
        Bank("St. Galler Kantonalbank AG", "KBSGCH22XXX", "CH", "00781"),
    ),
}

#: How many digits an account number has behind the bank's code (ISO 13616 structures of DE, AT, CH and LT).
ACCOUNT_DIGITS = {"DE": 10, "AT": 11, "CH": 12, "LT": 11}
