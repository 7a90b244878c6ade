"""The orders of eBay by its Sell Fulfillment API, and its older Trading API for what the newer one cannot do.

eBay collects almost all money itself and pays it out to the seller; such orders are paid when they come in. Open are
only those that are paid outside of eBay. They are set to paid by CompleteSale of the Trading API, since the
Fulfillment API has no such verb. Cancelling needs a signature of its own for sellers in the EU and is left to them.

Source: the OpenAPI description of the Sell Fulfillment API (1.20), the reference of the Trading API, both at
developer.ebay.com.
"""
