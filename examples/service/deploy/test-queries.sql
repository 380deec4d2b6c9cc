-- Runs in the restored database; an error is a warning. Replace it by what your data must fulfil.
SELECT count(*) AS tables FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema');
