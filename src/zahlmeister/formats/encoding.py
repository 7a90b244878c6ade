"""From a bank's bytes to text, without believing what the file says of itself.

Files declare UTF-8 and are Windows-1252, declare ISO-8859-1 and are UTF-8, or declare nothing and come from a
DOS program. The order is: strict UTF-8, then what the file declares, then Windows-1252 or code page 850,
whichever gives German letters. Whatever was decided against the declaration is kept as a doubt to be shown
beside the data.
"""

import codecs
import io
from collections.abc import Iterator
from typing import Protocol

from zahlmeister.refusals import Unreadable

CHUNK = 1 << 16
#: No line of any bank format comes near this; a longer one is no text file.
LONGEST_LINE = 1 << 20

#: Encodings a statement may declare; Python knows many more that are none (rot13, zip …).
_EIGHT_BIT = {
    "iso8859-1": "cp1252",  # what calls itself Latin-1 is Windows-1252 in practice, a superset in letters
    "cp1252": "cp1252",
    "iso8859-15": "iso8859-15",
    "iso8859-2": "iso8859-2",
    "cp1250": "cp1250",
    "cp850": "cp850",
    "cp437": "cp437",
}
_UNICODE = {"utf-8", "utf-8-sig", "ascii"}
_WIDE = {"utf-16", "utf-16-le", "utf-16-be"}
_DOS_LETTERS = bytes([0x81, 0x84, 0x8E, 0x94, 0x99, 0x9A, 0xE1])  # ü ä Ä ö Ö Ü ß in code page 850
_WINDOWS_LETTERS = bytes([0xFC, 0xE4, 0xC4, 0xF6, 0xD6, 0xDC, 0xDF, 0xE9, 0xE8, 0xE0])  # and é è à


class Readable(Protocol):
    """Anything one can read bytes from; neither seeking nor closing is asked for."""

    def read(self, size: int = -1, /) -> bytes: ...


class Decoder:
    """Turns chunks of bytes into text and remembers in `doubts` what it had to decide.

    Args:
        declared: the encoding the file claims, or None when the format has no such claim.

    Raises:
        Unreadable: the declared encoding is none we know.
    """

    def __init__(self, declared: str | None = None) -> None:
        self.doubts: list[str] = []
        self._declared = _known(declared) if declared else None
        self._codec: str | None = None  # undecided while only ASCII was seen
        self._rest = b""
        self._wide: codecs.IncrementalDecoder | None = None
        if self._declared in _WIDE:
            self._wide = codecs.getincrementaldecoder(self._declared)(errors="replace")
        self._is_first = True

    def decode(self, chunk: bytes, *, final: bool = False) -> str:
        if self._is_first:
            self._look_at_mark(chunk)
        if self._wide is not None:
            return self._wide.decode(chunk, final)
        data = self._rest + chunk
        self._rest = b""
        if data.isascii():
            return data.decode("ascii")
        if self._codec is None:
            self._codec = self._decide(data)
        if self._codec != "utf-8":
            return data.decode(self._codec, "zahlmeister-latin1")
        if not final:
            cut = _complete(data)
            data, self._rest = data[:cut], data[cut:]
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            self._doubt("Some bytes are not UTF-8 as the rest is; they were read as Windows-1252.")
            return data.decode("utf-8", "zahlmeister-cp1252")

    def as_utf8(self, chunk: bytes, *, final: bool = False) -> bytes:
        """The same as bytes in UTF-8; what is UTF-8 already is checked and passed on."""
        if self._codec == "utf-8" and chunk and not final:
            data = self._rest + chunk
            cut = _complete(data)
            try:
                data[:cut].decode("utf-8")
            except UnicodeDecodeError:
                return self.decode(chunk).encode("utf-8", "replace")
            self._rest = data[cut:]
            return data[:cut]
        return self.decode(chunk, final=final).encode("utf-8", "replace")

    def _look_at_mark(self, chunk: bytes) -> None:
        self._is_first = False
        if chunk[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            self._wide = codecs.getincrementaldecoder("utf-16")(errors="replace")
        elif chunk[:2] == b"<\0" or chunk[:2] == b"\0<":
            name = "utf-16-le" if chunk[:1] == b"<" else "utf-16-be"
            self._wide = codecs.getincrementaldecoder(name)(errors="replace")
        elif self._wide is not None:
            self._wide = None  # declared in one-byte letters, so it cannot be what it declares
            self._declared = None

    def _decide(self, data: bytes) -> str:
        bad, good = _utf8_evidence(data)
        if good >= bad:
            if self._declared in _EIGHT_BIT:
                self._doubt(f"The file says it is {self._declared} but is UTF-8; it was read as UTF-8.")
            return "utf-8"
        if self._declared in _EIGHT_BIT:
            return _EIGHT_BIT[self._declared]
        guess = _eight_bit_guess(data)
        if self._declared in _UNICODE:
            said = "UTF-8" if self._declared != "ascii" else "ASCII"
            self._doubt(f"The file says it is {said} but is not; it was read as {_SPOKEN[guess]}.")
        return guess

    def _doubt(self, sentence: str) -> None:
        if sentence not in self.doubts:
            self.doubts.append(sentence)


class Utf8Stream:
    """A byte stream as UTF-8, whatever it was: for an XML parser that is told so."""

    def __init__(self, stream: Readable, decoder: Decoder) -> None:
        self._stream = stream
        self._decoder = decoder
        self._is_over = False

    def read(self, size: int = -1) -> bytes:
        """About `size` bytes, b"" at the end."""
        while not self._is_over:
            chunk = self._stream.read(CHUNK if size < 0 else size)
            self._is_over = not chunk
            data = self._decoder.as_utf8(chunk, final=not chunk)
            if data:
                return data
        return b""


def lines(stream: Readable, decoder: Decoder, *, name: str) -> Iterator[str]:
    """The lines of a text file without their ends; CR LF, LF and CR all end a line."""
    splitter = io.IncrementalNewlineDecoder(None, translate=True)
    rest = ""
    is_first = True
    while True:
        chunk = stream.read(CHUNK)
        text = splitter.decode(decoder.decode(chunk, final=not chunk), final=not chunk)
        if is_first and text:
            is_first, text = False, text.removeprefix("\ufeff")
        *whole, rest = (rest + text).split("\n")
        yield from whole
        if len(rest) > LONGEST_LINE:
            raise Unreadable(f"{name}: a line of more than a million characters is no bank statement.")
        if not chunk:
            if rest:
                yield rest
            return


def _known(declared: str) -> str:
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        name = ""
    if name in _EIGHT_BIT or name in _UNICODE or name in _WIDE:
        return name
    raise Unreadable(
        f"the file says its characters are “{declared}”, which is no encoding of a bank statement; "
        "ask the bank for UTF-8."
    )


def _complete(data: bytes) -> int:
    """Where to cut so that no multi-byte character is torn."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return len(data)
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if back < needed else len(data)
    return len(data)


def _utf8_evidence(data: bytes) -> tuple[int, int]:
    """How many byte sequences are not UTF-8 and how many are, a torn end left aside."""
    replaced = data[: _complete(data)].decode("utf-8", "replace")
    bad = replaced.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    good = sum(1 for c in replaced if c > "\x7f") - replaced.count("\ufffd")
    return bad, good


def _eight_bit_guess(data: bytes) -> str:
    dos = sum(data.count(byte) for byte in _DOS_LETTERS)
    windows = sum(data.count(byte) for byte in _WINDOWS_LETTERS)
    return "cp850" if dos > windows else "cp1252"


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "zahlmeister-latin1"), error.end


def _as_latin1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("zahlmeister-cp1252", _as_windows)
codecs.register_error("zahlmeister-latin1", _as_latin1)

_SPOKEN = {"cp1252": "Windows-1252", "cp850": "code page 850"}
