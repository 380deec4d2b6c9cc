"""Databases that a restore makes whole, or without one object (postgres_left_out_test.py)."""

# Restored whole: code that needs the source's search path, or objects that are still to come.
WHOLE = {
    "index over a function that finds its parts by the search path": (
        """CREATE EXTENSION cube; CREATE EXTENSION earthdistance; CREATE TABLE place (lat float8, lng float8);
        INSERT INTO place VALUES (1, 2); CREATE INDEX by_position ON place USING gist (ll_to_earth(lat, lng));""",
        "SELECT count(*) FROM pg_index WHERE indexrelid = 'by_position'::regclass AND indisvalid", "1"),
    "index over a function that people wrote": (
        """CREATE EXTENSION unaccent; CREATE FUNCTION plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT unaccent('unaccent', $1) $$;
        CREATE TABLE person (name text); INSERT INTO person VALUES ('é'); CREATE UNIQUE INDEX by_name ON person (plain(name));""",
        "SELECT count(*) FROM pg_index WHERE indexrelid = 'by_name'::regclass AND indisvalid", "1"),
    "index over a function that reads another table, whose rows come later": (
        """CREATE TABLE rate (id int PRIMARY KEY, factor int); INSERT INTO rate SELECT n, n * 7 FROM generate_series(1, 10) n;
        CREATE FUNCTION factor_of(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT factor FROM public.rate WHERE id = $1';
        CREATE TABLE sale (id int, rate int); INSERT INTO sale SELECT n, n % 10 + 1 FROM generate_series(1, 5000) n;
        CREATE INDEX by_factor ON sale (factor_of(rate));""",
        "SELECT set_config('enable_seqscan', 'off', false); SELECT count(*) FROM sale WHERE factor_of(rate) = 21", "off\n500"),
    "generated column": (
        """CREATE EXTENSION unaccent; CREATE FUNCTION slugify(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RETURN lower(unaccent(v)); END $$;
        CREATE TABLE post (title text, slug text GENERATED ALWAYS AS (slugify(title)) STORED); INSERT INTO post VALUES ('É');""",
        "SELECT slug FROM post", "e"),
    "domain": (
        """CREATE FUNCTION helper(v text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT length(v) > 1 $$;
        CREATE FUNCTION long(v text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN helper(v); END $$;
        CREATE DOMAIN word AS text CHECK (long(VALUE)); CREATE TABLE said (w word); INSERT INTO said VALUES ('yes');""",
        "SELECT w FROM said", "yes"),
    "function of a schema in the database's search path": (
        """CREATE SCHEMA app; ALTER DATABASE {db} SET search_path TO app, public; SET search_path TO app, public;
        CREATE FUNCTION app.inner_one(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
        CREATE FUNCTION public.outer_one(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN inner_one($1); END $$;
        CREATE TABLE public.n (i int); INSERT INTO public.n VALUES (1); CREATE INDEX by_outer ON public.n (public.outer_one(i));""",
        "SELECT count(*) FROM pg_index WHERE indexrelid = 'public.by_outer'::regclass", "1"),
    "trigger that compares an extension's type": (
        """CREATE EXTENSION hstore; CREATE TABLE t (id int, a hstore); CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RETURN new; END $$; CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (old.a IS DISTINCT FROM new.a) EXECUTE FUNCTION bump();""",
        "SELECT count(*) FROM pg_trigger WHERE tgname = 'tr'", "1"),
    "view that compares an extension's type": (
        """CREATE EXTENSION hstore; CREATE TABLE t (a hstore, b hstore); INSERT INTO t VALUES ('a=>1', 'a=>1');
        CREATE VIEW same AS SELECT a IS NOT DISTINCT FROM b AS yes FROM t; CREATE VIEW above AS SELECT * FROM same;""",
        "SELECT yes FROM above", "t"),
    "domain that compares an extension's type, with grants": (
        """CREATE EXTENSION hstore; CREATE DOMAIN pairs AS hstore CHECK (VALUE IS NOT DISTINCT FROM VALUE); REVOKE USAGE ON TYPE pairs FROM PUBLIC;
        CREATE TABLE t (p pairs); INSERT INTO t VALUES ('a=>1');""",
        "SELECT p, (SELECT typacl FROM pg_type WHERE typname = 'pairs') FROM t", '"a"=>"1"|{postgres=U/postgres}'),
    "comparisons of an extension's type, which have another meaning without it in the search path": (
        """CREATE EXTENSION citext; CREATE TABLE a (k citext, n int); INSERT INTO a VALUES ('X', 1); CREATE TABLE b (k citext); INSERT INTO b VALUES ('x');
        CREATE VIEW joined AS SELECT * FROM a JOIN b USING (k); CREATE MATERIALIZED VIEW m AS SELECT * FROM joined;
        CREATE VIEW same AS SELECT a.k IS DISTINCT FROM b.k AS d, nullif(a.k, b.k) AS n, CASE a.k WHEN b.k THEN 1 ELSE 2 END AS c FROM a, b;
        CREATE FUNCTION is_x(v citext) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT v = 'X'::public.citext $$;
        CREATE TABLE g (k citext, y bool GENERATED ALWAYS AS (is_x(k)) STORED); INSERT INTO g VALUES ('x');
        CREATE INDEX ON g (k) WHERE is_x(k); CREATE MATERIALIZED VIEW o AS SELECT is_x(k) AS y FROM g; ALTER TABLE g OWNER TO kind_a;""",
        "SELECT (SELECT count(*) FROM joined), (SELECT count(*) FROM m), s.*, (SELECT y FROM g), (SELECT y FROM o) FROM same s", "1|1|f||1|t|t"),
    "CHECK that looks into another table": (
        """CREATE TABLE dict (v text PRIMARY KEY); INSERT INTO dict VALUES ('a');
        CREATE FUNCTION in_dict(text) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT 1 FROM public.dict WHERE v = $1) $$;
        CREATE TABLE a_data (v text CHECK (public.in_dict(v))); INSERT INTO a_data SELECT 'a' FROM generate_series(1, 100);""",
        "SELECT count(*) FROM a_data", "100"),
    "event trigger that forbids drops": (
        """CREATE TABLE t (i int); CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'forbidden'; END $$;
        CREATE EVENT TRIGGER g ON sql_drop EXECUTE FUNCTION no();""",
        "SELECT count(*) FROM pg_event_trigger", "1"),
    "materialized view over text of a query": (
        """CREATE TABLE documents (body text); INSERT INTO documents VALUES ('to be');
        CREATE MATERIALIZED VIEW words AS SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', body) FROM documents');""",
        "SELECT count(*) FROM words", "2"),
    "function with options that only a superuser may give, and a body in SQL": (
        """CREATE FUNCTION next(v int) RETURNS int LANGUAGE sql IMMUTABLE LEAKPROOF RETURN v + 1;
        CREATE FUNCTION quiet(v int) RETURNS int LANGUAGE sql SET log_statement = 'none' SET work_mem = '1MB' RETURN next(v);
        CREATE TABLE t (i int, j int GENERATED ALWAYS AS (next(i)) STORED); INSERT INTO t VALUES (1);""",
        "SELECT j, proleakproof, (SELECT proconfig FROM pg_proc WHERE proname = 'quiet') FROM t, pg_proc WHERE proname = 'next'",
        "2|t|{log_statement=none,work_mem=1MB}"),
    "trigger and CHECK of tables whose partitions and children belong to others": (
        """CREATE TABLE p (i int) PARTITION BY LIST (i); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1) PARTITION BY LIST (i);
        CREATE TABLE p2 PARTITION OF p1 FOR VALUES IN (1); INSERT INTO p VALUES (1); CREATE TABLE q (i int); CREATE TABLE "c, (1)" () INHERITS (q);
        CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER tr BEFORE INSERT ON p FOR EACH ROW WHEN (NEW.i > 0) EXECUTE FUNCTION tf();
        ALTER TABLE p ADD CHECK (i > 1) NOT VALID; ALTER TABLE q ADD CHECK (i > 1) NOT VALID;
        ALTER TABLE p OWNER TO kind_a; ALTER TABLE p2 OWNER TO kind_b; ALTER TABLE q OWNER TO kind_a; ALTER TABLE "c, (1)" OWNER TO kind_b;""",
        "SELECT (SELECT count(*) FROM pg_trigger WHERE tgname = 'tr'), count(*) FROM pg_constraint WHERE contype = 'c' AND NOT convalidated", "3|5"),
    "row security that its owner does not escape": (
        """CREATE TABLE a (i int PRIMARY KEY); INSERT INTO a VALUES (1); CREATE TABLE b (i int); INSERT INTO b VALUES (1); CREATE TABLE c (i int PRIMARY KEY);
        INSERT INTO c VALUES (1); ALTER TABLE c ADD CONSTRAINT zz FOREIGN KEY (i) REFERENCES a; ALTER TABLE a ADD CONSTRAINT zz FOREIGN KEY (i) REFERENCES c;
        ALTER TABLE a FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY; ALTER TABLE c FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY;
        ALTER TABLE a OWNER TO kind_a; ALTER TABLE c OWNER TO kind_a;
        CREATE TABLE d (i int); CREATE TABLE e (j int) INHERITS (d, a); INSERT INTO d VALUES (1); CREATE POLICY p ON d USING (false);
        ALTER TABLE d FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY; ALTER TABLE e FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY;
        CREATE MATERIALIZED VIEW m AS SELECT * FROM d; CREATE MATERIALIZED VIEW n AS SELECT * FROM c; ALTER MATERIALIZED VIEW n OWNER TO kind_a;
        REFRESH MATERIALIZED VIEW n;""",
        "SELECT sum(convalidated::int), (SELECT count(*) FROM m), (SELECT count(*) FROM n) FROM pg_constraint WHERE contype = 'f'", "2|1|0"),
    "partitions by the hash of values that contain an enum": (
        """CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd'); CREATE TYPE c AS (e e, i int);
        CREATE TABLE p (k c) PARTITION BY HASH (k); CREATE TABLE q (k e[]) PARTITION BY HASH (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE p2 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE q1 PARTITION OF q FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE q2 PARTITION OF q FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO p SELECT row(x, i)::c FROM unnest(enum_range(null::e)) x, generate_series(1, 20) i;
        INSERT INTO q SELECT array[x, y] FROM unnest(enum_range(null::e)) x, unnest(enum_range(null::e)) y;""",
        "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM q)", "80|16"),
}

# Those of WHOLE that need nothing but the source's search path: programs that stop at the first error restore them too.
SEARCHED = (
    "index over a function that finds its parts by the search path", "index over a function that people wrote", "generated column", "domain",
    "function of a schema in the database's search path", "trigger that compares an extension's type", "view that compares an extension's type",
    "comparisons of an extension's type, which have another meaning without it in the search path", "materialized view over text of a query",
)

# Restored but for what is named: SQL, then object: (what came instead, a word of the reason), then a query and its answer.
LESS = {
    "orphaned row": (
        """CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (pid int REFERENCES p); INSERT INTO p VALUES (1);
        SET session_replication_role = replica; INSERT INTO c VALUES (99);""",
        {"FK CONSTRAINT public.c c_pid_fkey": ("NOT VALID", "is not present in table")},
        "SELECT (SELECT count(*) FROM c), NOT convalidated FROM pg_constraint WHERE conname = 'c_pid_fkey'", "1|t"),
    "duplicates": (
        """CREATE TABLE t (i int); CREATE INDEX u ON t (i); INSERT INTO t VALUES (1), (1);
        UPDATE pg_index SET indisunique = true WHERE indexrelid = 'u'::regclass;""",
        {"INDEX public.u": ("", "is duplicated")}, "SELECT count(*) FROM t", "2"),
    "CHECK that became stricter": (
        """CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT true $$;
        CREATE TABLE t (i int CONSTRAINT small CHECK (public.fits(i)), j int CHECK (j > 0)); INSERT INTO t VALUES (1, 1), (2, 2);
        CREATE OR REPLACE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 < 2 $$;""",
        {"rows of public.t": ("all of them, with the constraint NOT VALID: small", "violates check constraint")},
        "SELECT (SELECT count(*) FROM t), NOT convalidated FROM pg_constraint WHERE conname = 'small'", "2|t"),
    "domain that became stricter": (
        """CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT true $$;
        CREATE DOMAIN amount AS int CONSTRAINT small CHECK (public.fits(VALUE)); CREATE TABLE t (i amount); INSERT INTO t VALUES (1), (2);
        CREATE OR REPLACE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 < 2 $$;""",
        {"rows of public.t": ("all of them, with the constraint NOT VALID: small", "violates check constraint")},
        "SELECT (SELECT count(*) FROM t), NOT convalidated FROM pg_constraint WHERE conname = 'small'", "2|t"),
    "partition whose CHECK became stricter": (
        """CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT true $$;
        CREATE TABLE r (i int CONSTRAINT small CHECK (public.fits(i))) PARTITION BY RANGE (i);
        CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10); INSERT INTO r VALUES (1), (2);
        CREATE OR REPLACE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 < 2 $$;""",
        {"rows of public.r1": ("all of them, with the constraint NOT VALID: small", "violates check constraint")},
        "SELECT count(*) FROM r", "2"),
    "generated column that fails for one row": (
        """CREATE FUNCTION half(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 / 2; END $$;
        CREATE TABLE t (i int, h int GENERATED ALWAYS AS (public.half(i)) STORED); INSERT INTO t VALUES (1), (2); CREATE TABLE other AS SELECT 7 AS x;
        CREATE OR REPLACE FUNCTION half(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 1 / ($1 - 1); END $$;""",
        {"rows of public.t": ("", "division by zero")}, "SELECT x FROM other", "7"),
    "default and CHECK that the server refuses to read": (
        """CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT true $$; CREATE DOMAIN word AS int CHECK (public.fits(VALUE));
        CREATE TABLE t (i int DEFAULT 7 NOT NULL, "j, (" word[] DEFAULT '{5}' NOT NULL, k text COLLATE "C" DEFAULT ('a)' || ','), CONSTRAINT c CHECK (i > 0),
          CONSTRAINT d CHECK (i = ANY ('{5}'::word[]) OR true)); INSERT INTO t VALUES (1, '{1}'); ALTER TABLE t FORCE ROW LEVEL SECURITY;
        CREATE TABLE u () INHERITS (t); INSERT INTO u VALUES (2, '{1}'); CREATE INDEX ON t (i); ALTER TABLE t OWNER TO kind_a;
        CREATE OR REPLACE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 < 2 $$;""",
        {"TABLE public.t": ('without the default of "j, (", the constraint d', "violates check constraint"),
         "DEFAULT public.u j, (": ("", "violates check constraint")},
        "SELECT i, k, relforcerowsecurity, (SELECT count(*) FROM pg_constraint WHERE conname = 'c'), (SELECT count(*) FROM pg_attrdef "
        "WHERE adrelid = 't'::regclass) FROM t, pg_class WHERE relname = 't'", "1|a),|t|2|2\n2|a),|t|2|2"),
    "function in a library that this server lacks": (
        """CREATE TABLE t (i int); INSERT INTO t VALUES (1);
        CREATE FUNCTION gone(int) RETURNS int LANGUAGE c IMMUTABLE AS '$libdir/pg_trgm', 'show_limit'; COMMENT ON FUNCTION gone(int) IS 'x';
        UPDATE pg_proc SET probin = '$libdir/hf_missing' WHERE proname = 'gone';""",
        {"FUNCTION public.gone(integer)": ("", "could not access file")}, "SELECT count(*) FROM t", "1"),
}
