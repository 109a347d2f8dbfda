"""Tests of the audit: what leaves a row, who reads the rows, and whether they are whole."""
