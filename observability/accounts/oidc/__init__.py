"""Signing in with OpenID Connect: who somebody is, their organisation says; what they may, our grants do."""
