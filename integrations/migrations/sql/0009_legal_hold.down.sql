DROP TRIGGER legal_hold_stands ON legal_hold;
DROP FUNCTION legal_hold_stands();
