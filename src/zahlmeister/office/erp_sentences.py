"""What is refused about ERPs and their documents, listed for translation."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Give the ERP a name."),
    gettext_noop("There is an ERP “%(name)s” already; choose another name."),
    gettext_noop("“%(day)s” is no day; write it such as 2026-11-22."),
    gettext_noop("“%(port)s” is no port; it is a number such as 22."),
    gettext_noop("For this ERP “%(name)s” is missing; fill it in on its page."),
    gettext_noop("“%(name)s” is nothing that has to be known of such an ERP; these are: %(has)s."),
    gettext_noop("Folders of this machine are used only where the operator allows it; use SFTP."),
    gettext_noop("This ERP is not called; give it a webhook address first."),
    gettext_noop("This ERP sends its documents by itself; there is nothing to look at."),
    gettext_noop("This ERP rests; let it go on first."),
    gettext_noop("There is no refused document of this number; look again."),
    gettext_noop("Somebody else has just tried this document; look again."),
    gettext_noop("Nobody could read this document; mend it in the ERP and send it again."),
    gettext_noop("What it gave broke our reading of it (%(bug)s); it is tried again."),
    gettext_noop("Tryton has no terms of payment “%(terms)s”; it has %(known)s."),
    gettext_noop("Odoo has no terms of payment “%(terms)s”; it has %(known)s."),
    gettext_noop("Odoo has no journal “%(code)s”; it has %(known)s."),
    gettext_noop("Tryton refuses: %(why)s"),
    gettext_noop("Odoo refuses: %(why)s"),
    gettext_noop("%(host)s does not answer as Tryton does."),
    gettext_noop("%(host)s does not answer as Odoo does."),
    gettext_noop("The address ends with the name of Tryton's database, as in https://erp.example/company."),
    gettext_noop("There is no profile “%(name)s” for an ERP's files."),
    gettext_noop(
        "%(what)s is of order %(order)s and of %(other)s; a purchase on invoice has documents of its own. "
        "Split it in the ERP."
    ),
    gettext_noop("The file holds the sign NUL; write it in UTF-8, or in the encoding of its layout."),
    gettext_noop("A document of the kind %(kind)s holds the sign NUL, which is no part of any text."),
    gettext_noop("%(amount)s has parts of the smallest coin."),
    gettext_noop("%(document)s without a number: the ERP's own number of the document is needed."),
    gettext_noop("%(document)s does not say which order it belongs to."),
    gettext_noop("%(document)s needs the number of the order or of the invoice it belongs to."),
    gettext_noop("%(document)s has no lines; each thing that is billed is one."),
    gettext_noop("%(document)s is due on %(due)s, before its own day %(day)s."),
    gettext_noop("%(document)s: “%(method)s” is no way of shipping; delivery or pick_up is."),
    gettext_noop("%(document)s: a return fee lies between nothing and what is returned."),
    gettext_noop("%(document)s: %(amount)s is no amount above zero."),
    gettext_noop("%(document)s: its %(parts)s add up to %(sum)s, and it says %(whole)s."),
)
