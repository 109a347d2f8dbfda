"""Settings of the web server; the address comes from the command line (`--bind`)."""

import os

wsgi_app = "observability.wsgi:application"
worker_class = "gthread"
# For two cores; more with --workers and --threads, or GUNICORN_CMD_ARGS.
workers = 2
threads = 4
# Without it a control socket appears in the home of whoever runs us.
control_socket_disable = True
# A worker whose main thread is silent this long is replaced. Requests have shorter limits of their own,
# because an OpenTelemetry exporter gives up after ten seconds.
timeout = 30
# Requests in flight may end; the supervisor's own patience is longer than this.
graceful_timeout = 5
keepalive = 15
# Reset a connection rather than let slow headers hold a thread.
limit_request_line = 8190
limit_request_fields = 60
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeat files only
accesslog = None
errorlog = "-"
loglevel = "warning"
