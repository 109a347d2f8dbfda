-- When codes were counted is said once, in follow_up. The version before still writes the column.
ALTER TABLE unmapped_code ALTER COLUMN counted_at DROP NOT NULL;
