-- One row is one accepted request and its receipt. The day in the key lets a whole day go at once.
CREATE TABLE inbox (
    received_on   date        NOT NULL,
    id            uuid        NOT NULL,
    received_at   timestamptz NOT NULL,
    connector_id  bigint      NOT NULL,
    credential_id bigint      NOT NULL,
    signal        text        NOT NULL,
    format        smallint    NOT NULL,
    blob          bytea       NOT NULL,
    items         integer     NOT NULL,
    rejected      jsonb       NOT NULL DEFAULT '{}',
    dropped       jsonb       NOT NULL DEFAULT '{}',
    attempts      smallint    NOT NULL DEFAULT 0,
    lease_token   bigint      NOT NULL DEFAULT 0,
    lease_until   timestamptz,
    done_at       timestamptz,
    parked_code   text,
    new           integer,
    duplicates    integer,
    conflicts     integer,
    orphans       integer,
    CONSTRAINT inbox_pkey PRIMARY KEY (received_on, id)
) PARTITION BY RANGE (received_on);
-- Serves the claim and the age of the oldest undone row; done rows leave it.
CREATE INDEX inbox_undone ON inbox (received_at, id) WHERE done_at IS NULL;
-- The blob is compressed by us where it pays; a second try costs time and gains nothing.
ALTER TABLE inbox ALTER COLUMN blob SET STORAGE EXTERNAL;
