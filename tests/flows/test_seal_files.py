"""Files lie sealed on the disk: read from anywhere, refused when they were harmed, sealed anew while they are read."""

import os
import random
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from tests.installation import surroundings
from tests.stage import Paid, Stage, order

from zahlmeister.banking.states import ImportState
from zahlmeister.cli.seal_files import seal_files
from zahlmeister.flows import rotate_key as flow
from zahlmeister.flows.hand_in_statement import hand_in_statement, retry_import
from zahlmeister.flows.seal_files import files_anew
from zahlmeister.merchants.key_file import Keys, keys, made_keys, new_secret, write
from zahlmeister.merchants.sealed_file import Damaged, Seal
from zahlmeister.merchants.sealed_storage import SealedStorage, _alone_with, file_store
from zahlmeister.refusals import Refused

PIECE, TAG, HEAD = 1 << 16, 16, 44
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7)


@pytest.fixture
def store(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SealedStorage:
    """The store of a house with a secret of this test alone."""
    monkeypatch.setattr("zahlmeister.cli.seal_files.open_house", lambda: None)
    settings.HOME = tmp_path
    settings.SECRET_FILE = tmp_path / "secret.key"
    made_keys(settings.SECRET_FILE)
    return file_store()


def some(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def on_disk(store: SealedStorage, name: str) -> Path:
    return Path(store.path(name))


def read(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


# ---- reading and writing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_what_was_saved_is_read_and_nothing_of_it_lies_on_the_disk(store: SealedStorage, size: int) -> None:
    content = some(size)
    name = default_storage.save("statements/1/a.xml", ContentFile(content))
    assert (name, read(name), default_storage.size(name)) == ("statements/1/a.xml", content, size)
    kept = on_disk(store, name).read_bytes()
    assert len(kept) == HEAD + size + TAG * max(1, -(-size // PIECE))
    assert not size > 16 or content[:16] not in kept
    assert kept != on_disk(store, default_storage.save("b", ContentFile(content))).read_bytes()
    assert [path.name for path in on_disk(store, name).parent.iterdir()] == ["a.xml"]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_read_from_anywhere(store: SealedStorage, size: int) -> None:
    content, roll = some(size), random.Random(7)
    name = default_storage.save("a", ContentFile(content))
    with default_storage.open(name) as file:
        for _ in range(40):
            begin, length = roll.randint(0, size), roll.choice((0, 1, 100, PIECE, 2 * PIECE))
            file.seek(begin)
            assert (file.tell(), file.read(length)) == (begin, content[begin : begin + length])
        file.seek(-min(size, 5), os.SEEK_END)
        assert file.read() == content[-5:]
        assert (file.seek(size + 9), file.read(1)) == (size + 9, b"")


def test_two_of_one_name_are_two_files_and_nothing_is_written_over(store: SealedStorage) -> None:
    first, second = (default_storage.save("a.xml", ContentFile(content)) for content in (b"one", b"two"))
    assert first != second
    assert (read(first), read(second)) == (b"one", b"two")
    with pytest.raises(ValueError, match="written once"):
        default_storage.open(first, "wb")
    assert read(first) == b"one"


def test_a_large_file_needs_little_memory(store: SealedStorage) -> None:
    size = 48 << 20

    class Endless(File):  # type: ignore[type-arg]
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            return (bytes(PIECE) for _ in range(size // PIECE))

    tracemalloc.start()
    name = default_storage.save("large", Endless(None))
    with default_storage.open(name) as file:
        count = sum(len(piece) for piece in iter(lambda: file.read(100_000), b""))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == size
    assert peak < size // 16


# ---- harmed files --------------------------------------------------------------------------------------------------


ONE = PIECE + TAG
HARMS: dict[str, Callable[[bytes], bytes]] = {
    "cut at a piece": lambda kept: kept[: HEAD + 2 * ONE],
    "cut in a piece": lambda kept: kept[:-5],
    "cut in the head": lambda kept: kept[:30],
    "cut in the first sign": lambda kept: kept[:5],
    "emptied": lambda kept: b"",
    "longer": lambda kept: kept + b"!",
    "a sign of the first piece": lambda kept: other_at(kept, 100),
    "a sign of the last piece": lambda kept: other_at(kept, len(kept) - 20),
    "chance of the head": lambda kept: other_at(kept, 20),
    "pieces exchanged": lambda kept: kept[:HEAD] + kept[HEAD + ONE : HEAD + 2 * ONE] + kept[HEAD:][:ONE]
    + kept[HEAD + 2 * ONE :],
    "a piece left out": lambda kept: kept[:HEAD] + kept[HEAD + ONE :],
}  # fmt: skip


def other_at(kept: bytes, place: int) -> bytes:
    return kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :]


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_file_is_refused_in_a_sentence(store: SealedStorage, harm: str) -> None:
    name = default_storage.save("lists/1/a.csv", ContentFile(some(3 * PIECE + 7)))
    path = on_disk(store, name)
    path.write_bytes(HARMS[harm](path.read_bytes()))
    with pytest.raises(Damaged, match=r"^“lists/1/a.csv” was changed or cut in the file store; put it back"):
        read(name)
    done = CliRunner().invoke(seal_files, ["--check"])
    assert (done.exit_code, "“lists/1/a.csv” was changed or cut" in done.output) == (1, True)


def test_what_comes_before_a_changed_piece_is_true_and_nothing_of_it_is_given_out(store: SealedStorage) -> None:
    content = some(3 * PIECE)
    name = default_storage.save("a", ContentFile(content))
    path = on_disk(store, name)
    path.write_bytes(other_at(path.read_bytes(), HEAD + ONE + 9))
    with default_storage.open(name) as file:
        assert file.read(PIECE) == content[:PIECE]
        with pytest.raises(Damaged):
            file.read(1)


def test_a_file_in_the_place_of_another_is_refused(store: SealedStorage) -> None:
    mine, yours = (default_storage.save(f"payment-files/{n}/a.xml", ContentFile(b"to %d" % n)) for n in (1, 2))
    on_disk(store, mine).write_bytes(on_disk(store, yours).read_bytes())
    with pytest.raises(Damaged):
        read(mine)
    assert read(yours) == b"to 2"


def test_a_strange_secret_is_said(store: SealedStorage, settings: Any) -> None:
    name = default_storage.save("a", ContentFile(b"one"))
    write(settings.SECRET_FILE, Keys((new_secret(),)))
    with pytest.raises(Damaged, match=r"sealed with another secret\.key; put that file back"):
        read(name)
    assert store.seal_on(name) is Seal.STRANGE


def test_an_import_whose_file_was_harmed_stops_with_a_sentence_and_goes_on_when_it_is_back(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98", "Anna Weber"))
    whole = stage.statement(Paid(2498, "100012345"))
    work = hand_in_statement(stage.merchant, BytesIO(whole), "bank.xml", by="b", at=stage.now).statement_import
    path = on_disk(file_store(), work.path)
    kept = path.read_bytes()
    path.write_bytes(kept[:-1])
    stopped = stage.receive(whole)
    assert (stopped.state, "was changed or cut in the file store" in stopped.error) == (ImportState.BROKEN, True)
    assert stage.payments() == []
    path.write_bytes(kept)
    retry_import(stopped, by="brigitte", at=stage.now)
    assert stage.receive(whole).state == ImportState.DONE
    assert stage.item("100012345").open_minor == 0


# ---- files from before, another secret -----------------------------------------------------------------------------


def test_files_from_before_the_seal_are_read_and_sealed_by_the_command(store: SealedStorage) -> None:
    before = {"a.xml": b"<Document/>", "b/c.pdf": b"%PDF", "b/d.csv": some(2 * PIECE)}
    for name, content in before.items():
        on_disk(store, name).parent.mkdir(parents=True, exist_ok=True)
        on_disk(store, name).write_bytes(content)
    assert {name: read(name) for name in before} == before
    assert CliRunner().invoke(seal_files, ["--check"]).output == "3 files open.\n"
    assert {store.seal_on(name) for name in before} == {Seal.NONE}

    with default_storage.open("b/d.csv") as reading:
        first = reading.read(10)
        assert CliRunner().invoke(seal_files).output == "3 files were sealed.\n"
        assert first + reading.read() == before["b/d.csv"]
    assert {name: read(name) for name in before} == before
    assert {store.seal_on(name) for name in before} == {Seal.NEWEST}
    assert all(content not in on_disk(store, name).read_bytes() for name, content in before.items())
    assert CliRunner().invoke(seal_files).output == "0 files were sealed.\n"


def test_another_secret_seals_files_anew(store: SealedStorage, settings: Any) -> None:
    names = [default_storage.save(f"{n}", ContentFile(some(n))) for n in (5, PIECE + 5)]
    an_hour_ago(settings.SECRET_FILE)
    write(settings.SECRET_FILE, Keys((new_secret(), *keys(settings.SECRET_FILE).used)))
    assert [read(name) for name in names] == [some(5), some(PIECE + 5)]
    assert files_anew(is_tried=True).older == 2
    assert {store.seal_on(name) for name in names} == {Seal.OLDER}
    assert (files_anew(is_tried=False).sealed, files_anew(is_tried=False).sealed) == (2, 0)
    write(settings.SECRET_FILE, Keys(keys(settings.SECRET_FILE).used[:1]))
    assert [read(name) for name in names] == [some(5), some(PIECE + 5)]


@pytest.mark.django_db(transaction=True)
def test_the_old_secret_is_not_let_go_while_a_file_needs_it(store: SealedStorage, settings: Any, stage: Stage) -> None:
    file = settings.SECRET_FILE
    name = default_storage.save("a", ContentFile(b"one"))
    broken = default_storage.save("b", ContentFile(b"two"))
    on_disk(store, broken).write_bytes(on_disk(store, broken).read_bytes()[:-1])  # what is lost keeps nobody
    before = on_disk(store, name).read_bytes()
    flow.begin(file)
    assert flow.seal_anew().lost == 1
    on_disk(store, name).write_bytes(before)  # somebody puts a file back from a copy
    an_hour_ago(file)
    with pytest.raises(Refused, match="1 values are still sealed with an older secret"):
        flow.finish(file, at=stage.now)
    flow.seal_anew()
    flow.finish(file, at=stage.now)
    assert (read(name), len(keys(file).used)) == (b"one", 1)


def an_hour_ago(file: Path) -> None:
    os.utime(file, (0, 0))


# ---- who dies, and who takes away ----------------------------------------------------------------------------------

_WRITES = """
import sys, django; django.setup()
from django.core.files.base import ContentFile
from zahlmeister.merchants.sealed_storage import file_store
class Slow(ContentFile):
    def chunks(self, chunk_size=None):
        for _ in range(8):
            yield bytes(1 << 16)
        print("half", flush=True)
        sys.stdin.read()
store = file_store()
if sys.argv[1] == "save":
    store.save("statements/1/a.xml", Slow(b""))
else:
    import zahlmeister.merchants.sealed_storage as place
    place.File = lambda file: Slow(b"")
    store.seal_anew("statements/1/a.xml")
"""


@pytest.mark.parametrize("what", ["save", "seal"])
def test_who_is_killed_while_writing_leaves_no_half_file(tmp_path: Path, what: str) -> None:
    home = tmp_path / "house"
    place = home / "files/statements/1"
    place.mkdir(parents=True)
    before = {"a.xml": b"<Document/>"} if what == "seal" else {}
    for name, content in before.items():
        (place / name).write_bytes(content)
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITES, what],
        env=surroundings(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"half\n"
    store = SealedStorage(location=home / "files")
    assert store.sweep() == 0  # somebody is writing it
    assert [name.rpartition("/")[2] for name in store.names()] == list(before)
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert len(list(place.iterdir())) == len(before) + 1
    assert {path.name: path.read_bytes() for path in map(place.joinpath, before)} == before
    assert (store.sweep(), store.sweep()) == (1, 0)
    assert [path.name for path in place.iterdir()] == list(before)


def test_who_takes_a_file_away_waits_for_its_seal_and_it_stays_away(store: SealedStorage) -> None:
    name = default_storage.save("a", ContentFile(b"one"))
    path = on_disk(store, name)
    with _alone_with(path) as is_still_it:
        taking = threading.Thread(target=default_storage.delete, args=(name,))
        taking.start()
        taking.join(0.2)
        assert (is_still_it, path.exists()) == (True, True)
        other = path.with_name("other")
        other.write_bytes(path.read_bytes())
        other.replace(path)  # as whoever seals it anew does
    taking.join(10)
    assert not path.exists()
    assert not store.seal_anew(name)
    default_storage.delete(name)
    assert not path.exists()
