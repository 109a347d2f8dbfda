"""X12 health care claims: 837P, 837I, 999, 997, TA1, 277CA and 835, read into claim events."""
