"""Which address of the office shows which page."""

from django.urls import path

from zahlmeister.office import (
    books,
    deciding,
    order,
    orders,
    payment,
    payments,
    search,
    sessions,
    statements,
    today,
)

app_name = "office"
urlpatterns = [
    path("", today.today, name="today"),
    path("sign-in/", sessions.SignIn.as_view(), name="sign-in"),
    path("sign-out/", sessions.SignOut.as_view(), name="sign-out"),
    path("payments/", payments.payments, name="payments"),
    path("payments/export", payments.payments_export, name="payments-export"),
    path("payments/<int:payment_id>/", payment.payment, name="payment"),
    path("payments/<int:payment_id>/find", payment.find_order, name="payment-find"),
    path("payments/<int:payment_id>/split", deciding.split, name="payment-split"),
    path("payments/<int:payment_id>/assign", deciding.assign, name="payment-assign"),
    path("payments/<int:payment_id>/unassign", deciding.unassign, name="payment-unassign"),
    path("payments/<int:payment_id>/ignore", deciding.ignore, name="payment-ignore"),
    path("payments/<int:payment_id>/unignore", deciding.unignore, name="payment-unignore"),
    path("orders/", orders.orders, name="orders"),
    path("orders/export", orders.orders_export, name="orders-export"),
    path("orders/<int:order_id>/", order.order, name="order"),
    path("orders/<int:order_id>/paid", order.paid, name="order-paid"),
    path("orders/<int:order_id>/unpaid", order.unpaid, name="order-unpaid"),
    path("orders/<int:order_id>/cancel", order.cancel, name="order-cancel"),
    path("orders/<int:order_id>/reopen", order.reopen, name="order-reopen"),
    path("statements/", statements.statements, name="statements"),
    path("statements/<int:import_id>/", statements.statement, name="statement"),
    path("statements/<int:import_id>/progress", statements.progress, name="statement-progress"),
    path("statements/<int:import_id>/retry", statements.retry, name="statement-retry"),
    path("accounts/<int:account_id>/", statements.account, name="account"),
    path("books/", books.books, name="books"),
    path("books/check", books.check, name="books-check"),
    path("books/<str:name>/<int:about>/<str:currency>/", books.book, name="book"),
    path("search/", search.search, name="search"),
]
