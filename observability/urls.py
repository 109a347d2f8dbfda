"""Mounts each app; the only file that knows all apps."""

from django.urls import URLPattern, URLResolver, include, path

from observability import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("observability.accounts.urls")),
    path("", include("observability.auditing.urls")),
    path("", include("integrations.ingest.urls")),
    path("", include("tracing.urls")),  # its /reference/unmapped/ and …/crosswalk/ are no kinds of it
    path("", include("integrations.urls")),
    path("", include("integrations.api.urls")),
    path("", include("kpis.urls")),
]

handler400 = "observability.errors.bad_request"
handler403 = "observability.errors.forbidden"
handler404 = "observability.errors.not_found"
handler500 = "observability.errors.fault"
