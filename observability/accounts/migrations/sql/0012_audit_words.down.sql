ALTER FUNCTION audit_row_joins_chain() RESET search_path;
ALTER FUNCTION audit_head_moves_on() RESET search_path;

CREATE OR REPLACE FUNCTION audit_row_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.reason = '' AND NEW.changes IS NULL
           AND (to_jsonb(NEW) - 'reason' - 'changes') = (to_jsonb(OLD) - 'reason' - 'changes') THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.at < statement_timestamp() - interval '6 years'
           AND OLD.seq < (SELECT first_seq FROM audit_head) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit rows are only ever added' USING ERRCODE = 'insufficient_privilege';
END
$$;
