"""Damage as it happens on the way: bytes lost, changed, doubled, cut off, or of another file."""

from collections.abc import Sequence
from random import Random

from zahlmeister.refusals import Refusal

MARKS = (
    b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xd9\xa1", b"\r", b"\n",
    b"\t", b" ", b'"', b"'", b";", b",", b".", b"-", b"+", b"=", b"/", b"//", b"%", b"?", b"?20", b"SVWZ+", b"\n:61:",
    b"\n:86:", b"\n-\n", b"&x;", b"<", b">", b"</", b"<Ntry>", b"<!DOCTYPE x>", b"<![CDATA[", b"]]>", b"{", b"}", b"[",
    b"]", b"null", b"NaN", b"1e999", b"9" * 40, b"-0", b"0x1", b"31.02.2026", b"0000-00-00", b"99999999", b"PK\x03\x04",
    b"\x1f\x8b", b"%PDF-", b"endobj",
)  # fmt: skip


def damaged(whole: Sequence[bytes], chance: Random) -> bytes:
    """One of these files with one to six damages."""
    data = bytearray(chance.choice(whole))
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        until = min(len(data), at + chance.choice((0, 0, 1, 2, 8, 40, 400)))
        data[at:until] = _instead(bytes(data[at:until]), whole, chance)
    return bytes(data)


def _instead(piece: bytes, whole: Sequence[bytes], chance: Random) -> bytes:
    match chance.randrange(6):
        case 0:
            return b""
        case 1:
            return piece * chance.randint(2, 5)
        case 2:
            return chance.randbytes(chance.randint(1, 8))
        case 3:
            other = chance.choice(whole)
            start = chance.randint(0, len(other))
            return other[start : start + chance.randint(1, 200)]
        case _:
            return chance.choice(MARKS)


def complaint(parse: object, data: bytes) -> str:
    """What is wrong with how a parser took this; empty when it was read, or refused in one sentence."""
    try:
        parse(data)  # type: ignore[operator]
    except Refusal as refusal:
        sentence = str(refusal)
        return (
            "" if sentence.strip() and "\n" not in sentence and len(sentence) < 2000 else f"no sentence: {sentence!r}"
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        return f"{type(error).__name__}: {error}"
    return ""
