"""Which address programs find what at."""

from django.urls import path, re_path

from zahlmeister.api import books, centre, knock, orders, postings, provider_calls, purchase
from zahlmeister.api.program import program
from zahlmeister.api.v1.door import absent, description
from zahlmeister.api.v1.surface import surface

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
    path("v1/openapi.json", description, name="description"),
    path("v1/", surface.urls),
    re_path("^v1/", absent),
]
