"""What makes a running installation a demonstration: its people, its facilities, its traffic.

`bin/demo` runs the commands named in `steps` once the product is up.
"""
