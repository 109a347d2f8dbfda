INSERT INTO place (kind, code, name, valid_from, valid_to)
SELECT 'entity', r.code, (array_agg(v.name ORDER BY v.valid_from DESC))[1], min(v.valid_from),
       nullif(max(coalesce(v.valid_to, 'infinity')), 'infinity')
  FROM reference_entity r
  JOIN reference_version v ON v.entity_id = r.id
 WHERE r.kind = 'ledger_entity'
 GROUP BY r.id ORDER BY r.id;

INSERT INTO place_edge (child_id, parent_id, valid_from, valid_to)
SELECT p.id, q.id, v.valid_from, v.valid_to
  FROM reference_version v
  JOIN reference_entity r ON r.id = v.entity_id AND r.kind = 'ledger_entity'
  JOIN reference_entity above ON above.id = v.parent_id
  JOIN place p ON p.kind = 'entity' AND p.code = r.code
  JOIN place q ON q.kind = 'entity' AND q.code = above.code;

ALTER TABLE reference_version DROP CONSTRAINT reference_version_once_a_day;
