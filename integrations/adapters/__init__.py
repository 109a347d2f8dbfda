"""Files and streams of other standards, read into events. Pure parsers; `post` sends what they read."""
