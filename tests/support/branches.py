"""A database of a company's branches, each with its people, what they own and what they do: more than thirty tables with
foreign keys, for masks."""

BRANCHES = ("north", "south", "west")

TABLES = r"""
CREATE SCHEMA {s};
CREATE TYPE {s}.state AS ENUM ('new', 'paid');
CREATE DOMAIN {s}.mail AS varchar(80) CHECK (value LIKE '%@%');
CREATE TABLE {s}.person (id int PRIMARY KEY, email {s}.mail NOT NULL UNIQUE, login text NOT NULL, "full name" varchar(40), phone text, born date,
  seen timestamptz, ssn char(11), salary numeric(10,2), extra jsonb, note text, key uuid NOT NULL UNIQUE, photo bytea,
  twice numeric GENERATED ALWAYS AS (salary * 2) STORED);
CREATE UNIQUE INDEX person_login ON {s}.person (lower(login));
CREATE TABLE {s}.address (id int PRIMARY KEY, person int REFERENCES {s}.person, street text, zip text);
CREATE TABLE {s}.account (number bigint PRIMARY KEY, owner {s}.mail REFERENCES {s}.person (email), opened date);
CREATE TABLE {s}.transfer (id int PRIMARY KEY, source bigint NOT NULL REFERENCES {s}.account, target bigint NOT NULL REFERENCES {s}.account, amount numeric);
CREATE TABLE {s}.device (key uuid REFERENCES {s}.person (key), name text, PRIMARY KEY (key, name));
CREATE TABLE {s}.session (device uuid, name text, ip text, FOREIGN KEY (device, name) REFERENCES {s}.device);
CREATE TABLE {s}.boss (id int PRIMARY KEY REFERENCES {s}.person, above int REFERENCES {s}.boss);
CREATE TABLE {s}.log (day date NOT NULL, who text, what text) PARTITION BY RANGE (day);
CREATE TABLE {s}.log_1 PARTITION OF {s}.log FOR VALUES FROM ('2020-01-01') TO ('2024-01-01');
CREATE TABLE {s}.log_2 PARTITION OF {s}.log FOR VALUES FROM ('2024-01-01') TO ('2030-01-01');
CREATE TABLE {s}.audit (id int PRIMARY KEY, kind text, body text);
CREATE TABLE {s}.kept (id int PRIMARY KEY, label text);
"""

# Texts of people begin with RAW, so that a search finds what is left of them.
ROWS = r"""
INSERT INTO {s}.person SELECT i, 'RAWmail' || i || '@corp.test', 'RAWlogin' || i, 'RAWname ' || i, '+49 30 ' || 77000000 + i, '1980-01-01'::date + i % 15000,
  '2024-05-06 07:08:09+00', '123-45-' || 1000 + i % 9000, 71000 + i, jsonb_build_object('mail', 'RAWjson' || i, 'deep', jsonb_build_array(jsonb_build_object('name', 'RAWdeep' || i)), 'n', 1.50),
  E'RAWnote\t' || i || E'\\ \n', md5('key' || i)::uuid, convert_to('RAWphoto' || i, 'UTF8') FROM generate_series(1, {people}) i;
INSERT INTO {s}.address SELECT i, i % {people} + 1, 'RAWstreet ' || i, 40000 + i FROM generate_series(1, {people}) i;
INSERT INTO {s}.account SELECT 880000000000 + i, 'RAWmail' || i || '@corp.test', '2001-02-03'::date + i % 9000 FROM generate_series(1, {people}) i;
INSERT INTO {s}.transfer SELECT i, 880000000001 + i % {people}, 880000000001 + i * 7 % {people}, i FROM generate_series(1, {events}) i;
INSERT INTO {s}.device SELECT md5('key' || i)::uuid, 'RAWdevice' || i FROM generate_series(1, {people}) i;
INSERT INTO {s}.session SELECT d.key, d.name, '10.77.' || e % 250 || '.9'
  FROM (SELECT *, row_number() OVER () AS number FROM {s}.device) d JOIN generate_series(1, {events}) e ON e % {people} + 1 = d.number;
INSERT INTO {s}.boss SELECT i, CASE WHEN i > 1 THEN 1 END FROM generate_series(1, {people}) i;
INSERT INTO {s}.log SELECT '2020-01-01'::date + i * 10 % 3600, 'RAWlogin' || i % {people} + 1, 'RAWwhat' || i FROM generate_series(1, {events}) i;
INSERT INTO {s}.audit SELECT i, CASE WHEN i % 3 = 0 THEN 'test' ELSE 'real' END, CASE WHEN i % 3 = 0 THEN 'RAWdropped' ELSE 'kept' END || i FROM generate_series(1, {people}) i;
INSERT INTO {s}.kept SELECT i, 'label ' || i FROM generate_series(1, {people}) i;
"""

# Personal data is masked: names, addresses, phones, numbers that banks and states give, free text, what was done by whom.
# Numbers that only join tables, amounts and dates of business stay.
OWNER = r"""
  {s}.person:
    columns:
      email: email
      login: pseudonym
      full name: name
      phone: {rule: phone, keep: 4}
      born: {rule: date_shift, by: id, days: 90}
      ssn: digits
      salary: {rule: fixed, value: 1.00}
      extra: {rule: json, paths: {$.mail: email, $.deep.*.name: {rule: fixed, value: nobody}}}
      note: {rule: fixed, value: ""}
      photo: null
    others: keep
  {s}.address: {columns: {street: {rule: truncate, length: 0}, zip: digits}, others: keep}
  {s}.account: {columns: {number: digits, owner: email}, others: keep}
  {s}.transfer: {columns: {source: digits, target: digits}, others: keep}
  {s}.device: {columns: {name: hash}, others: keep}
  {s}.session: {columns: {name: hash, ip: {rule: fixed, value: 0.0.0.0}}, others: keep}
  {s}.boss: keep
  {s}.log: {columns: {who: pseudonym, what: {rule: fixed, value: ""}}, others: keep}
  {s}.audit: {rows: {drop_where: kind, matches: ^test$}, others: keep}
  {s}.kept: keep
"""


def make(server, db, people, events):
    """Creates the tables in a database that is there. Each branch has so many people, and events of them."""
    for branch in BRANCHES:
        sql = TABLES + ROWS
        for name, value in (("{s}", branch), ("{people}", people), ("{events}", events)):
            sql = sql.replace(name, str(value))
        server.psql(sql, db=db)


def in_each_branch(text):
    """A strict mask with the same rules for each branch: `{s}` is its schema."""
    return "version: 1\nstrict: yes\ntables:\n" + "".join(text.replace("{s}", branch) for branch in BRANCHES)
