"""The API description, for people: as a document and as pages."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from integrations.api.described import DESCRIBED
from observability.accounts.guard import require
from observability.accounts.roles import Permission

guarded = require(Permission.SEE_API_DOCS)

urlpatterns = [
    path("api/schema/", guarded(SpectacularAPIView.as_view(patterns=DESCRIBED)), name="api-schema"),
    path("api/docs/", guarded(SpectacularSwaggerSplitView.as_view(url_name="api-schema")), name="api-docs"),
]
