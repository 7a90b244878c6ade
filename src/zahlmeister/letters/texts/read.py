"""Find the text of a letter, and check one that a merchant has written.

A file begins each text with `== kind`; the next line is the subject, the rest the body. Paragraphs are parted by an
empty line. `*so*` is bold, `{so}` a placeholder. A paragraph whose placeholder has nothing to say is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zahlmeister.letters.kinds import ABOUT, BLOCKS, Kind
from zahlmeister.refusals import Refused

#: German to people addressed as Sie and as Du; the others have one form.
LANGUAGES = ("de", "de-du", "en", "fr", "it")
#: Which language stands in where a text does not exist in one.
_INSTEAD = {"de-du": "de", "fr": "en", "it": "en", "en": "de"}
LONGEST_SUBJECT, LONGEST_BODY = 200, 10_000

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_HEADER = re.compile(r"^== (\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a letter before its placeholders are filled in."""

    subject: str
    body: str

    @property
    def paragraphs(self) -> list[str]:
        """The body in paragraphs, none of them empty."""
        return [each.strip() for each in _PARAGRAPHS.split(self.body.replace("\r\n", "\n")) if each.strip()]


def text_of(kind: Kind, language: str) -> tuple[Text, str]:
    """The house's own text of a kind, and the language it is in: the wanted one, or the next that has it."""
    while kind not in texts(language):
        language = _INSTEAD[language]
    return texts(language)[kind], language


def module(name: str, language: str) -> str:
    """A sentence that placeholders use, such as `default_notice`; empty where the language has none."""
    return _parts(language).get(name, Text("", "")).subject


def house_text(name: str, language: str) -> Text:
    """What the house itself writes to the people of a merchant, in `de` or `en`."""
    return _parts(f"house-{language}")[name]


def centre_text(name: str, language: str) -> Text:
    """What customers get from the customer centre, in `de`, `en`, `fr` or `it`."""
    return _parts(f"centre-{language}")[name]


@cache
def texts(language: str) -> Mapping[Kind, Text]:
    """The texts that exist in a language, by kind."""
    return {Kind(name): text for name, text in _parts(language).items() if name in set(Kind)}


def check(kind: Kind, text: Text) -> None:
    """Look at a text that a merchant wrote.

    Raises:
        Refused: one sentence: a placeholder that does not exist and those that do, a block that stands within a
            sentence, no subject or no body, or too long.
    """
    if not text.subject.strip() or not text.paragraphs:
        raise Refused("A letter needs a subject and a text.")
    if len(text.subject) > LONGEST_SUBJECT or len(text.body) > LONGEST_BODY:
        raise Refused(f"A subject has at most {LONGEST_SUBJECT} characters, a text {LONGEST_BODY}.")
    if "\n" in text.subject.strip():
        raise Refused("The subject is one line.")
    _check_names(kind, text)
    for paragraph in [text.subject, *text.paragraphs]:
        named = BLOCKS.intersection(PLACEHOLDER.findall(paragraph))
        if named and paragraph.strip() != f"{{{next(iter(named))}}}":
            raise Refused(f"{{{min(named)}}} is a whole block: it stands alone in a paragraph of its own.")


def _check_names(kind: Kind, text: Text) -> None:
    known = ABOUT[kind].placeholders
    for name in PLACEHOLDER.findall(f"{text.subject}\n{text.body}"):
        if name not in known:
            allowed = ", ".join(f"{{{each}}}" for each in sorted(known))
            raise Refused(f"There is no placeholder {{{name}}} in this letter; there are {allowed}.")
    if re.search(r"[{}]", PLACEHOLDER.sub("", f"{text.subject}{text.body}")):
        raise Refused("A curly bracket is open or closed too much; a placeholder is written {so}.")


@cache
def _parts(language: str) -> Mapping[str, Text]:
    """All parts of a language's file by name, kinds and sentences alike."""
    whole = Path(__file__).with_name(f"{language}.txt").read_text(encoding="utf-8")
    _, *found = _HEADER.split(whole)
    return {name: _text(part) for name, part in zip(found[::2], found[1::2], strict=True)}


def _text(part: str) -> Text:
    subject, _, body = part.strip().partition("\n")
    return Text(subject.strip(), body.strip())
