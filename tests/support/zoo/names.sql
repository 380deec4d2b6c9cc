-- Names that break careless quoting, for a schema, role, table, columns, sequence, function, index and type each.
CREATE TEMPORARY TABLE hostile (name text);
INSERT INTO hostile VALUES ('it''s'), ('say "hi"'), (E'new\nline'), (E'tab\ttab'), ('100%s %d %n'), ('$1 $$ $tag$'), (E'back\\slash\\n'), ('Ünïcödé 你好 👋'),
  (repeat('x', 55)), ('select'), ('a.b'), (' around '), (E'\\.'), ('semi;colon'), ('-- comment'), ('/* open'), ('UPPER'), (','), ('{a,"b"}'), ('(1)'), (':name'),
  ('*'), ('?'), ('a=b'), ('~'), ('`id`'), (E'cr\rlf'), (E'\x01\x7f');
DO $do$
DECLARE
  h text;
  r text;
BEGIN
  FOR h IN SELECT name FROM hostile LOOP
    r := 'zoo_' || h;
    IF r !~ '[\r\n]' THEN  -- servers to come refuse these in roles
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I', r); END IF;
    ELSE
      r := 'zoo_owner';
    END IF;
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', 'zoo ' || h, r);
    EXECUTE format('CREATE TYPE %1$I.%2$I AS ENUM (%2$L)', 'zoo ' || h, 'type ' || h);
    EXECUTE format('CREATE SEQUENCE %I.%I START 5', 'zoo ' || h, 'seq ' || h);
    EXECUTE format('CREATE FUNCTION %1$I.%2$I(%2$I text) RETURNS text LANGUAGE sql IMMUTABLE AS %3$L', 'zoo ' || h, h, 'SELECT ' || quote_literal(h));
    EXECUTE format('CREATE TABLE %1$I.%2$I (%2$I text PRIMARY KEY DEFAULT %2$L, %3$I %1$I.%4$I, %5$I bigint DEFAULT nextval(%6$L))',
                   'zoo ' || h, h, 'e ' || h, 'type ' || h, 's ' || h, format('%I.%I', 'zoo ' || h, 'seq ' || h));
    EXECUTE format('INSERT INTO %I.%I VALUES (%L, %L), (DEFAULT, NULL)', 'zoo ' || h, h, E'\\.' || h, 'type ' || h);
    EXECUTE format('CREATE INDEX %1$I ON %2$I.%3$I ((%2$I.%3$I(%3$I)))', 'idx ' || h, 'zoo ' || h, h);
    EXECUTE format('CREATE VIEW %1$I.%2$I AS SELECT * FROM %1$I.%3$I', 'zoo ' || h, 'view ' || h, h);
    EXECUTE format('ALTER TABLE %I.%I OWNER TO %I', 'zoo ' || h, h, r);
    EXECUTE format('GRANT SELECT, UPDATE (%3$I) ON %1$I.%3$I TO %2$I', 'zoo ' || h, CASE r WHEN 'zoo_owner' THEN 'zoo_reader' ELSE 'zoo_owner' END, h);
    EXECUTE format('COMMENT ON TABLE %1$I.%2$I IS %2$L', 'zoo ' || h, h);
  END LOOP;
END $do$;
DROP TABLE hostile;
-- Names of the longest length, and one that differs only in the last byte.
SELECT format('CREATE TABLE zoo.%I AS SELECT %s AS %I', repeat('n', 62) || n, n, repeat('ü', 31) || n) FROM generate_series(1, 2) AS n \gexec
