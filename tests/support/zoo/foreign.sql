-- Foreign data: wrappers, servers, mappings, tables. Nothing connects.
SET search_path = zoo, public;
CREATE FOREIGN DATA WRAPPER own_wrapper OPTIONS (debug 'true');
CREATE SERVER own_server TYPE 'none' VERSION '1' FOREIGN DATA WRAPPER own_wrapper OPTIONS (host 'it''s nowhere');
CREATE USER MAPPING FOR PUBLIC SERVER own_server;
CREATE FOREIGN TABLE own_foreign (a int OPTIONS (column_name 'A'), b text DEFAULT 'x' NOT NULL) SERVER own_server OPTIONS ("table" 't');
COMMENT ON SERVER own_server IS 'a server';
COMMENT ON FOREIGN TABLE own_foreign IS 'a foreign table';
COMMENT ON FOREIGN DATA WRAPPER own_wrapper IS 'a wrapper';
\if :contrib
CREATE EXTENSION file_fdw;
CREATE EXTENSION postgres_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE file_lines (line text) SERVER files OPTIONS (filename '/dev/null');
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '192.0.2.1', dbname 'x');
CREATE USER MAPPING FOR zoo_login SERVER elsewhere OPTIONS ("user" 'u', password 'hidden');
CREATE TABLE partly_foreign (a int) PARTITION BY LIST (a);
CREATE TABLE partly_foreign_1 PARTITION OF partly_foreign FOR VALUES IN (1);
CREATE FOREIGN TABLE partly_foreign_2 PARTITION OF partly_foreign FOR VALUES IN (2) SERVER elsewhere;
INSERT INTO partly_foreign VALUES (1);
\endif
RESET search_path;
