-- Sessions end with what they rest on, whoever changes it and by which way: a page, a command, a shell.
CREATE FUNCTION user_ends_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Only onwards: who was read before the epoch moved and saved after it brings no session back.
    NEW.session_epoch := greatest(NEW.session_epoch, OLD.session_epoch)
        + (OLD.is_active AND NOT NEW.is_active)::int;
    IF NEW.session_epoch > OLD.session_epoch OR NEW.password <> OLD.password THEN
        DELETE FROM live_session WHERE user_id = NEW.id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER user_ends_sessions BEFORE UPDATE OF is_active, password, session_epoch ON "user"
    FOR EACH ROW EXECUTE FUNCTION user_ends_sessions();

-- The last grant of somebody is withdrawn.
CREATE FUNCTION grant_ends_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two that are withdrawn at once wait for each other here; else each would leave the other as the last.
    PERFORM FROM "user" WHERE id = OLD.user_id FOR UPDATE;
    IF NOT EXISTS (SELECT FROM "grant"
                    WHERE user_id = OLD.user_id AND ended_at IS NULL
                      AND (valid_to IS NULL OR valid_to >= (now() AT TIME ZONE 'UTC')::date)) THEN
        UPDATE "user" SET session_epoch = session_epoch + 1 WHERE id = OLD.user_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER grant_ends_sessions AFTER UPDATE OF ended_at ON "grant"
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION grant_ends_sessions();
CREATE TRIGGER gone_grant_ends_sessions AFTER DELETE ON "grant"
    FOR EACH ROW WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION grant_ends_sessions();
