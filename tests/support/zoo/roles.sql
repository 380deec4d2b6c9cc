-- Roles with every attribute, memberships and settings.
SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['zoo_owner', 'zoo_reader', 'zoo_writer', 'zoo_login', 'zoo_nobody']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE zoo_login LOGIN CONNECTION LIMIT 3 VALID UNTIL '2038-01-19 03:14:07+00' PASSWORD 'zoo secret';
ALTER ROLE zoo_login SET work_mem = '7MB';
ALTER ROLE zoo_login SET search_path = "$user", 'zoo with space', public;
ALTER ROLE zoo_login SET "zoo.custom" = 'it''s \ a "value"';
ALTER ROLE zoo_nobody CREATEDB CREATEROLE NOINHERIT BYPASSRLS REPLICATION;
GRANT zoo_reader TO zoo_writer;
GRANT zoo_writer TO zoo_login WITH ADMIN OPTION;
COMMENT ON ROLE zoo_owner IS 'owns the zoo';
