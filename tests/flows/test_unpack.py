"""An archive that is handed in fills no disk, however small it is and whatever it claims."""

import zipfile
from io import BytesIO

import pytest

from zahlmeister.flows import unpack
from zahlmeister.flows.unpack import Handed, unpacked
from zahlmeister.formats import archive
from zahlmeister.formats.encoding import Readable
from zahlmeister.refusals import Refused


def packed(*contents: bytes) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for number, content in enumerate(contents):
            target.writestr(f"{number}.xml", content)
    return stream.getvalue()


def taken(content: bytes) -> list[bytes]:
    return [one.file.read() for one in unpacked([Handed("march.zip", BytesIO(content))])]


def claiming(content: bytes, size: int) -> bytes:
    """The archive whose last file says that it has so many bytes."""
    data = bytearray(content)
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = size.to_bytes(4, "little")
    return bytes(data)


def read_to_the_end(stream: Readable) -> None:
    while stream.read(1 << 20):
        pass


def test_an_honest_archive_gives_its_files_one_after_the_other() -> None:
    assert taken(packed(b"one" * 10_000, b"two")) == [b"one" * 10_000, b"two"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (packed(*[b"x"] * 501), "more than 500 files"),
        (claiming(packed(b"one", b"two"), (4 << 30) - 2), "or more than 4 GB unpacked"),
        (packed(bytes(9 << 20), bytes(9 << 20)), "would unpack to 18 MB, far more than statements of its size"),
    ],
    ids=["files", "bytes", "ratio"],
)
def test_what_would_fill_the_disk_is_refused_before_any_of_it_lies_there(
    content: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "TemporaryFile", lambda: pytest.fail("something was laid onto the disk"))
    with pytest.raises(Refused, match=sentence):
        taken(content)


def test_files_that_claim_little_and_hold_much_give_no_more_than_they_claimed() -> None:
    with pytest.raises(Refused, match=r"cannot be unpacked: .*damaged"):
        taken(claiming(packed(bytes(1 << 20)), 10))


def test_a_file_that_is_damaged_inside_is_told_in_a_sentence() -> None:
    data = packed(b"one" * 1000).replace(b"0.xml", b"0.xmm", 1)
    with pytest.raises(Refused, match="cannot be unpacked"):
        taken(data)


def test_an_archive_in_an_archive_is_left_to_the_readers_who_count_on() -> None:
    inner = packed(bytes(64 << 20))
    [left] = taken(packed(inner))
    assert left == inner
    [member] = archive.members(BytesIO(left), name="inner.zip")
    with pytest.raises(archive.Unreadable, match="unpacking gives more than 16 MB"):
        read_to_the_end(member.stream)
