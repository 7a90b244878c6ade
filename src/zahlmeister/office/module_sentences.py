"""What shops with the payment module and the ways in for programs refuse; listed for translation."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Say what the webhook is to be told."),
    gettext_noop("There are %(number)s webhooks already; end one first."),
    gettext_noop("Give the shop a name of at most 120 characters."),
    gettext_noop("“%(name)s” is connected already; its orders come from there."),
    gettext_noop("The address is longer than 500 characters."),
    gettext_noop("There is no shop “%(name)s”."),
    gettext_noop("There is no such valid key; look again."),
    gettext_noop("Another key takes the place of this one already."),
    gettext_noop("Give the key a name of at most 60 characters, by which it is known in the history."),
    gettext_noop("A key for %(whose)s cannot have the scope %(scope)s."),
    gettext_noop(
        "The shop already has an access code of another service or of an earlier connection. Empty the fields “Access "
        "code” and “API key” in the settings of the shop's module, save them, and connect again."
    ),
    gettext_noop(
        "The shop already has an API key of another service or of an earlier connection. Empty the fields “Access "
        "code” and “API key” in the settings of the shop's module, save them, and connect again."
    ),
    gettext_noop(
        "The shop already has an access code of another service or of an earlier connection (subshop %(number)s). "
        "Empty the fields “Access code” and “API key” in the settings of the shop's module, save them, and connect "
        "again."
    ),
    gettext_noop(
        "The access code arrived changed at the shop. Something between here and the shop alters what is sent (a "
        "filter, a firewall); ask the shop's host to leave the module's address alone."
    ),
    gettext_noop(
        "The shop's PHP offers no encryption that is allowed for it. Ask its host for the PHP extension openssl, or "
        "allow this shop, reached by HTTPS, to do without a second encryption."
    ),
    gettext_noop(
        "The module of %(system)s can hide nothing by itself. It can be connected when the shop is reached by HTTPS "
        "and you allow it to do without a second encryption."
    ),
    gettext_noop(
        "%(host)s wants to talk by “%(cipher)s”, which is weaker than what was agreed on or is allowed. Nothing was "
        "read."
    ),
    gettext_noop(
        "At the module's address %(host)s shows “%(text)s”, which is no answer of the module. Check the address and "
        "the system, and that the module is installed and switched on."
    ),
    gettext_noop(
        "At the module's address %(host)s shows an empty page, which is no answer of the module. Check the address "
        "and the system, and that the module is installed and switched on."
    ),
    gettext_noop("%(host)s cannot read what we send: “%(text)s”."),
    gettext_noop("What %(host)s sends cannot be opened with the keys it was given: “%(text)s”."),
    gettext_noop("What %(host)s sends cannot be opened with the keys that were agreed on. Connect the shop again."),
    gettext_noop(
        "The module of %(host)s does not let us in: its access code is another one now, or it is switched off. Look at "
        "the module's settings in the shop, then connect the shop again."
    ),
    gettext_noop(
        "%(host)s answers without the encryption that was agreed on (%(cipher)s). Nothing of it was taken over; find "
        "out who changed the module's settings, then connect the shop again."
    ),
    gettext_noop("%(host)s answers with something that is no reply of its module: “%(text)s”."),
    gettext_noop("No keys were agreed on with this shop; connect it first."),
    gettext_noop("This shop knows no encryption of its own and may only be read by HTTPS, if you allow it."),
    gettext_noop("The subshops “%(text)s” cannot be sent: give their numbers, such as 1,2."),
    gettext_noop("The subshops “%(text)s” cannot be sent: give the codes of store views, such as default,outlet."),
    gettext_noop("“%(number)s” is no number that can be sent to this shop's module: digits only."),
    gettext_noop(
        "“%(number)s” is no number that can be sent to this shop's module: letters, digits, dot, slash, hyphen and "
        "underscore only."
    ),
    gettext_noop("“%(number)s” is no order number that this module can be asked for."),
    gettext_noop("The amount “%(text)s” of order %(number)s is no number."),
    gettext_noop("The currency “%(text)s” of order %(number)s is none."),
    gettext_noop(
        "The shop took no notice and lists the order as open: in the module's settings no status is chosen for this, "
        "or changes are switched off."
    ),
    gettext_noop(
        "The order is no longer open in the shop: it is there already, or a person changed it. It is left as it is."
    ),
    gettext_noop(
        "This module answers whoever asks, without looking at the access code. Restrict its address to this "
        "installation on the shop's web server if you can."
    ),
    gettext_noop(
        "This module tells anybody who asks some of the shop's settings. Restrict its address to this installation on "
        "the shop's web server if you can."
    ),
    gettext_noop("What is exchanged with this shop is protected by HTTPS alone."),
    gettext_noop("The shop could keep only short keys (1024 bits); what is exchanged is protected by HTTPS above all."),
)
