"""The walk over camt elements: the same facts for a shape it knows as for one it meets, and no end of shapes."""

from lxml import etree

from zahlmeister.formats.camt_facts import Walk
from zahlmeister.formats.camt_paths import DETAIL, ENTRY

ENTRY_XML = "<Ntry><Amt Ccy='EUR'>{}</Amt><BookgDt><Dt>2026-11-20</Dt></BookgDt><Sts>{}</Sts></Ntry>"


def entry(amount, status):
    return etree.fromstring(ENTRY_XML.format(amount, status))


def test_a_second_entry_of_the_same_shape_says_its_own_things():
    walk = Walk(ENTRY)
    first, second = walk.facts(entry("1.00", "BOOK")), walk.facts(entry("2.00", "PDNG"))

    assert (first.money["amount"], first.texts["status"]) == (("1.00", "EUR"), "BOOK")
    assert (second.money["amount"], second.texts["status"]) == (("2.00", "EUR"), "PDNG")


def test_the_same_tags_nested_otherwise_are_another_shape():
    """An amount inside an unknown element is no amount of the entry."""
    walk = Walk(ENTRY)
    beside = walk.facts(etree.fromstring("<Ntry><Strange/><Amt Ccy='EUR'>1.00</Amt></Ntry>"))
    inside = walk.facts(etree.fromstring("<Ntry><Strange><Amt Ccy='EUR'>1.00</Amt></Strange></Ntry>"))

    assert beside.money == {"amount": ("1.00", "EUR")}
    assert inside.money == {}


def test_texts_of_one_kind_are_kept_in_order_without_empty_ones():
    xml = "<TxDtls><RmtInf><Ustrd>a</Ustrd><Ustrd> </Ustrd><Ustrd>b</Ustrd></RmtInf></TxDtls>"

    assert Walk(DETAIL).facts(etree.fromstring(xml)).lists == {"unstructured": ["a", "b"]}


def test_only_so_many_shapes_are_remembered():
    walk = Walk(ENTRY)
    for count in range(Walk.REMEMBERED + 50):
        found = walk.facts(etree.fromstring(f"<Ntry>{'<X/>' * count}<Amt Ccy='EUR'>{count}.00</Amt></Ntry>"))
        assert found.money == {"amount": (f"{count}.00", "EUR")}

    assert len(walk._known) == Walk.REMEMBERED
