-- One version a day. A range of one id serves as equality, so that no extension is needed.
ALTER TABLE reference_version ADD CONSTRAINT reference_version_once_a_day
    EXCLUDE USING gist (int8range(entity_id, entity_id, '[]') WITH &&,
                        daterange(valid_from, valid_to, '[]') WITH &&);

-- Ledger entities were places of a tree of their own; they become reference entities, days without a
-- parent included.
INSERT INTO reference_entity (kind, code)
SELECT 'ledger_entity', code FROM place WHERE kind = 'entity' ORDER BY id;

INSERT INTO reference_version (entity_id, valid_from, valid_to, name, parent_id, owner, steward, values)
SELECT r.id, e.valid_from, e.valid_to, p.name, above.id, '', '', '{}'
  FROM place p
  JOIN reference_entity r ON r.kind = 'ledger_entity' AND r.code = p.code
  JOIN place_edge e ON e.child_id = p.id
  JOIN place q ON q.id = e.parent_id
  JOIN reference_entity above ON above.kind = 'ledger_entity' AND above.code = q.code
 WHERE p.kind = 'entity';

INSERT INTO reference_version (entity_id, valid_from, valid_to, name, owner, steward, values)
SELECT alone.id, lower(alone.during), upper(alone.during) - 1, alone.name, '', '', '{}'
  FROM (SELECT r.id, p.name,
               unnest(datemultirange(daterange(p.valid_from, p.valid_to, '[]'))
                      - coalesce(range_agg(daterange(v.valid_from, v.valid_to, '[]')), '{}')) AS during
          FROM place p
          JOIN reference_entity r ON r.kind = 'ledger_entity' AND r.code = p.code
          LEFT JOIN reference_version v ON v.entity_id = r.id
         WHERE p.kind = 'entity'
         GROUP BY r.id, p.id) alone;

DELETE FROM place_edge WHERE child_id IN (SELECT id FROM place WHERE kind = 'entity');
DELETE FROM place WHERE kind = 'entity';
