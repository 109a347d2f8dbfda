ALTER TABLE code_meaning DROP CONSTRAINT code_meaning_one_a_day;
DELETE FROM code_meaning;
DELETE FROM local_code;
