DROP TRIGGER audit_row_append_only ON audit_row;
DROP FUNCTION audit_row_is_append_only();
