-- Every kind of object and type that PostgreSQL has, with data. Run by a superuser on an empty database of PostgreSQL 13 to 17:
--   psql -X -v ON_ERROR_STOP=1 -d DATABASE -f zoo.sql
-- Roles (zoo_…) belong to the server: they are made once and kept. A database with a subscription can be dropped only after
-- DROP SUBSCRIPTION zoo_subscription. zoo_large.sql adds a row of 100 MB.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET search_path = pg_catalog;
SELECT current_setting('server_version_num')::int >= 140000 AS pg14, current_setting('server_version_num')::int >= 150000 AS pg15,
       current_setting('server_version_num')::int >= 160000 AS pg16, current_setting('server_version_num')::int >= 170000 AS pg17 \gset
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'file_fdw') AS contrib \gset

\ir zoo/roles.sql
\ir zoo/types.sql
\ir zoo/tables.sql
\ir zoo/partitions.sql
\ir zoo/code.sql
\ir zoo/foreign.sql
\ir zoo/names.sql
\ir zoo/large_objects.sql
\ir zoo/privileges.sql
