DROP TABLE span;
DROP TABLE gauge;
ALTER TABLE transaction RESET (fillfactor, autovacuum_vacuum_scale_factor);
ALTER TABLE step RESET (fillfactor, autovacuum_vacuum_scale_factor);
