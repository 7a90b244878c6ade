"""Entries that look alike are read without the parser; nothing of what is read may tell."""

import random
from io import BytesIO
from pathlib import Path

import pytest

from zahlmeister.formats import camt_alike
from zahlmeister.formats.camt_alike import Alike
from zahlmeister.formats.camt_facts import Walk
from zahlmeister.formats.camt_paths import DETAIL as IN_DETAIL
from zahlmeister.formats.camt_paths import ENTRY as IN_ENTRY
from zahlmeister.formats.read import read_stream
from zahlmeister.refusals import Unreadable

CORPUS = [path for path in sorted(Path(__file__).parent.rglob("*.xml")) if b"<Ntry" in path.read_bytes()]

ENTRY = (
    '<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
    "<BookgDt><Dt>2026-11-20</Dt></BookgDt><NtryDtls>{details}</NtryDtls></Ntry>\n"
)
DETAIL = "<TxDtls><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
AROUND = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
    "<BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>\n{entries}</Stmt>"
    "</BkToCstmrStmt></Document>\n"
)


class _Dripping:
    """A file that comes in drops."""

    def __init__(self, content: bytes, drop: int) -> None:
        self._content, self._drop = BytesIO(content), drop

    def read(self, _size: int = -1) -> bytes:
        return self._content.read(self._drop)


def told(content: bytes, drop: int = 1 << 20) -> list[object]:
    """Everything that the file says, and the sentence with which it ends."""
    found: list[object] = []
    try:
        found += read_stream(_Dripping(content, drop), name="day.xml")
    except Unreadable as refusal:
        found.append(str(refusal))
    return found


def as_the_parser_tells(content: bytes) -> list[object]:
    """The same with everything read by the parser."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(camt_alike, "LARGEST", 0)
        return told(content)


def entry(text: str = "Bestellung 17", name: str = "Anna Berger", amount: str = "12.50") -> str:
    return ENTRY.format(amount=amount, details=DETAIL.format(name=name, text=text))


def file(*entries: str) -> bytes:
    return AROUND.format(entries="".join(entries)).encode()


UNUSUAL = {
    "entity": entry("Müller &amp; Sohn &#252;"),
    "greater": entry("a > b"),
    "blank": entry("  "),
    "nothing": entry("").replace("<Ustrd></Ustrd>", "<Ustrd/>"),
    "umlaut": entry("Größe", "Jürgen Weiß"),
    "private letter": entry("\ufb01 \uff21"),
    "no character": entry("a\ufffe"),
    "control character": entry("a\x01b"),
    "not UTF-8": entry("a@b"),
    "two lines": entry("Bestellung\n 17"),
    "carriage return": entry("Bestellung\r\n17"),
    "CDATA": entry(f"<![CDATA[{entry('no entry')}]]>"),
    "comment": f"<!-- {entry('no entry')} -->",
    "instruction": "<?word <Ntry>?>",
    "prefix": entry().replace("<Nm>", '<a:Nm xmlns:a="urn:a">').replace("</Nm>", "</a:Nm>"),
    "unknown prefix": entry().replace("<Nm>", "<a:Nm>").replace("</Nm>", "</a:Nm>"),
    "own namespace": entry().replace("<Ntry>", '<Ntry xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'),
    "attribute with a tag's end": entry().replace("<Nm>", '<Nm of=">">'),
    "attribute twice": entry().replace('Ccy="EUR"', 'Ccy="EUR" Ccy="EUR"'),
    "two details": ENTRY.format(amount="3.00", details=DETAIL.format(name="A", text="1") * 2),
    "other currency": entry().replace("EUR", "CHF"),
    "no amount": entry(amount="12,5o"),
    "tag not closed": entry().replace("</Nm>", ""),
    "entry in an entry": entry(entry("inside")),
    "a detail alone": DETAIL.format(name="A", text="1"),
    "large": entry("x" * 30_000),
    "like a place": '<Ntry at="0"/>',
    "number for a text": entry("1", "0"),
}


@pytest.mark.parametrize("unusual", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_what_is_unusual_is_read_as_the_parser_reads_it(unusual: str) -> None:
    content = file(entry("1"), entry("2"), unusual, entry("3"), unusual, entry("4"), entry("4")).replace(b"@", b"\xff")
    assert told(content) == as_the_parser_tells(content)
    assert told(content, 37) == as_the_parser_tells(content)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_sample_says_the_same(path: Path) -> None:
    content = path.read_bytes()
    assert told(content, 1000) == as_the_parser_tells(content)


def test_a_damaged_file_is_read_as_far_and_refused_with_the_same_sentence() -> None:
    whole = file(*[entry(f"Bestellung {n}", f"Name {n}") for n in range(12)])
    dice = random.Random(7)
    for _ in range(150):
        at, length = dice.randrange(40, len(whole)), dice.randrange(0, 12)
        damaged = (
            whole[:at] + dice.choice([b"", b"<", b">", b"&", b"<!--", b"</Ntry>", b"<Ntry>"]) + whole[at + length :]
        )
        assert told(damaged, dice.choice([17, 400, 5000])) == as_the_parser_tells(damaged)


def test_entries_of_one_form_do_not_reach_the_parser() -> None:
    content = file(*[entry(f"Bestellung {n}") for n in range(50)])
    alike = Alike(BytesIO(content), Walk(IN_ENTRY), Walk(IN_DETAIL))
    left = b"".join(iter(lambda: alike.read(500), b""))
    assert left.count(b"<Ntry at=") == 50
    assert b"Bestellung" not in left
    assert left.count(b"\n") == content.count(b"\n")
