"""Keeping the stored figures true: changes mark buckets, buckets are counted again."""
