"""Correlation: from received records to where each transaction stands."""
