"""An address that breaks, to see what somebody is shown then."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("Broken on purpose.")


urlpatterns = [
    path("broken/", broken),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("zahlmeister.office.urls")),
]
