-- Version 3: of which unit a gain is, and of which scenario and year. Of those recorded before nobody knows.

ALTER TABLE gains ADD COLUMN level TEXT;
ALTER TABLE gains ADD COLUMN unit_code TEXT;
ALTER TABLE gains ADD COLUMN unit_name TEXT;
ALTER TABLE gains ADD COLUMN scenario TEXT;
ALTER TABLE gains ADD COLUMN year INTEGER;
ALTER TABLE gains ADD COLUMN births TEXT;
