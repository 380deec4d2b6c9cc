-- Made archive_schema_15.bin: psql -f into an empty database, then `pg_dump -Fc --schema-only` of PostgreSQL 15.
CREATE SCHEMA shop;
CREATE EXTENSION citext SCHEMA shop;
CREATE TYPE shop.state AS ENUM ('open', 'paid');
CREATE FUNCTION shop.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE shop.customers (id serial PRIMARY KEY, email shop.citext NOT NULL);
COMMENT ON TABLE shop.customers IS 'who buys';
CREATE TABLE shop.orders (
  id bigint GENERATED ALWAYS AS IDENTITY, customer int REFERENCES shop.customers, state shop.state, day date NOT NULL,
  PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE shop.orders_old PARTITION OF shop.orders FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE shop.orders_new PARTITION OF shop.orders FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
CREATE TABLE shop.lines (order_id bigint, day date, quantity int, FOREIGN KEY (order_id, day) REFERENCES shop.orders);
CREATE INDEX lines_by_order ON shop.lines (order_id);
CREATE STATISTICS shop.lines_stats ON order_id, day FROM shop.lines;
CREATE TRIGGER stamp BEFORE INSERT ON shop.lines FOR EACH ROW EXECUTE FUNCTION shop.stamp();
GRANT SELECT ON shop.lines TO PUBLIC;
GRANT UPDATE (quantity) ON shop.lines TO PUBLIC;
CREATE TABLE shop.secrets (owner name, quantity int);
ALTER TABLE shop.secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.secrets USING (owner = CURRENT_USER);
CREATE POLICY of_lines ON shop.secrets USING (quantity IN (SELECT quantity FROM shop.lines));
CREATE VIEW shop.paid AS SELECT * FROM shop.orders WHERE state = 'paid';
CREATE MATERIALIZED VIEW shop.totals AS SELECT day, count(*) AS orders FROM shop.paid GROUP BY day;
CREATE VIEW shop.peaks AS SELECT max(orders) AS orders FROM shop.totals;
CREATE MATERIALIZED VIEW shop.a_report AS SELECT * FROM shop.peaks;
CREATE UNIQUE INDEX totals_by_day ON shop.totals (day);
