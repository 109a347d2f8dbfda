"""How measures are put before people: words, tiles, tables, links."""
