"""Mounts each app; the only file that knows all apps."""

from django.urls import URLPattern, URLResolver, path

from observability import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
]
