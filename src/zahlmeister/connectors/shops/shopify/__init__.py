"""Shopify by its Admin GraphQL API, signed in as an app of the shop.

Questions cost points out of a bucket that fills again; a question that costs too much now is asked again when there is
enough. A payment is recorded by “mark as paid”; an order that is cancelled stays so for ever. Payment methods by hand
have no list of their own: they are known from the orders that were paid by them.

Source: shopify.dev, Admin GraphQL, version 2026-10.
"""
