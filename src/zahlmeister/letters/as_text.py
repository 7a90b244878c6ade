"""A letter as plain text, for mail programs without HTML and for whoever reads aloud."""

import textwrap

from zahlmeister.letters.compose import Block, Details, Letter, Link, Paragraph, Sums
from zahlmeister.letters.look import Look

_WIDTH = 76


def as_text(letter: Letter, look: Look) -> str:
    """The letter in lines of at most 76 characters; addresses are never broken."""
    parts = [_shown(block) for block in letter.blocks]
    if look.imprint.strip():
        parts.append(f"-- \n{look.imprint.strip()}")
    return "\n\n".join(parts) + "\n"


def _shown(block: Block) -> str:
    match block:
        case Paragraph():
            return "\n".join(_wrapped(line) for line in block.words.split("\n"))
        case Details(rows) | Sums(rows):
            width = max(len(label) for label, _ in rows) + 2
            return "\n".join(f"{label + ':':<{width}}{value}" for label, value in rows)
        case Link(label, address):
            return f"{label}:\n{address}"


def _wrapped(line: str) -> str:
    return "\n".join(textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False))
