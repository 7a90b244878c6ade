"""What stands on a page is written for people: no state's code, no machine's time, no `None`, no count of bytes."""

import re
from html.parser import HTMLParser

import pytest
from tests.office.conftest import fill, signed_in
from tests.office.test_access import PAGES, WRITES, addresses
from tests.stage import Stage

from zahlmeister.merchants.models import Merchant, Person

#: Written for programs, or typed by people as it is: examples, files, addresses, what one copies.
FOR_MACHINES = {"script", "style", "code", "pre", "kbd", "samp", "textarea", "template", "title"}
#: Names that somebody else's machine wants typed just so.
THEIR_NAMES = re.compile(r"postag_b|dpag_economy")
MACHINE_WORDS = {
    "a code": re.compile(r"(?<![\w@/.\-\[])[a-z]+(?:_[a-z0-9]+)+(?![\w@/\]])"),
    "a machine's day": re.compile(r"(?<![\w/.\-])\d{4}-(?:\d\d-\d\d|W\d\d)(?![\w.\-])"),
    "a machine's time": re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d"),
    "nothing, as a program says it": re.compile(r"(?:^|[:=(·] ?)(?:None|null|nan|True|False)(?=$|[,.;)])"),
    "a program's insides": re.compile(r"<[A-Z]\w+ object|\{['\"]\w+['\"]:|datetime\.|Decimal\(|%\(\w+\)s|\{\{|\{%"),
    "bytes": re.compile(r"\d[\d.,]{5,}\s*[Bb]ytes?\b"),
}


class Visible(HTMLParser):
    """Collects what is read on a page, without what is written for machines."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FOR_MACHINES:
            self.hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and self.hidden[-1] == tag:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.texts.append(" ".join(data.split()))


def machine_words(page: str) -> list[str]:
    """What on this page only a program reads easily, each with the text it stands in."""
    visible = Visible()
    visible.feed(page)
    return [
        f"{name}: {found[0]!r} in {text[:120]!r}"
        for text in visible.texts
        for name, pattern in MACHINE_WORDS.items()
        if (found := pattern.search(THEIR_NAMES.sub("", text)))
    ]


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_page_speaks_as_machines_do(stage: Stage, brigitte: Person, language: str) -> None:
    fill(stage)
    Merchant.objects.update(is_operator=False)
    Merchant.objects.filter(pk=stage.merchant.pk).update(is_operator=True)
    client = signed_in(brigitte, language)
    found: dict[str, str] = {}
    seen = 0
    for address in addresses(stage, [page for page in PAGES if page.name not in WRITES]).values():
        answer = client.get(address)
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        seen += 1
        for word in machine_words(answer.content.decode()):
            found.setdefault(word, address)
    assert seen > 100
    assert not found, "\n".join(f"{address}: {word}" for word, address in found.items())
