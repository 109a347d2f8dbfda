"""Speed and size, measured on a scratch database of its own and printed with the machine they hold for."""
