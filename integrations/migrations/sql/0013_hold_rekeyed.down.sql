CREATE OR REPLACE FUNCTION legal_hold_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE may_change text[] := ARRAY['asked_by_id', 'asked_at', 'asked_reason', 'lifted_by_id', 'lifted_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.lifted_at IS NULL
       AND (to_jsonb(NEW) - may_change) = (to_jsonb(OLD) - may_change) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a legal hold stands as it was placed' USING ERRCODE = 'insufficient_privilege';
END
$$;
