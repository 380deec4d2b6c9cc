-- Types of every kind, and a row of edge values for each built-in type.
CREATE SCHEMA zoo AUTHORIZATION zoo_owner;
COMMENT ON SCHEMA zoo IS 'all the animals';
CREATE SCHEMA zoo_types;
SET search_path = zoo_types, public;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s fine', '', 'Zürich');
ALTER TYPE mood ADD VALUE 'first' BEFORE 'sad';
CREATE TYPE pair AS (a int, b text);
CREATE TYPE nested AS (p pair, list pair[], m mood);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN positives AS positive[] DEFAULT '{}' CHECK (array_position(VALUE, NULL) IS NULL);
CREATE DOMAIN sure AS text NOT NULL DEFAULT 'x' CONSTRAINT short CHECK (length(VALUE) < 100);
ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 1000000) NOT VALID;
COMMENT ON TYPE mood IS 'a mood';
COMMENT ON DOMAIN positive IS 'more than nothing';
COMMENT ON CONSTRAINT short ON DOMAIN sure IS 'not long';
CREATE FUNCTION float8_distance(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE TYPE float_range AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = zoo_types.float8_distance);
CREATE TYPE shell;

-- A base type, made of the functions of another.
CREATE TYPE twin;
CREATE FUNCTION twin_in(cstring) RETURNS twin LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION twin_out(twin) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE twin (INPUT = twin_in, OUTPUT = twin_out, LIKE = int4);
CREATE CAST (int AS twin) WITHOUT FUNCTION;
CREATE CAST (twin AS int) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (pair AS text) WITH INOUT;

CREATE TABLE numbers (i2 smallint, i4 int, i8 bigint, n numeric, n2 numeric(10,3), f4 real, f8 double precision, m money, o oid, b boolean);
INSERT INTO numbers VALUES
  (-32768, -2147483648, -9223372036854775808, '-1e-30', -9999999.999, '-3.4028235e38', '-1.7976931348623157e308', '-92233720368547758.08', 0, false),
  (32767, 2147483647, 9223372036854775807, 1e100 + 0.1, 9999999.999, '1e-45', '5e-324', '92233720368547758.07', 4294967295, true),
  (0, 0, 0, 'NaN', 0, 'NaN', 'NaN', 0, 1, NULL),
  (1, 1, 1, 0.000, 1.100, '-Infinity', 'Infinity', 1.1, 2, true),
  (NULL, NULL, NULL, NULL, NULL, '-0', '-0', NULL, NULL, NULL);
\if :pg14
INSERT INTO numbers (n) VALUES ('Infinity'), ('-Infinity');
\endif

CREATE TABLE texts (t text, v varchar(20), c char(5), n name, x "char", b bytea);
INSERT INTO texts VALUES ('', '', '', '', '', ''), (NULL, NULL, NULL, NULL, NULL, NULL), ('\N', '\.', ' a  ', 'n', 'y', '\x00'),
  (E'tab\tnewline\nreturn\rback\\slash\bbell\a\x01\x7f', 'Zürich', '€', 'ünï', E'\\', 'abc'), ('𝔘𝔫𝔦 👩‍👩‍👧 e' || U&'\0301', '"', '''', ',', '%', '\\x');
INSERT INTO texts (t, b) SELECT 'all bytes', string_agg(set_byte('\x00', 0, n), '' ORDER BY n) FROM generate_series(0, 255) AS n;
INSERT INTO texts (t) VALUES (E'\\.\n\\.\n'), (E'\\N'), (repeat('long ', 1000));

CREATE TABLE times (d date, t time, tt timetz, ts timestamp, tz timestamptz, i interval);
INSERT INTO times VALUES
  ('-infinity', '00:00', '00:00+15:59', '-infinity', '-infinity', '0'), ('infinity', '24:00', '24:00-15:59', 'infinity', 'infinity', '-178000000 years'),
  ('4714-11-24 BC', '23:59:59.999999', '12:00+00', '4714-11-24 00:00 BC', '4714-11-24 00:00+00 BC', '178000000 years'),
  ('5874897-12-31', '12:00', '01:02:03.4+05:30:15', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '1 mon -1 day +00:00:00.000001'),
  ('2000-02-29', NULL, NULL, '1999-12-31 23:59:60', '2024-10-27 02:30 Europe/Zurich', '-1 year -2 mons +3 days -04:05:06.7');
\if :pg17
INSERT INTO times (i) VALUES ('infinity'), ('-infinity');
\endif

CREATE TABLE networks (i inet, c cidr, m macaddr, m8 macaddr8, u uuid);
INSERT INTO networks VALUES ('::', '::/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00', '00000000-0000-0000-0000-000000000000'),
  ('255.255.255.255/1', '10.0.0.0/8', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  ('::ffff:1.2.3.4/128', '2001:db8::/32', NULL, NULL, NULL);

CREATE TABLE documents (j json, b jsonb, p jsonpath, x xml, v tsvector, q tsquery);
INSERT INTO documents VALUES ('{"b":1, "a" : 2,"a":3}', '{"b":1,"a":{"":[null,1.0,1e400,"\u00e9\\\n"]}}', '$."a"[*] ? (@ > 1)', '<a b="c">&amp;<!-- x --></a>',
  '''it''''s'':1A,2B \\:3 fat', '!''fat'' & ''r:at'':*AB | x <-> y'), ('null', 'null', 'strict $', 'content, no root', '', ''), ('[]', '[]', NULL, '', NULL, NULL);

CREATE TABLE bits (b1 bit, b8 bit(8), v bit varying, v3 bit varying(3));
INSERT INTO bits VALUES (B'1', B'10101010', B'', B'101'), (B'0', B'00000000', repeat('1', 1000)::bit varying, B''), (NULL, NULL, NULL, NULL);

CREATE TABLE shapes (p point, l line, s lseg, b box, pa path, po polygon, c circle);
INSERT INTO shapes VALUES ('(1e-300,-1e300)', '{1,2,3}', '[(0,0),(1,1)]', '((2,2),(-1,-1))', '[(0,0),(1,1)]', '((0,0),(1,0),(0,1))', '<(0,0),0>'),
  ('(NaN,Infinity)', '{0,1,0}', '[(0,0),(0,0)]', '((0,0),(0,0))', '((0,0),(1,1))', '((0,0))', '<(1.1,2.2),3.3>');

CREATE TABLE ranges (i4 int4range, i8 int8range, n numrange, ts tsrange, tz tstzrange, d daterange, f float_range);
INSERT INTO ranges VALUES ('empty', 'empty', 'empty', 'empty', 'empty', 'empty', 'empty'), ('(,)', '(,)', '(,)', '(,)', '(,)', '(,)', '(,)'),
  ('[1,5)', '(1,5]', '[1.5,NaN]', '[-infinity,infinity]', '("2000-01-01 00:00+00",)', '[2000-01-01,infinity]', '[-0,NaN)');
\if :pg14
CREATE TABLE multiranges (i4 int4multirange, n nummultirange, d datemultirange, f float_multirange);
INSERT INTO multiranges VALUES ('{}', '{}', '{}', '{}'), ('{[1,2),[5,6]}', '{(,1),(2,)}', '{[2000-01-01,2000-01-02],(2001-01-01,)}', '{[1,2)}');
\endif

CREATE TABLE made (m mood, p pair, n nested, d positive, ds positives, s sure, t twin, ms mood[], ps pair[], dd positive[]);
INSERT INTO made VALUES ('it''s fine', '(1,"a ""b"" \\ ,")', '("(1,)","{""(1,x)"",NULL}",first)', 1, '{1,2}', 'y', 7::twin, '{"",Zürich,"it''s fine"}', '{"(,)"}', '{5}'),
  ('', '(,)', '(,,)', NULL, '{}', '', NULL, '{}', NULL, '{NULL}');

CREATE TABLE arrays (i int[], t text[], two int[][], off int[], dates timestamptz[], b bytea[], r int4range[]);
INSERT INTO arrays VALUES ('{}', '{}', '{}', '[-2:0]={1,2,3}', '{infinity}', '{"\\x00","\\x"}', '{empty,"[1,2)"}'),
  ('{1,NULL,3}', '{NULL,"NULL","",",","{}","\"","\\\\","a b"}', '{{1,2},{3,4}}', '[0:1][5:6]={{1,2},{3,4}}', NULL, NULL, NULL);

CREATE TABLE systems (l pg_lsn, s txid_snapshot, ps pg_snapshot, x xid, x8 xid8, c cid, t tid, v int2vector, ov oidvector,
                      rc regclass, rt regtype, rp regproc, rpr regprocedure, ro regoper, ror regoperator, rn regnamespace, rr regrole,
                      rco regconfig, rd regdictionary, a aclitem);
INSERT INTO systems VALUES ('0/0', '1:1:', '10:20:10,14', '0', '0', '0', '(0,0)', '', '', 'pg_catalog.pg_class', 'int', 'now', 'abs(int)', '|/', '+(int,int)',
                            'zoo_types', 'zoo_owner', 'english', 'simple', 'zoo_reader=r*w/zoo_owner'),
  ('FFFFFFFF/FFFFFFFF', '10:20:10,14', NULL, '4294967295', '18446744073709551615', '4294967295', '(4294967295,65535)', '1 2 -3', '1 2 3',
   'zoo_types.systems', 'zoo_types.mood[]', '0', '0', '0', '0', NULL, NULL, NULL, NULL, NULL);
RESET search_path;
