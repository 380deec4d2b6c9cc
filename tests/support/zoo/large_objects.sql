-- Large objects: several, an empty one, a big one, all bytes; with owner, privileges and comments.
SELECT lo_create(4000000001), lo_from_bytea(70001, 'first'), lo_from_bytea(70002, string_agg(set_byte('\x00', 0, n), '' ORDER BY n))
FROM generate_series(0, 255) AS n \g /dev/null
SELECT lo_from_bytea(70003, decode(string_agg(md5(n::text), '' ORDER BY n), 'hex')) FROM generate_series(1, 3 * 65536) AS n \g /dev/null
SELECT lo_from_bytea(70004, ''), lo_put(70004, 100000, 'after a hole') \g /dev/null
ALTER LARGE OBJECT 70001 OWNER TO zoo_owner;
ALTER LARGE OBJECT 70003 OWNER TO zoo_owner;
GRANT SELECT ON LARGE OBJECT 70001 TO zoo_reader, PUBLIC;
GRANT ALL ON LARGE OBJECT 70002 TO zoo_writer WITH GRANT OPTION;
SET SESSION AUTHORIZATION zoo_writer;
GRANT UPDATE ON LARGE OBJECT 70002 TO "zoo_it's";
RESET SESSION AUTHORIZATION;
REVOKE ALL ON LARGE OBJECT 70003 FROM zoo_owner;
COMMENT ON LARGE OBJECT 70001 IS E'it''s\na large \\ object';
