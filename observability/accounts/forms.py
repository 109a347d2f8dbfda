"""Forms of people."""

from django import forms


class SignInForm(forms.Form):
    """A user name and a password."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=1_000, strip=False, widget=forms.PasswordInput)
