"""Objects that a random database (random_schema.py) has and no restore can make as they were: code that they need has
changed since, or rows that contradict them came past the checks."""

import dataclasses
import re


@dataclasses.dataclass
class Break:
    sql: list
    object: str  # as left_out names it
    name: str  # quoted: only what is about this differs
    instead: str = ""


def plain(name):
    """A quoted name, perhaps with its schema, as people read it."""
    return name.replace('""', "\0").replace('"', "").replace("\0", '"')


class Breaks:
    """Makes one of them, with names and a schema at random. Each has a table of its own, with the rows 1, 2 and 3."""

    def __init__(self, schema):
        self.schema = schema
        self.place = schema.pick(schema.schemas)
        self.local_table = schema.local("broken")
        self.table = f"{self.place}.{self.local_table}"
        self.name = schema.local("victim")
        self.function = f"{self.place}.{schema.local('changed')}"

    def any(self):
        kind = self.schema.pick([name for name in dir(self) if name.startswith("make_")])
        broken = getattr(self, kind)()
        broken.sql.insert(1, f"ALTER TABLE {self.table} OWNER TO {self.schema.pick([self.schema.role(), 'CURRENT_USER'])}")
        return broken

    def _table(self, columns="i int"):
        return [f"CREATE TABLE {self.table} ({columns})"]

    def _rows(self):
        return [f"INSERT INTO {self.table} (i) VALUES (1), (2), (3)"]

    def _function(self, result="int", body="RETURN v"):
        return f"CREATE OR REPLACE FUNCTION {self.function}(v int) RETURNS {result} LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN {body}; END $$"

    def _changed(self, make, *others, **changed):
        """`make` needs the function, which then changes."""
        first = self._function(**{**changed, "body": "RETURN true"}) if changed.get("result") else self._function()
        return [*self._table(), first, *self._rows(), make, *others, self._function(**({"body": "RAISE 'broken on purpose'"} | changed))]

    def _literal(self, make):
        """`make` has a literal {5} of this type, which the server reads when it parses a statement."""
        domain = f"{self.place}.{self.schema.local('word')}"
        return [*self._table(), self._function("boolean", "RETURN true"), f"CREATE DOMAIN {domain} AS int CHECK ({self.function}(VALUE))", *self._rows(),
                make.replace("{5}", f"'{{5}}'::{domain}[]"), self._function("boolean", "RETURN v < 3")]

    def _of_table(self, kind):
        return f"{kind} {plain(self.table)} {plain(self.name)}"

    def _of_schema(self, kind, suffix=""):
        return f"{kind} {plain(self.place)}.{plain(self.name)}{suffix}"

    def make_index(self):
        made = f"CREATE INDEX {self.name} ON {self.table} ({self.function}(i))"
        return Break(self._changed(made, f"COMMENT ON INDEX {self.place}.{self.name} IS 'x'"), self._of_schema("INDEX"), self.name)

    def make_unique_index(self):
        made = f"CREATE UNIQUE INDEX {self.name} ON {self.table} ({self.function}(i))"
        return Break(self._changed(made, body="RETURN 7"), self._of_schema("INDEX"), self.name)

    def make_exclusion(self):
        made = f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} EXCLUDE USING btree ({self.function}(i) WITH =)"
        return Break(self._changed(made, body="RETURN 7"), self._of_table("CONSTRAINT"), self.name)

    def make_foreign_key(self):
        target = f"{self.place}.{self.schema.local('target')}"
        sql = [*self._table(), f"CREATE TABLE {target} (i int PRIMARY KEY)", f"INSERT INTO {target} VALUES (1)",
               f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} FOREIGN KEY (i) REFERENCES {target}",
               "SET session_replication_role = replica", *self._rows(), "RESET session_replication_role"]
        return Break(sql, self._of_table("FK CONSTRAINT"), self.name, "NOT VALID")

    def make_check(self):
        made = f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} CHECK ({self.function}(i))"
        sql = self._changed(made, result="boolean", body="RETURN v < 3")
        return Break(sql, f"rows of {plain(self.table)}", self.local_table, f"all of them, with the constraint NOT VALID: {plain(self.name)}")

    def make_domain(self):
        local = self.schema.local("word")
        domain = f"{self.place}.{local}"
        sql = [f"CREATE TABLE {self.table} ()", self._function("boolean", "RETURN true"),
               f"CREATE DOMAIN {domain} AS int CONSTRAINT {self.name} CHECK ({self.function}(VALUE))",
               f"ALTER TABLE {self.table} ADD COLUMN i {domain}", *self._rows(), self._function("boolean", "RETURN v < 3")]
        return Break(sql, f"rows of {plain(self.table)}", local, f"all of them, with the constraint NOT VALID: {plain(self.name)}")

    def make_generated_column(self):
        made = f"ALTER TABLE {self.table} ADD COLUMN j int GENERATED ALWAYS AS ({self.function}(i)) STORED"
        return Break(self._changed(made), f"rows of {plain(self.table)}", self.local_table)

    def make_materialized_view(self):
        made = f"CREATE MATERIALIZED VIEW {self.place}.{self.name} AS SELECT {self.function}(i) FROM {self.table}"
        return Break(self._changed(made), f"rows of {self._of_schema('materialized view')}", self.name)

    def make_view(self):
        made = f"CREATE VIEW {self.place}.{self.name} AS SELECT i = ANY ({{5}}) AS v FROM {self.table}"
        return Break(self._literal(made), self._of_schema("VIEW"), self.name)

    def make_policy(self):
        return Break(self._literal(f"CREATE POLICY {self.name} ON {self.table} USING (i = ANY ({{5}}))"), self._of_table("POLICY"), self.name)

    def make_rule(self):
        made = f"CREATE RULE {self.name} AS ON UPDATE TO {self.table} WHERE OLD.i = ANY ({{5}}) DO INSTEAD NOTHING"
        return Break(self._literal(made), self._of_table("RULE"), self.name)

    def make_trigger(self):
        made = (f"CREATE TRIGGER {self.name} BEFORE UPDATE ON {self.table} FOR EACH ROW WHEN (OLD.i = ANY ({{5}})) "
                "EXECUTE FUNCTION suppress_redundant_updates_trigger()")
        return Break(self._literal(made), self._of_table("TRIGGER"), self.name)

    def make_statistics(self):
        made = f"CREATE STATISTICS {self.place}.{self.name} ON (i = ANY ({{5}})) FROM {self.table}"
        return Break(self._literal(made), self._of_schema("STATISTICS"), self.name)

    def make_function(self):
        made = f"CREATE FUNCTION {self.place}.{self.name}(v int) RETURNS boolean LANGUAGE sql RETURN v = ANY ({{5}})"
        return Break(self._literal(made), self._of_schema("FUNCTION", "(integer)"), self.name)

    def make_default(self):
        sql = self._literal(f"ALTER TABLE {self.table} ADD COLUMN j int[] DEFAULT {{5}}")
        return Break(sql, f"TABLE {plain(self.table)}", self.local_table, "without the default of j")

    def make_parsed_check(self):
        sql = self._literal(f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} CHECK (i = ANY ({{5}}) OR i < 9)")
        name = self.name if re.search(r"[^a-z0-9_]", plain(self.name)) else plain(self.name)
        return Break(sql, f"TABLE {plain(self.table)}", self.local_table, f"without the constraint {name}")
