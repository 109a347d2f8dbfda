"""How transactions and spans go when their time is up."""
