"""Fill in a text: from words and facts to a letter, which mail, page and paper then show each in its way."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from zahlmeister.formats.payment_codes.picture import Picture
from zahlmeister.letters.kinds import BLOCKS
from zahlmeister.letters.texts.read import PLACEHOLDER, Text

_BOLD = re.compile(r"\*([^*\n]+)\*")
_BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one weight."""

    words: str
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words that belong together."""

    runs: tuple[Run, ...]

    @property
    def words(self) -> str:
        return "".join(run.words for run in self.runs)


@dataclass(frozen=True, slots=True)
class Details:
    """What a payer types, each value with its name, and the code to scan instead."""

    rows: tuple[tuple[str, str], ...]
    code: Picture | None = None
    hint: str = ""  # what to do with the code


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts that add up, the last of them the sum."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """The way to a page."""

    label: str
    address: str


Block = Paragraph | Details | Sums | Link


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody reads, in one language."""

    language: str
    subject: str
    blocks: tuple[Block, ...]


def compose(text: Text, values: Mapping[str, str | Block], *, language: str) -> Letter:
    """Fill in a text. Values are put in as they are: nothing in them is read as a placeholder or as bold.

    Args:
        text: a text that `check` let pass.
        values: by placeholder. A paragraph that names one without a value, or with an empty one, is left out.
        language: the text's.
    """
    subject = _BLANKS.sub(" ", _filled(text.subject, values)).strip()
    blocks = tuple(block for paragraph in text.paragraphs for block in _blocks(paragraph, values))
    return Letter(language, subject, blocks)


def with_notice(letter: Letter, words: str) -> Letter:
    """A letter with what its reader has to be told whoever wrote its text: behind how to pay, or else at its end.

    Args:
        letter: as its text has it.
        words: empty when there is nothing to tell.
    """
    if not words:
        return letter
    places = [place for place, block in enumerate(letter.blocks, 1) if isinstance(block, Details)]
    place = places[0] if places else len(letter.blocks)
    told = Paragraph((Run(words),))
    return replace(letter, blocks=(*letter.blocks[:place], told, *letter.blocks[place:]))


def _blocks(paragraph: str, values: Mapping[str, str | Block]) -> Iterator[Block]:
    names = PLACEHOLDER.findall(paragraph)
    if not all(values.get(name) for name in names):
        return
    if len(names) == 1 and names[0] in BLOCKS:
        value = values[names[0]]
        yield value if not isinstance(value, str) else Paragraph((Run(value),))
    else:
        yield Paragraph(tuple(_runs(paragraph, values)))


def _runs(paragraph: str, values: Mapping[str, str | Block]) -> Iterator[Run]:
    """Bold is read off the text before anything is filled in: a star in a name is a star."""
    for index, part in enumerate(_BOLD.split(paragraph)):
        if part:
            yield Run(_filled(part, values), is_bold=index % 2 == 1)


def _filled(part: str, values: Mapping[str, str | Block]) -> str:
    return PLACEHOLDER.sub(lambda found: str(values.get(found[1]) or ""), part)
