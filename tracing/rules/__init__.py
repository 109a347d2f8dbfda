"""Pure rules of transactions: no Django."""
