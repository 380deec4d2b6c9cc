-- One row of 100 MB, for memory bounds. Separate from zoo.sql because it is slow to copy.
CREATE SCHEMA zoo_large;
CREATE TABLE zoo_large.wide (id int PRIMARY KEY, b bytea, t text);
ALTER TABLE zoo_large.wide ALTER b SET STORAGE EXTERNAL;
INSERT INTO zoo_large.wide SELECT 1, decode(repeat(string_agg(md5(n::text), '' ORDER BY n), 100), 'hex'), NULL FROM generate_series(1, 65536) AS n;
INSERT INTO zoo_large.wide VALUES (2, '', repeat(E'back\\slash\ttab\n', 1000000));
