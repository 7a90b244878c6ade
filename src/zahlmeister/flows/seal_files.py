"""The files of the house, sealed with the newest secret: those of an older one, and those that were never sealed.

Nothing has to stand still: a file is read as it was until the sealed one stands in its place, and whoever dies
meanwhile leaves it as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from zahlmeister.merchants.sealed_file import Damaged, Seal
from zahlmeister.merchants.sealed_storage import SealedStorage, file_store


@dataclass(slots=True)
class Files:
    """What was found.

    Attributes:
        sealed: so many were sealed now; none when they are only looked at.
        older: so many an older secret has sealed.
        unsealed: so many were never sealed.
        lost: a sentence for each that no secret opens, or that is not whole.
    """

    sealed: int = 0
    older: int = 0
    unsealed: int = 0
    lost: list[str] = field(default_factory=list)


def files_anew(*, is_tried: bool) -> Files:
    """Seal with the newest secret every file that it has not sealed, and take away what nobody wrote to its end.

    Args:
        is_tried: only look.
    """
    store, found = file_store(), Files()
    if not is_tried:
        store.sweep()
    for name in store.names():
        seal = store.seal_on(name)
        if seal is None or seal is Seal.NEWEST:
            continue
        found.older += seal is Seal.OLDER
        found.unsealed += seal is Seal.NONE
        try:
            if is_tried:
                store.prove(name)
            else:
                found.sealed += store.seal_anew(name)
        except Damaged as refusal:
            found.older -= seal is Seal.OLDER
            found.lost.append(str(refusal))
    return found


def files_proven(told: Callable[[str], None]) -> int:
    """Read every file to its end, and tell each that is not as it was written.

    Returns:
        How many files were read.
    """
    store, count = file_store(), 0
    for name in store.names():
        count += 1
        if sentence := _fault(store, name):
            told(sentence)
    return count


def _fault(store: SealedStorage, name: str) -> str:
    try:
        store.prove(name)
    except Damaged as refusal:
        return str(refusal)
    return ""
