"""The description of what connectors may post, as OpenAPI."""
