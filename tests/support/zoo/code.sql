-- Functions, operators, triggers, rules, policies, text search, collations, conversions, publications.
SET search_path = zoo, public;
CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $f$;
CREATE FUNCTION every_option(INOUT a int, b text DEFAULT 'it''s', VARIADIC c int[] DEFAULT '{}', OUT d int) LANGUAGE plpgsql
  STABLE SECURITY DEFINER LEAKPROOF PARALLEL RESTRICTED COST 5 SET search_path = zoo, pg_temp SET work_mem = '1MB'
  AS $f$ BEGIN d := coalesce(array_length(c, 1), 0); RAISE DEBUG $$dollar \ quote$$; END $f$;
CREATE FUNCTION overloaded(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT $1';
CREATE FUNCTION overloaded(text) RETURNS SETOF zoo_types.pair LANGUAGE sql ROWS 3 AS 'SELECT 1, $1';
CREATE FUNCTION returns_table(n int) RETURNS TABLE (x int, "Y z" text) LANGUAGE sql AS 'SELECT n, ''z''';
\if :pg14
CREATE FUNCTION standard_body(n int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM zoo.indexed WHERE id < n; END;
CREATE PROCEDURE proc(IN a int, OUT b int) LANGUAGE plpgsql AS $f$ BEGIN b := a; COMMIT; END $f$;
\else
CREATE PROCEDURE proc(INOUT a int) LANGUAGE plpgsql AS $f$ BEGIN COMMIT; END $f$;
\endif
COMMENT ON FUNCTION overloaded(int) IS 'a function';
COMMENT ON PROCEDURE proc IS 'a procedure';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE);
CREATE AGGREGATE moving(float8) (SFUNC = float8pl, STYPE = float8, MSFUNC = float8pl, MINVFUNC = float8mi, MSTYPE = float8);
CREATE AGGREGATE ordered(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
COMMENT ON AGGREGATE total(int) IS 'an aggregate';

CREATE FUNCTION same(int, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1::text = $2';
CREATE FUNCTION same(text, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $2::text = $1';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = text, FUNCTION = same, COMMUTATOR = ===, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = int, FUNCTION = same, COMMUTATOR = ===);
COMMENT ON OPERATOR === (int, text) IS 'an operator';
CREATE FUNCTION pair_compare(zoo_types.pair, zoo_types.pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btrecordcmp($1, $2)';
CREATE OPERATOR FAMILY pair_family USING btree;
CREATE OPERATOR CLASS reversed FOR TYPE int USING btree FAMILY pair_family AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int, int);
ALTER OPERATOR FAMILY pair_family USING btree ADD OPERATOR 1 > (int, bigint);
CREATE INDEX by_own_class ON dropped (a reversed);
COMMENT ON OPERATOR CLASS reversed USING btree IS 'an operator class';
CREATE FUNCTION handler(internal) RETURNS index_am_handler LANGUAGE internal STRICT AS 'bthandler';
CREATE ACCESS METHOD own_btree TYPE INDEX HANDLER handler;
CREATE TRANSFORM FOR zoo_types.pair LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));

CREATE COLLATION german (provider = libc, locale = 'C');
CREATE COLLATION copied FROM "POSIX";
CREATE CONVERSION own_conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TABLE collated (t text COLLATE german);
INSERT INTO collated VALUES ('b'), ('A');
COMMENT ON COLLATION german IS 'a collation';
COMMENT ON CONVERSION own_conversion IS 'a conversion';

CREATE TEXT SEARCH DICTIONARY own_dictionary (TEMPLATE = snowball, Language = english, StopWords = english);
CREATE TEXT SEARCH CONFIGURATION own_configuration (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION own_configuration ADD MAPPING FOR asciiword, word WITH own_dictionary, simple;
CREATE TEXT SEARCH PARSER own_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE own_template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
COMMENT ON TEXT SEARCH CONFIGURATION own_configuration IS 'a text search configuration';
CREATE INDEX by_own_words ON indexed USING gin (to_tsvector('zoo.own_configuration', t));

CREATE TRIGGER on_row BEFORE INSERT OR UPDATE OF t ON indexed FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION bump('with', 'ar''gs');
CREATE TRIGGER on_statement AFTER INSERT ON indexed REFERENCING NEW TABLE AS fresh_rows FOR EACH STATEMENT EXECUTE FUNCTION bump();
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON indexed DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bump();
CREATE TRIGGER on_view INSTEAD OF INSERT ON grouped_view FOR EACH ROW EXECUTE FUNCTION bump();
CREATE TRIGGER disabled BEFORE DELETE ON indexed FOR EACH ROW EXECUTE FUNCTION bump();
CREATE TRIGGER replica BEFORE DELETE ON indexed FOR EACH ROW EXECUTE FUNCTION bump();
CREATE TRIGGER always BEFORE DELETE ON indexed FOR EACH ROW EXECUTE FUNCTION bump();
ALTER TABLE indexed DISABLE TRIGGER disabled, ENABLE REPLICA TRIGGER replica, ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER on_partitions AFTER UPDATE ON zoo_parts.by_range FOR EACH ROW EXECUTE FUNCTION bump();
ALTER TABLE zoo_parts.by_range_old DISABLE TRIGGER on_partitions;
COMMENT ON TRIGGER on_row ON indexed IS 'a trigger';
CREATE RULE to_other AS ON INSERT TO empty_table WHERE NEW.id < 0 DO ALSO INSERT INTO zoo.tree VALUES (NEW.id, NULL);
CREATE RULE never AS ON DELETE TO parents DO INSTEAD NOTHING;
ALTER TABLE parents DISABLE RULE never;
COMMENT ON RULE never ON parents IS 'a rule';

CREATE TABLE guarded (id int, who name DEFAULT current_user);
INSERT INTO guarded VALUES (1, 'zoo_reader'), (2, 'somebody');
ALTER TABLE guarded OWNER TO zoo_owner;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON guarded FOR SELECT TO zoo_reader, zoo_writer USING (who = current_user);
CREATE POLICY "no big ones" ON guarded AS RESTRICTIVE FOR INSERT WITH CHECK (id < 100 AND id IN (SELECT n FROM zoo.z_first));
CREATE TABLE policies_off (id int);
CREATE POLICY sleeping ON policies_off USING (true);
COMMENT ON POLICY own_rows ON guarded IS 'a policy';

CREATE FUNCTION on_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER zoo_event ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION on_event();
ALTER EVENT TRIGGER zoo_event ENABLE REPLICA;
COMMENT ON EVENT TRIGGER zoo_event IS 'an event trigger';

CREATE PUBLICATION zoo_all FOR ALL TABLES WITH (publish = 'insert, delete');
CREATE PUBLICATION zoo_some FOR TABLE indexed, ONLY parents WITH (publish_via_partition_root = true);
\if :pg15
CREATE PUBLICATION zoo_filtered FOR TABLE constrained (a, b) WHERE (a > 1);
CREATE PUBLICATION zoo_schema FOR TABLE constrained, TABLES IN SCHEMA zoo_parts;
\endif
COMMENT ON PUBLICATION zoo_some IS 'a publication';
SET client_min_messages = error;  -- it warns that it has not connected
CREATE SUBSCRIPTION zoo_subscription CONNECTION 'dbname=nowhere password=hidden' PUBLICATION zoo_some WITH (connect = false, slot_name = NONE);
SET client_min_messages = warning;
\if :contrib
CREATE TABLE with_hstore (h hstore, EXCLUDE USING gist ((h -> 'k') WITH =));
INSERT INTO with_hstore VALUES ('k=>v, "a b"=>NULL'), (NULL);
CREATE INDEX by_trigram ON indexed USING gin (t gin_trgm_ops);
\endif
RESET search_path;
