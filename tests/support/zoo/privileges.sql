-- Grants of every kind, default privileges, owners.
ALTER TABLE zoo.indexed OWNER TO zoo_owner;
ALTER MATERIALIZED VIEW zoo.z_first OWNER TO zoo_owner;
ALTER SEQUENCE zoo.fresh OWNER TO zoo_owner;
ALTER FUNCTION zoo.overloaded(int) OWNER TO zoo_owner;
ALTER TYPE zoo_types.mood OWNER TO zoo_owner;
ALTER TABLE zoo_parts.by_range OWNER TO zoo_owner;
GRANT USAGE ON SCHEMA zoo, zoo_types TO PUBLIC;
GRANT CREATE ON SCHEMA zoo TO zoo_writer WITH GRANT OPTION;
GRANT SELECT, INSERT ON zoo.indexed TO zoo_reader;
GRANT ALL ON zoo.indexed TO zoo_writer WITH GRANT OPTION;
SET SESSION AUTHORIZATION zoo_writer;
GRANT SELECT ON zoo.indexed TO PUBLIC;
RESET SESSION AUTHORIZATION;
GRANT SELECT (a, b), UPDATE (b), REFERENCES (a) ON zoo.constrained TO zoo_reader;
REVOKE INSERT, DELETE ON zoo.tree FROM CURRENT_USER;
GRANT USAGE, SELECT ON SEQUENCE zoo.used TO zoo_reader;
REVOKE EXECUTE ON FUNCTION zoo.overloaded(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zoo.overloaded(int) TO zoo_reader;
GRANT EXECUTE ON PROCEDURE zoo.proc TO zoo_writer;
REVOKE USAGE ON TYPE zoo_types.mood FROM PUBLIC;
GRANT USAGE ON TYPE zoo_types.mood TO zoo_reader;
GRANT USAGE ON FOREIGN SERVER own_server TO zoo_reader;
GRANT USAGE ON FOREIGN DATA WRAPPER own_wrapper TO zoo_writer;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO zoo_reader;
GRANT SELECT ON pg_catalog.pg_authid TO zoo_nobody;
GRANT SELECT (rolname) ON pg_catalog.pg_authid TO zoo_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner IN SCHEMA zoo GRANT SELECT ON TABLES TO zoo_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner GRANT ALL ON SEQUENCES TO zoo_writer WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner REVOKE ALL ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner GRANT USAGE ON SCHEMAS TO zoo_reader;
\if :pg17
GRANT MAINTAIN ON zoo.constrained TO zoo_writer;
\endif
