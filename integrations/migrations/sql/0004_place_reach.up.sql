-- One parent at a time. A range of one id serves as equality, so that no extension is needed.
ALTER TABLE place_edge ADD CONSTRAINT place_edge_one_parent
    EXCLUDE USING gist (int8range(child_id, child_id, '[]') WITH &&,
                        daterange(valid_from, valid_to, '[]') WITH &&);

-- Every facility has a place of its code and name, whoever writes it. The lock is that of the verbs:
-- a rebuild of place_reach must not meet a facility that comes while it runs.
CREATE FUNCTION facility_has_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE made bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE place SET code = NEW.code, name = NEW.name WHERE facility_id = NEW.id;
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('places', 0));
    INSERT INTO place (kind, code, name, facility_id, valid_from)
    VALUES ('facility', NEW.code, NEW.name, NEW.id, '1900-01-01') RETURNING id INTO made;
    INSERT INTO place_reach (place_id, facility_id, valid_from) VALUES (made, NEW.id, '1900-01-01');
    RETURN NULL;
END $$;
CREATE TRIGGER facility_made AFTER INSERT ON facility
    FOR EACH ROW EXECUTE FUNCTION facility_has_place();
CREATE TRIGGER facility_renamed AFTER UPDATE OF code, name ON facility
    FOR EACH ROW WHEN (OLD.code <> NEW.code OR OLD.name <> NEW.name) EXECUTE FUNCTION facility_has_place();

INSERT INTO place (kind, code, name, facility_id, valid_from)
SELECT 'facility', code, name, id, '1900-01-01' FROM facility ORDER BY id;
INSERT INTO place_reach (place_id, facility_id, valid_from)
SELECT id, facility_id, '1900-01-01' FROM place WHERE kind = 'facility';
