"""Routes of the audit."""

from django.urls import path

from observability.auditing import views

app_name = "audit"
urlpatterns = [
    path("audit/", views.rows, name="rows"),
    path("audit/search/", views.search, name="search"),
    path("audit/<int:seq>/", views.row, name="row"),
    path("audit/export/<str:form>/", views.export, name="export"),
]
