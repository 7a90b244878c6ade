"""What is asked of Shopify, in its query language."""

_MONEY = "{ presentmentMoney { amount currencyCode } }"
_ADDRESS = "{ firstName lastName company address1 address2 zip city countryCodeV2 phone }"
_STATES = "id displayFinancialStatus displayFulfillmentStatus cancelledAt paymentGatewayNames"

SHOP = "query { shop { name currencyCode } orders(first: 1) { nodes { id } } }"

GATEWAYS = "query { orders(first: 250, sortKey: CREATED_AT, reverse: true) { nodes { paymentGatewayNames } } }"

LISTED = f"""
query ($query: String, $after: String) {{
  orders(first: 100, after: $after, query: $query, sortKey: CREATED_AT) {{
    nodes {{ {_STATES} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""

_ORDER = f"""
  {_STATES} name createdAt updatedAt customerLocale email canMarkAsPaid
  currentTotalPriceSet {_MONEY}
  totalReceivedSet {_MONEY}
  totalShippingPriceSet {_MONEY}
  billingAddress {_ADDRESS}
  shippingAddress {_ADDRESS}
  customer {{ legacyResourceId }}
  lineItems(first: 20) {{ nodes {{ sku }} }}
  fulfillments(first: 5) {{ trackingInfo(first: 5) {{ number }} }}
"""

ORDERS = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Order {{ {_ORDER} }} }} }}"

FOUND = f"query ($query: String) {{ orders(first: 20, query: $query) {{ nodes {{ {_ORDER} }} }} }}"

REFUNDED = f"""
query ($query: String, $after: String) {{
  orders(first: 20, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{
      id name
      metafields(first: 50, namespace: "zahlmeister") {{ nodes {{ key value }} }}
      refunds(first: 20) {{
        id createdAt
        transactions(first: 5) {{ nodes {{ kind status manualPaymentGateway amountSet {_MONEY} }} }}
      }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""

KEPT = 'query ($id: ID!, $key: String!) { order(id: $id) { metafield(namespace: "zahlmeister", key: $key) { value } } }'

KEEP = """
mutation ($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { userErrors { field message } }
}
"""

MARK_AS_PAID = """
mutation ($input: OrderMarkAsPaidInput!) {
  orderMarkAsPaid(input: $input) { order { id displayFinancialStatus } userErrors { field message } }
}
"""

CANCEL = """
mutation ($id: ID!, $note: String) {
  orderCancel(
    orderId: $id, reason: OTHER, restock: true, notifyCustomer: false, staffNote: $note,
    refundMethod: { originalPaymentMethodsRefund: false }
  ) {
    job { id done }
    orderCancelUserErrors { field message code }
  }
}
"""

JOB = "query ($id: ID!) { job(id: $id) { id done } }"
