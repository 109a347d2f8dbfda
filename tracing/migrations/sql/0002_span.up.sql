-- No default partition: a span of a missing day must make its day, not hide where retention cannot drop it.
CREATE TABLE span (
    started_at    timestamptz NOT NULL,
    trace_id      uuid        NOT NULL,
    event_id      uuid        NOT NULL,
    ended_at      timestamptz NOT NULL,
    span_id       bytea       NOT NULL,
    parent_id     bytea,
    kind          smallint    NOT NULL,
    name          text        NOT NULL,
    service       text        NOT NULL,
    status        smallint    NOT NULL,
    message       text,
    attributes    jsonb       NOT NULL,
    flags         text[]      NOT NULL,
    received_at   timestamptz NOT NULL,
    connector_id  bigint      NOT NULL,
    credential_id bigint      NOT NULL,
    content_hash  bytea       NOT NULL,
    CONSTRAINT span_pkey PRIMARY KEY (started_at, trace_id, event_id)
) PARTITION BY RANGE (started_at);
-- Serves the waterfall: all spans of a trace, in a window of time.
CREATE INDEX span_trace ON span (trace_id);

CREATE TABLE gauge (
    at            timestamptz NOT NULL,
    name          text        NOT NULL,
    series        text        NOT NULL,
    connector_id  bigint      NOT NULL,
    facility_id   integer     NOT NULL,
    value         double precision NOT NULL,
    attributes    jsonb       NOT NULL,
    CONSTRAINT gauge_pkey PRIMARY KEY (at, name, series, connector_id)
) PARTITION BY RANGE (at);

-- Room for the next version of a row on its own page: phases change often, indexed columns seldom.
ALTER TABLE transaction SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE step SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02);
