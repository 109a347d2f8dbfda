"""Routes of people."""

from django.urls import path

from observability.accounts.views import access, account, glass, sessions

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sessions.sign_in, name="sign-in"),
    path("sign-out/", sessions.sign_out, name="sign-out"),
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.end_sessions, name="end-sessions"),
    path("access/", access.access, name="access"),
    path("access/people/<str:username>/", access.person, name="person"),
    path("access/people/<str:username>/give/", access.give, name="give"),
    path("access/grants/<int:grant_id>/end/", access.end, name="end-grant"),
    path("access/grants/<int:grant_id>/reviewed/", access.mark_reviewed, name="mark-reviewed"),
    path("access/review/", access.review, name="access-review"),
    path("access/review.csv", access.export, name="access-export"),
    path("access/alarms/<int:glass_id>/acknowledge/", access.acknowledge, name="acknowledge"),
    path("access/glass/", glass.glass_page, name="glass"),
    path("access/glass/<int:glass_id>/end/", glass.end_glass, name="end-glass"),
]
