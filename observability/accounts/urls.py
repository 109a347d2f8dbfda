"""Routes of people."""

from django.urls import path

from observability.accounts.views import (
    access,
    account,
    displays,
    factors,
    glass,
    oidc,
    sessions,
    switching,
    viewing,
)

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sessions.sign_in, name="sign-in"),
    path("sign-in/second-factor/", sessions.second_factor, name="second-factor"),
    path("sign-in/elsewhere/", oidc.oidc, name="oidc"),
    path("sign-in/elsewhere/answer/", oidc.oidc_answer, name="oidc-answer"),
    path("sign-out/", sessions.sign_out, name="sign-out"),
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.end_sessions, name="end-sessions"),
    path("account/second-factor/", factors.enrol, name="enrol"),
    path("account/second-factor/app/", factors.add_app, name="add-app"),
    path("account/second-factor/key/", factors.add_key, name="add-key"),
    path("account/second-factor/again/", oidc.oidc_again, name="oidc-again"),
    path("account/second-factor/codes/", factors.recovery_codes, name="recovery-codes"),
    path("account/second-factor/<int:factor_id>/remove/", factors.remove, name="remove-factor"),
    path("access/", access.access, name="access"),
    path("access/people/<str:username>/", access.person, name="person"),
    path("access/people/<str:username>/sees/", viewing.sees, name="sees"),
    path("access/people/<str:username>/view/", viewing.begin, name="begin-viewing"),
    path("access/would/", viewing.would, name="would"),
    path("access/viewing/end/", viewing.end, name="end-viewing"),
    path("access/people/<str:username>/give/", access.give, name="give"),
    path("access/people/<str:username>/switch-off/", switching.switch_off, name="switch-off"),
    path("access/people/<str:username>/switch-on/", switching.switch_on, name="switch-on"),
    path("access/people/<str:username>/reset-factors/", factors.reset, name="reset-factors"),
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
