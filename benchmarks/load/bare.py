"""The bare framework doing nothing: a Django without middleware that answers “ok” to everything, under our server.

python -m benchmarks.load.bare PORT THREADS
"""

import sys

import django
import waitress
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def ok(request: HttpRequest) -> HttpResponse:
    """Nothing."""
    del request
    return HttpResponse("ok")


urlpatterns = [re_path("", ok)]


def main() -> None:
    """Answer until stopped."""
    port, threads = map(int, sys.argv[1:3])
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="bare", MIDDLEWARE=[])
    django.setup()
    waitress.serve(get_wsgi_application(), host="127.0.0.1", port=port, threads=threads, _quiet=True)


if __name__ == "__main__":
    main()
