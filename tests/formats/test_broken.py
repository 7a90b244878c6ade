"""What is no statement, and archives: refused in a sentence that says what it looks like and what to do."""

import gzip
import io
import zipfile
import zlib

import pytest
from tests.formats.plain import HERE
from tests.formats.reading import entries, problems, records, until_refused

from zahlmeister.formats import archive
from zahlmeister.formats.encoding import Decoder
from zahlmeister.formats.records import Entry, Problem
from zahlmeister.refusals import Unreadable

CAMT = (HERE / "samples" / "camt053-german.xml").read_bytes()
MT940 = (HERE / "samples" / "mt940-german.sta").read_bytes()


def zipped(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            target.writestr(name.replace("__", "."), data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the file is empty"),
        (b" \r\n\xef\xbb\xbf", "the file is empty"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel"),
        (b"<!DOCTYPE html><html><title>Login</title>", "perhaps the bank's login page"),
        (b"<html><body>Anmelden</body></html>", "perhaps the bank's login page"),
        (b"<Document><CstmrCdtTrfInitn/></Document>", "a payment file or payment status report (CstmrCdtTrfInitn)"),
        (b"<?xml version='1.0'?><note/>", "this is XML, but no camt"),
        (b"OFXHEADER:100", "an OFX file"),
        (b"!Type:Bank\nD1", "a QIF file"),
        (b'{"error": "login"}', "looks like JSON"),
        (b"HNHBK:1:3+000000000042", "a FinTS dialogue"),
        (b"\0\1\2\3" * 50, "this is no text"),
        (b"Liebe Kundin,\nanbei der Auszug.", "no statement of a kind we know"),
        (b"PK\x03\x04 cut off", "the ZIP archive is damaged"),
        (b"\x1f\x8b\x08 cut off", "the archive is damaged here"),
    ],
)
def test_what_is_no_statement_is_called_by_its_name(data, what):
    read, sentence = until_refused(data, "scan.dat")

    assert read == []
    assert sentence.startswith("scan.dat: ")
    assert what in sentence


def test_an_archive_gives_the_records_of_all_its_statements():
    data = zipped(march__xml=CAMT, april__sta=MT940)

    assert len(entries(data)) == len(entries(CAMT)) + len(entries(MT940))
    assert records(data)[0].source.file == "file/march.xml"


def test_gzip_is_unpacked():
    assert len(entries(gzip.compress(CAMT))) == len(entries(CAMT))


def test_an_archive_in_an_archive_is_opened_a_third_is_not():
    inner = zipped(march__xml=CAMT)

    assert len(entries(zipped(inner__zip=inner))) == len(entries(CAMT))
    assert "archives within archives" in until_refused(zipped(a__zip=zipped(b__zip=inner)))[1]


def test_a_stranger_in_an_archive_is_passed_over_and_told():
    data = zipped(liesmich__txt=b"Guten Tag", march__xml=CAMT)

    assert len(entries(data)) == len(entries(CAMT))
    assert "file/liesmich.txt: this is no statement" in problems(data)[-1]


def test_a_broken_statement_in_an_archive_does_not_hide_the_others():
    read, sentence = until_refused(zipped(a__xml=CAMT[:-200], b__sta=MT940))

    assert sum(isinstance(record, Entry) for record in read) >= len(entries(MT940)) + 4
    assert sentence.startswith("file/a.xml: the XML is cut off or damaged")


def test_an_archive_without_statement_is_refused():
    assert "the archive holds no statement" in until_refused(zipped(scan__pdf=b"%PDF"))[1]
    assert "the archive holds no statement" in until_refused(zipped(scan__txt=b"Guten Tag"))[1]


def test_an_excel_file_is_told_from_an_archive_of_statements():
    data = zipped(**{"[Content_Types]__xml": b"<x/>", "xl/workbook__xml": b"<x/>"})

    assert "this is an Excel workbook; export CSV, camt or MT940" in until_refused(data)[1]


def test_a_locked_archive_is_refused():
    data = bytearray(zipped(a__xml=CAMT))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1

    assert "locked with a password" in until_refused(bytes(data))[1]


def test_an_archive_that_claims_gigabytes_is_refused_unread(monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", 1 << 30)
    data = bytearray(zipped(a__xml=CAMT))
    claimed = data.index(b"PK\x01\x02") + 24
    data[claimed : claimed + 4] = (3 << 30).to_bytes(4, "little")

    read, sentence = until_refused(bytes(data))

    assert read == []
    assert "file/a.xml: claims to be 3 GB unpacked" in sentence


def test_files_that_lie_over_each_other_are_counted_together(monkeypatch):
    monkeypatch.setattr(archive, "FREE", 1 << 10)
    data = zipped(a__xml=CAMT, b__xml=CAMT)
    directory = data.index(b"PK\x01\x02")
    each = bytearray(data[directory : data.index(b"PK\x01\x02", directory + 4)])
    each[24:28] = (200 * len(data)).to_bytes(4, "little")  # each claims less than the bound, both together more
    doubled = data[:directory] + bytes(each) * 2
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    end[12:16] = (2 * len(each)).to_bytes(4, "little")

    read, sentence = until_refused(doubled + bytes(end))

    assert read == []
    assert "MB together, far more than it can hold" in sentence


@pytest.mark.parametrize("pack", [lambda data: zipped(a__xml=data), gzip.compress], ids=["zip", "gzip"])
def test_a_bomb_is_stopped_long_before_its_end(pack, monkeypatch):
    monkeypatch.setattr(archive, "FREE", 1 << 20)
    head, _, tail = CAMT.partition(b"<!-- Anna pays well -->")
    bomb = pack(head + (b"<!-- " + b" " * 60_000 + b" -->") * 1000 + tail)
    read, sentence = until_refused(bomb)

    assert "unpacking gives more than" in sentence
    assert not any(isinstance(record, Entry) for record in read)


def test_a_damaged_archive_gives_what_stands_before():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as target:
        target.writestr("a.xml", CAMT)
    data = stream.getvalue().replace(b"VORGEMERKT", b"VORGEMERKX")  # its checksum is wrong now

    assert "the archive is damaged here" in until_refused(data)[1]


def test_a_truncated_gzip_is_refused():
    packed = gzip.compress(CAMT)

    assert "damaged" in until_refused(packed[: len(packed) // 2])[1]
    assert zlib.decompress(packed, wbits=31) == CAMT


def test_a_torn_character_at_the_end_of_a_chunk_is_put_together():
    decoder = Decoder()
    whole = "Grüße für 5 € 😀".encode()

    assert "".join(decoder.decode(whole[at : at + 1]) for at in range(len(whole))) + decoder.decode(
        b"", final=True
    ) == ("Grüße für 5 € 😀")
    assert decoder.doubts == []


def test_dos_umlauts_are_told_from_windows_ones():
    assert Decoder().decode("Größe müßte".encode("cp850")) == "Größe müßte"
    assert Decoder().decode("Größe müßte".encode("cp1252")) == "Größe müßte"


def test_an_unknown_declared_encoding_is_refused():
    with pytest.raises(Unreadable, match="no encoding of a bank statement"):
        Decoder("zip")


def test_a_line_without_end_is_refused():
    assert "more than a million characters" in until_refused(b":20:X\n:86:" + b"x" * 2_000_000)[1]


def test_a_problem_names_its_place():
    [first, *_] = [record for record in records(CAMT.replace(b"1075.40", b"1.00")) if isinstance(record, Problem)]

    assert first.sentence.startswith("file, statement 1: The balances do not add up")
    assert (first.source.statement, first.source.entry) == (1, 0)
