-- One meaning a day is believed at a time. A range of one id serves as equality, as for places.
ALTER TABLE code_meaning ADD CONSTRAINT code_meaning_one_a_day
    EXCLUDE USING gist (int8range(code_id, code_id, '[]') WITH &&,
                        daterange(valid_from, valid_to, '[]') WITH &&) WHERE (superseded_at IS NULL);

-- The undated codes, as holding since ever. A tax number is kept as a pseudonym only, which needs a key: those
-- go on being read where they are.
WITH copied AS (
    INSERT INTO local_code (kind, authority, code, owner)
    SELECT DISTINCT 'facility', lower(authority), code, '' FROM facility_alias WHERE lower(authority) <> 'tin'
    RETURNING id, authority, code
)
INSERT INTO code_meaning (code_id, facility_id, valid_from, reason, made_at)
SELECT DISTINCT ON (c.id) c.id, a.facility_id, '1900-01-01', 'As the undated crosswalk had it', now()
  FROM copied c JOIN facility_alias a ON lower(a.authority) = c.authority AND a.code = c.code
 ORDER BY c.id, a.id;
