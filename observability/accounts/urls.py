"""Routes of people."""

from django.urls import path

from observability.accounts.views import access, account, displays, glass, sessions

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
    path("access/displays/", displays.displays_page, name="displays"),
    path("access/displays/make/", displays.make_display, name="make-display"),
    path("access/displays/<int:display_id>/end/", displays.end_display, name="end-display"),
    path("displays/over/", displays.display_over, name="display-over"),
    path("displays/open/<str:token>/", displays.open_display, name="open-display"),
    path("access/glass/", glass.glass_page, name="glass"),
    path("access/glass/<int:glass_id>/end/", glass.end_glass, name="end-glass"),
]
