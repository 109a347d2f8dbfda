DROP TRIGGER facility_renamed ON facility;
DROP TRIGGER facility_made ON facility;
DROP FUNCTION facility_has_place();
ALTER TABLE place_edge DROP CONSTRAINT place_edge_one_parent;
DELETE FROM place_reach;
DELETE FROM place_edge;
DELETE FROM place;
