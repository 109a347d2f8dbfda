"""Settings of the data path: correlation, ingest, measures."""

from observability import env

# --- correlation ------------------------------------------------------------------------------------
DRAIN_LEASE_SECONDS = env.number("THROUGHLINE_DRAIN_LEASE_SECONDS", 60)
DRAIN_MAX_ATTEMPTS = env.integer("THROUGHLINE_DRAIN_MAX_ATTEMPTS", 3)
DRAIN_CLAIM_RECORDS = env.integer("THROUGHLINE_DRAIN_CLAIM_RECORDS", 5_000)
DRAIN_SLOTS = env.integer("THROUGHLINE_DRAIN_SLOTS", 2)
TASK_YIELD_SECONDS = env.number("THROUGHLINE_TASK_YIELD_SECONDS", 20)
SUPERVISOR = env.integer("THROUGHLINE_SUPERVISOR", 0)  # the process that started this one and keeps it
# Longer than a task takes to yield, so that a worker whose supervisor was killed finishes what it holds.
WORKER_LEAVE_SECONDS = env.number("THROUGHLINE_WORKER_LEAVE_SECONDS", 25)
ORPHAN_SWEEP_SECONDS = env.number("THROUGHLINE_ORPHAN_SWEEP_SECONDS", 60)  # longer than a pass takes
ORPHAN_EXCEPTION_DAYS = env.integer("THROUGHLINE_ORPHAN_EXCEPTION_DAYS", 7)
HUB_TRANSACTIONS = env.integer("THROUGHLINE_HUB_TRANSACTIONS", 200)
MERGE_TRANSACTIONS = env.integer("THROUGHLINE_MERGE_TRANSACTIONS", 5_000)
SPAN_RETENTION_DAYS = env.integer("THROUGHLINE_SPAN_RETENTION_DAYS", 90)
PARKED_RETENTION_DAYS = env.integer("THROUGHLINE_PARKED_RETENTION_DAYS", 30)
INBOX_RETENTION_DAYS = env.integer("THROUGHLINE_INBOX_RETENTION_DAYS", 7)
RETENTION_FILE = env.text("THROUGHLINE_RETENTION_FILE", "")  # days by class, where they are not the default
RETENTION_NOTICE_DAYS = env.integer(
    "THROUGHLINE_RETENTION_NOTICE_DAYS", 30
)  # shown as expired before it goes
RETENTION_HOUR = env.integer("THROUGHLINE_RETENTION_HOUR", 8)  # of the day in UTC, at which purges begin
RETENTION_SECONDS = env.number("THROUGHLINE_RETENTION_SECONDS", 5)  # of each minute, while something is due
RETENTION_BATCH = env.integer(
    "THROUGHLINE_RETENTION_BATCH", 500
)  # transactions; ten times as many plain rows
RETENTION_LOCK_MS = env.integer("THROUGHLINE_RETENTION_LOCK_MS", 900)  # the purge gives up before others wait
WORKFLOWS_DIR = env.text("THROUGHLINE_WORKFLOWS_DIR", "")  # a customer's own workflows, added to ours
CONTRACTS_DIR = env.text("THROUGHLINE_CONTRACTS_DIR", "")  # a customer's own event contracts, added to ours
REGISTER_QUIET_DAYS = env.integer("THROUGHLINE_REGISTER_QUIET_DAYS", 30)  # then a declared entry is a finding
CURRENCY = env.text("THROUGHLINE_CURRENCY", "USD")

# --- ingest -----------------------------------------------------------------------------------------
INGEST_MAX_BODY_BYTES = env.integer("THROUGHLINE_INGEST_MAX_BODY_BYTES", 8 * 1024 * 1024)  # compressed
INGEST_MAX_INFLATED_BYTES = env.integer("THROUGHLINE_INGEST_MAX_INFLATED_BYTES", 20 * 1024 * 1024)
INGEST_LARGE_BODY_BYTES = env.integer("THROUGHLINE_INGEST_LARGE_BODY_BYTES", 1024 * 1024)  # one at a time
INGEST_MAX_ITEMS = env.integer("THROUGHLINE_INGEST_MAX_ITEMS", 10_000)
INGEST_MAX_PER_ITEM = env.integer("THROUGHLINE_INGEST_MAX_PER_ITEM", 128)
INGEST_MAX_KEY_BYTES = env.integer("THROUGHLINE_INGEST_MAX_KEY_BYTES", 256)
INGEST_JSON_DEPTH = env.integer("THROUGHLINE_INGEST_JSON_DEPTH", 32)
INGEST_READ_SECONDS = env.number("THROUGHLINE_INGEST_READ_SECONDS", 20)
INGEST_CREDENTIAL_CACHE_SECONDS = env.number("THROUGHLINE_INGEST_CREDENTIAL_CACHE_SECONDS", 2)
INGEST_CROSSWALK_CACHE_SECONDS = env.number("THROUGHLINE_INGEST_CROSSWALK_CACHE_SECONDS", 10)
INGEST_LEASE_SECONDS = env.number("THROUGHLINE_INGEST_LEASE_SECONDS", 1)
INGEST_PRESSURE_SECONDS = env.number("THROUGHLINE_INGEST_PRESSURE_SECONDS", 2)
INGEST_UNDRAINED_BYTES = env.integer("THROUGHLINE_INGEST_UNDRAINED_BYTES", 4 * 1024 * 1024 * 1024)
INGEST_UNDRAINED_SECONDS = env.number("THROUGHLINE_INGEST_UNDRAINED_SECONDS", 300)
INGEST_DISK_PATH = env.text("THROUGHLINE_INGEST_DISK_PATH", "")  # a folder on the database's disk
INGEST_DISK_FREE_BYTES = env.integer("THROUGHLINE_INGEST_DISK_FREE_BYTES", 2 * 1024 * 1024 * 1024)
INGEST_RETRY_SECONDS = env.integer("THROUGHLINE_INGEST_RETRY_SECONDS", 5)
# These may do the CloudEvents handshake.
INGEST_WEBHOOK_ORIGINS = env.words("THROUGHLINE_INGEST_WEBHOOK_ORIGINS", "")
INGEST_WEBHOOK_RATE = env.integer("THROUGHLINE_INGEST_WEBHOOK_RATE", 6_000)  # requests a minute
IDEMPOTENCY_DAYS = env.integer("THROUGHLINE_IDEMPOTENCY_DAYS", 7)
FAILPOINTS = env.boolean("THROUGHLINE_FAILPOINTS", False)  # named faults that tests may plant
DATA_UPLOAD_MAX_MEMORY_SIZE = INGEST_MAX_INFLATED_BYTES

# --- follow-ups -------------------------------------------------------------------------------------
FOLLOW_UP_SHARE = env.share("THROUGHLINE_FOLLOW_UP_SHARE", 0.015)  # of the time, for each costly one; 1: all

# --- measures ---------------------------------------------------------------------------------------
KPI_CHANGES_PER_BATCH = env.integer("THROUGHLINE_KPI_CHANGES_PER_BATCH", 5_000)
KPI_BUCKETS_PER_BATCH = env.integer("THROUGHLINE_KPI_BUCKETS_PER_BATCH", 40)
KPI_YOUNG_SHARE = env.share("THROUGHLINE_KPI_YOUNG_SHARE", 0.1)  # of the time, for days not long ended
KPI_OLD_BUCKET_SECONDS = env.number("THROUGHLINE_KPI_OLD_BUCKET_SECONDS", 300)  # 0: as soon as touched
KPI_RECOUNT_TIMEOUT_MS = env.integer("THROUGHLINE_KPI_RECOUNT_TIMEOUT_MS", 60_000)
KPI_SNAPSHOT_SECONDS = env.number("THROUGHLINE_KPI_SNAPSHOT_SECONDS", 30)
