"""The addresses of the board and of measures."""

from django.urls import path

from kpis.views.board import board
from kpis.views.measure import counts, measure, transactions

app_name = "kpis"
urlpatterns = [
    path("", board, name="board"),
    path("kpis/<str:key>/", measure, name="measure"),
    path("kpis/<str:key>/counts.csv", counts, name="counts"),
    path("kpis/<str:key>/transactions/", transactions, name="transactions"),
]
