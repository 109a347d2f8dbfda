DROP TRIGGER gone_grant_ends_sessions ON "grant";
DROP TRIGGER grant_ends_sessions ON "grant";
DROP FUNCTION grant_ends_sessions();
DROP TRIGGER user_ends_sessions ON "user";
DROP FUNCTION user_ends_sessions();
