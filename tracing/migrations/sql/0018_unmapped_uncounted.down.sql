UPDATE unmapped_code SET counted_at = now() WHERE counted_at IS NULL;
ALTER TABLE unmapped_code ALTER COLUMN counted_at SET NOT NULL;
