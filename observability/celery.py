"""The Celery application: a nudge to do what stands in the database, never the place where work is kept."""

import os
import signal

from celery import Celery, bootsteps
from celery.signals import beat_init, task_prerun, worker_init, worker_process_init
from django.conf import settings
from django.db import close_old_connections

from observability.core.broker import celery_address
from observability.embedded.children import die_with_parent, leave_after
from observability.schedule import SCHEDULE, beat_schedule, routes
from observability.without_broker import Keeper

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "observability.settings")

app = Celery("throughline", set_as_current=True)
app.conf.update(
    broker_url=celery_address(settings.REDIS_URL),
    result_backend=None,
    task_ignore_result=True,
    accept_content=["json"],
    task_serializer="json",
    enable_utc=True,
    timezone="UTC",
    # Retries are the rows' duty: a task that dies is found again by its lease.
    task_acks_late=True,
    task_reject_on_worker_lost=False,
    task_time_limit=300,
    task_soft_time_limit=240,
    task_default_queue="ingest",
    task_routes=routes(),
    beat_schedule=beat_schedule(),
    beat_scheduler="observability.beat:SoleScheduler",
    beat_max_loop_interval=5,
    broker_transport_options={
        # Longer than twice the hard time limit, or a long task runs twice at once.
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        # A frozen broker is given up on: by default a publish waits on it for over a minute.
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "retry_on_timeout": False,
        "global_keyprefix": "throughline:",
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # One try: each further one waits five seconds on a frozen broker, and a lost nudge costs one period.
    task_publish_retry=False,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_soft_shutdown_timeout=20.0,
    worker_enable_soft_shutdown_on_idle=True,
    worker_max_tasks_per_child=1000,
    worker_max_memory_per_child=400_000,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    # Without it a worker opens a new database connection for every task.
    CELERY_DB_REUSE_MAX=1000,
)
app.autodiscover_tasks()


@beat_init.connect
@worker_init.connect
def _end_with_supervisor(**_: object) -> None:
    """Outlive the supervisor by no more than the task under way may take.

    Celery tries for ever to reach a broker that died with the supervisor, and hears no signal meanwhile.
    """
    if settings.SUPERVISOR:
        leave_after(settings.SUPERVISOR, patience_seconds=settings.WORKER_LEAVE_SECONDS)


@worker_process_init.connect
def _end_with_worker(**_: object) -> None:
    """A pool process whose worker was killed would go on waiting for work for ever."""
    die_with_parent(signal.SIGKILL, os.getppid())


@task_prerun.connect
def _find_the_database_again(**_: object) -> None:
    """Drop the dead connection that a restarted database leaves behind, before the next task meets it."""
    close_old_connections()


class WithoutBroker(bootsteps.StartStopStep):
    """Does this worker's share of the schedule while the broker is away."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: object, **_: object) -> None:
        self.keeper: Keeper | None = None

    def start(self, worker: object) -> None:
        """Begin to watch the broker."""
        queues = set(app.amqp.queues.consume_from)
        mine = [entry for entry in SCHEDULE if entry.queue in queues]
        self.keeper = Keeper(mine, run=lambda entry: app.tasks[entry.task](*entry.args))
        self.keeper.start()

    def stop(self, worker: object) -> None:
        """Finish what is under way and watch no longer."""
        if self.keeper:
            self.keeper.stop()


app.steps["worker"].add(WithoutBroker)
