-- The first form of the table had no chain; there is no installation whose rows it would hold.
DROP TABLE audit_row;
DROP FUNCTION audit_row_is_append_only();

CREATE TABLE audit_row (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    -- No foreign key: a row outlives the account it names.
    user_id bigint,
    actor text NOT NULL,
    actor_type text NOT NULL CHECK (actor_type IN ('person', 'connector', 'system')),
    role text NOT NULL,
    source_ip text NOT NULL,
    session_hash text NOT NULL,
    act text NOT NULL,
    object_type text NOT NULL,
    object_id text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'refused')),
    reason text NOT NULL,
    changes jsonb,
    changes_hash text NOT NULL,
    -- Tokens and ids that the act was about besides its object: what a search asked for, what a page showed.
    mentions uuid[] NOT NULL,
    facility_ids bigint[] NOT NULL,
    request_id text NOT NULL,
    trace_id text NOT NULL,
    kid text NOT NULL,
    prev_hash text NOT NULL,
    hash text NOT NULL
);
CREATE INDEX audit_row_at ON audit_row (at, seq);
CREATE INDEX audit_row_user ON audit_row (user_id, seq);
CREATE INDEX audit_row_object ON audit_row (object_type, object_id, seq);
CREATE INDEX audit_row_mentions ON audit_row USING gin (mentions);

-- The end of the chain, and where it begins once old rows have been purged. One row, whose lock orders all acts.
CREATE TABLE audit_head (
    id integer PRIMARY KEY CHECK (id = 1),
    seq bigint NOT NULL,
    hash text NOT NULL,
    first_seq bigint NOT NULL,
    first_hash text NOT NULL,
    first_kid text NOT NULL,
    first_mac text NOT NULL
) WITH (fillfactor = 10);
INSERT INTO audit_head VALUES (1, 0, '', 1, '', '', '');

CREATE FUNCTION audit_row_joins_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_head WHERE seq = NEW.seq AND hash = NEW.hash) THEN
        RAISE EXCEPTION 'an audit row is added at the head of the chain' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_row_joins BEFORE INSERT ON audit_row FOR EACH ROW EXECUTE FUNCTION audit_row_joins_chain();

CREATE FUNCTION audit_row_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- Erasure: the words may go, what the chain covers may not.
        IF NEW.reason = '' AND NEW.changes IS NULL
           AND (to_jsonb(NEW) - 'reason' - 'changes') = (to_jsonb(OLD) - 'reason' - 'changes') THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        -- Kept six years; and only what the chain is told to begin after.
        IF OLD.at < statement_timestamp() - interval '6 years'
           AND OLD.seq < (SELECT first_seq FROM audit_head) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit rows are only ever added' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_row_append_only BEFORE UPDATE OR DELETE ON audit_row
    FOR EACH ROW EXECUTE FUNCTION audit_row_is_append_only();
CREATE TRIGGER audit_row_not_truncated BEFORE TRUNCATE ON audit_row
    FOR EACH STATEMENT EXECUTE FUNCTION audit_row_is_append_only();

CREATE FUNCTION audit_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.first_seq >= OLD.first_seq AND NEW.first_seq <= NEW.seq + 1
           AND (NEW.seq = OLD.seq + 1 OR (NEW.seq = OLD.seq AND NEW.hash = OLD.hash)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the head of the audit chain only moves on' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_head_moves BEFORE UPDATE OR DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_head_moves_on();
CREATE TRIGGER audit_head_not_truncated BEFORE TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_head_moves_on();
