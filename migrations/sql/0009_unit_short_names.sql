-- What an association is called where there is little room: for a prefecture's, the prefecture alone. Without one its full name is shown.

ALTER TABLE units ADD COLUMN short_name text CHECK (short_name <> ''), ADD COLUMN short_name_en text CHECK (short_name_en <> '');
