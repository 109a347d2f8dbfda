"""The API description, for people: as a document and as pages."""

from django.urls import path

from integrations.api import pages
from observability.accounts.guard import require
from observability.accounts.roles import Permission

guarded = require(Permission.SEE_API_DOCS)

urlpatterns = [
    path("api/schema/", guarded(pages.schema), name="api-schema"),
    path("api/docs/", guarded(pages.docs), name="api-docs"),
]
