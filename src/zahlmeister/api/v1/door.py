"""What the interface answers without a key: its description, and that there is nothing at an address."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from zahlmeister.api.v1 import problems
from zahlmeister.api.v1.document import document
from zahlmeister.api.v1.problems import Problem


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """The description of the interface (OpenAPI 3.1)."""
    del request
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})


@csrf_exempt
def absent(request: HttpRequest) -> HttpResponse:
    """There is no such call."""
    return problems.told(request, Problem(problems.ABSENT, f"There is no call {request.path[:100]}."))
