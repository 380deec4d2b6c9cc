-- A database of many tables alike, each with a primary key and two more indexes. psql variables: `tables`, and `scale`, where
-- 4 makes about 1.3 GB. The same values give the same data on every run.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET synchronous_commit = off;
SELECT setseed(0.42) \g /dev/null
CREATE SCHEMA shop;

SELECT format('CREATE TABLE shop.orders_%s (id bigint NOT NULL, customer int NOT NULL, ordered timestamptz NOT NULL, state text NOT NULL,
                 amount numeric(12, 2), note text NOT NULL, details jsonb NOT NULL)', n)
FROM generate_series(1, :tables) n \gexec

SELECT format($$INSERT INTO shop.orders_%s SELECT n, floor(random() * 100000), timestamptz '2025-01-01 UTC' + n * interval '37 seconds',
                  (ARRAY['cart','paid','packed','sent','returned'])[1 + floor(random() * 5)], (random() * 10000)::numeric(12, 2),
                  concat_ws(' ', md5((n %% 977)::text), 'leave it with', md5((n / 7)::text)),
                  jsonb_build_object('page', '/' || n %% 500, 'ms', floor(random() * 900), 'tags', jsonb_build_array('a', n %% 13))
                FROM generate_series(1, %s) n$$, t, 1200000 * :scale / :tables)
FROM generate_series(1, :tables) t \gexec

SELECT format('ALTER TABLE shop.orders_%1$s ADD PRIMARY KEY (id); CREATE INDEX ON shop.orders_%1$s (customer, state);
               CREATE INDEX ON shop.orders_%1$s (ordered)', n)
FROM generate_series(1, :tables) n \gexec
