"""URLs of a small product: one door with a guard, one without."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission


@require(Permission.SEE_AUDIT)
def guarded(request: PersonRequest) -> HttpResponse:
    """Answer the facilities that the guard found."""
    return HttpResponse(",".join(map(str, request.scope.facility_ids)))


@require(Permission.SEE_AUDIT)
def named(request: PersonRequest, id: int, word: str) -> HttpResponse:
    """Answer that the guard let a number and a word through."""
    return HttpResponse("through")


def forgotten(request: HttpRequest) -> HttpResponse:
    """A view whose guard somebody forgot."""
    return HttpResponse("everything")


urlpatterns = [
    path("audit/", guarded, name="audit"),
    path("audit/<int:id>/<str:word>/", named, name="named"),
    path("forgotten/", forgotten, name="forgotten"),
    path("", include("observability.accounts.urls")),
]
handler400 = "observability.errors.bad_request"
handler404 = "observability.errors.not_found"
