-- What was said when a hold was placed stands; after it is lifted all of it does. Nobody deletes one.
CREATE FUNCTION legal_hold_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE may_change text[] := ARRAY['asked_by_id', 'asked_at', 'asked_reason', 'lifted_by_id', 'lifted_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.lifted_at IS NULL
       AND (to_jsonb(NEW) - may_change) = (to_jsonb(OLD) - may_change) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a legal hold stands as it was placed' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER legal_hold_stands BEFORE UPDATE OR DELETE ON legal_hold
    FOR EACH ROW EXECUTE FUNCTION legal_hold_stands();
