"""Forms of people."""

from collections.abc import Sequence
from typing import Any

from django import forms

from observability.accounts.granting import Terms
from observability.accounts.roles import USUAL_CLASSES, Domain, PrivacyClass, Role


class SignInForm(forms.Form):
    """A user name and a password."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=1_000, strip=False, widget=forms.PasswordInput)


class CodeForm(forms.Form):
    """A code of an app, or a recovery code, as people type it: with spaces or without."""

    code = forms.CharField(max_length=20)


class KeyForm(forms.Form):
    """What a security key answered, as the browser's script writes it."""

    answer = forms.CharField(max_length=20_000)


class ConfirmedForm(forms.Form):
    """What wants the password again, unless it was typed just now."""

    password = forms.CharField(required=False, max_length=1_000, strip=False)


class NewAppForm(CodeForm, ConfirmedForm):
    """The first code of an app that is added."""


class NewKeyForm(KeyForm, ConfirmedForm):
    """What a new key answered, and what its person calls it."""

    name = forms.CharField(max_length=40)


class TermsForm(forms.Form):
    """What a grant gives. Where is always said: nothing chosen is not everywhere. No domain is all."""

    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role])
    where = forms.RegexField(r"^(everywhere|(facility|place)-[1-9][0-9]{0,8})$")
    domain = forms.ChoiceField(
        required=False, choices=[("", ""), *((each.value, each.value) for each in Domain)]
    )
    sensitive = forms.BooleanField(required=False)
    workforce = forms.BooleanField(required=False)
    valid_to = forms.DateField(required=False)

    def terms(self) -> Terms:
        """Return what the valid form gives."""
        said = self.cleaned_data
        kind, _, number = said["where"].partition("-")
        named = {each for each in (PrivacyClass.SENSITIVE, PrivacyClass.WORKFORCE) if said[each]}
        return Terms(
            role=Role(said["role"]),
            facility_id=int(number) if kind == "facility" else None,
            place_id=int(number) if kind == "place" else None,
            domain=Domain(said["domain"]) if said["domain"] else None,
            classes=USUAL_CLASSES | named,
            valid_to=said["valid_to"],
        )


class GrantForm(TermsForm):
    """One grant, and why."""

    reason = forms.CharField(max_length=300)


class WouldForm(TermsForm):
    """What a grant would give, and what somebody with it would open: an address or an id."""

    address = forms.CharField(max_length=500)


class GlassForm(forms.Form):
    """Which facility to open, by its code, and why."""

    facility = forms.CharField(max_length=20)
    sensitive = forms.BooleanField(required=False)
    reason = forms.CharField(max_length=300)


class DisplayForm(forms.Form):
    """A display on a wall: `places` are the facilities that it may show."""

    name = forms.CharField(max_length=60)
    facility_ids = forms.TypedMultipleChoiceField(coerce=int)
    last_day = forms.DateField()
    reason = forms.CharField(max_length=300)

    def __init__(self, *args: Any, places: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        field = self.fields["facility_ids"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101 - for the type checker
        field.choices = list(places)


class PasswordForm(forms.Form):
    """The old password once, the new one twice."""

    old = forms.CharField(max_length=1_000, strip=False)
    new = forms.CharField(max_length=1_000, strip=False)
    again = forms.CharField(max_length=1_000, strip=False)

    def clean(self) -> dict[str, Any]:
        """Hold the two new ones against each other."""
        told = self.cleaned_data
        if "new" in told and "again" in told and told["new"] != told["again"]:
            self.add_error("again", "The new password is another one here.")
        return told
