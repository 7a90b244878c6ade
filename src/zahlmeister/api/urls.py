"""Which address programs find what at."""

from django.urls import path

from zahlmeister.api import books, centre, knock, orders, postings, provider_calls, purchase
from zahlmeister.api.program import program

program.add_router("", orders.router)
program.add_router("", postings.router)
program.add_router("/purchase", purchase.router)
program.add_router("", centre.router)

app_name = "api"
urlpatterns = [
    path("shop/neworder.jsf", knock.news),
    path("shop/invoice.jsf", knock.news),
    path("shop/test.jsf", knock.trial),
    path("shop/hook/<int:connection_id>", knock.hook),
    path("mail/mailgun/<int:returns_id>", knock.mailgun, name="mailgun"),
    path("providers/<int:connection_id>", provider_calls.provider, name="provider"),
    path("books/batches", books.batches, name="books"),
    path("books/batches/<int:number>", books.batch, name="book"),
    path("v2/", program.urls),
]
