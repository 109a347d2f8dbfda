-- Replacing the id key gives the transactions of a hold their new ids, by the map that it leaves; nothing else may.
CREATE OR REPLACE FUNCTION legal_hold_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE may_change text[] := ARRAY['asked_by_id', 'asked_at', 'asked_reason', 'lifted_by_id', 'lifted_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.transaction_ids IS DISTINCT FROM OLD.transaction_ids
       AND NEW.transaction_ids = ARRAY(SELECT coalesce(m.new, u.id)
                                         FROM unnest(OLD.transaction_ids) WITH ORDINALITY u (id, n)
                                         LEFT JOIN earlier_name m ON m.old = u.id ORDER BY u.n)
       AND (to_jsonb(NEW) - 'transaction_ids') = (to_jsonb(OLD) - 'transaction_ids') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.lifted_at IS NULL
       AND (to_jsonb(NEW) - may_change) = (to_jsonb(OLD) - may_change) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a legal hold stands as it was placed' USING ERRCODE = 'insufficient_privilege';
END
$$;
