"""What a bank is asked to do, what it asks a person in between, and what came of it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What a person has to do."""

    BANK = "bank"  # choose the bank
    METHOD = "method"  # choose a way to prove who one is
    MEDIUM = "medium"  # choose the device
    ACCOUNTS = "accounts"  # choose the accounts that are to be read
    TAN = "tan"  # type a TAN
    CONFIRM = "confirm"  # confirm in the bank's app; we ask the bank now and then
    PAYEE = "payee"  # send it although the payee's name differs, or do not
    CONSENT = "consent"  # sign in at the bank's own page


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a bank wants from a person.

    Attributes:
        kind: what is to be done.
        text: the bank's words; for the payee a list of its findings in JSON.
        choices: among which to choose.
        picture_type: of the picture to be read with a device, such as image/png.
        picture: that picture, in base64.
        wait: seconds between two looks whether somebody has confirmed.
        tries: how often we may look.
        address: the page to go to.
        is_release: answering it lets a file of transfers out.
    """

    kind: Kind
    text: str = ""
    choices: tuple[Choice, ...] = ()
    picture_type: str = ""
    picture: str = ""
    wait: int = 0
    tries: int = 0
    address: str = ""
    is_release: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """One of our accounts, as the bank names it."""

    iban: str
    bic: str = ""
    number: str = ""
    part: str = ""
    bank_code: str = ""
    currency: str = ""
    name: str = ""

    @property
    def as_told(self) -> tuple[str | None, ...]:
        """The five fields that a FinTS bank knows it by."""
        return (self.iban, self.bic, self.number, self.part or None, self.bank_code)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done: list the accounts (nothing given), fetch statements, or hand in a file of orders.

    `total` is the sum of the file as its bare number, `count` how many orders are in it.
    """

    accounts: tuple[Account, ...] = ()
    since: date | None = None
    pain: bytes = b""
    orderer: Account | None = None
    count: int = 0
    total: Decimal = Decimal(0)
    is_instant: bool = False
    is_debit: bool = False

    @property
    def is_order(self) -> bool:
        return bool(self.pain)


@dataclass(slots=True)
class Told:
    """What came of a turn: a question, or the results.

    Attributes:
        memory: what the next turn must be given; to be sealed wherever it is kept.
        question: what a person must do before it goes on.
        accounts: those there are, when they were asked for.
        statements: the files of each account fetched.
        left: the accounts that are still to be fetched.
        is_ordered: the bank has taken the file of transfers.
        refusal: why it has not, in the bank's words.
        is_strong: somebody has proved with a second factor who they are.
        payee: what the bank found out about the payee of a single transfer: its code, and the name it knows.
    """

    memory: dict[str, str]
    question: Question | None = None
    accounts: tuple[Account, ...] = ()
    statements: list[tuple[Account, tuple[bytes, ...]]] = field(default_factory=list)
    left: tuple[Account, ...] = ()
    is_ordered: bool = False
    refusal: str = ""
    is_strong: bool = False
    payee: tuple[str, str] | None = None
