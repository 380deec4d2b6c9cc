"""What surrounds the tables and the code of a random database (random_schema.py): owners, grants, comments, settings,
publications, sequences, large objects, the database itself."""

from pg import quote_ident
from random_code import ODD, RandomCode
from random_types import quote

PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "ALL", "SELECT, UPDATE"]
OWNED = ("TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FUNCTION", "PROCEDURE", "TYPE", "DOMAIN", "SCHEMA", "AGGREGATE", "COLLATION", "OPERATOR",
         "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY", "STATISTICS", "PUBLICATION", "LARGE OBJECT")


class RandomSurroundings(RandomCode):
    """Needs `relations` and `sequences`."""

    def objects_of(self, *kinds):
        return [each for each in self.objects if each.startswith(tuple(f"{kind} " for kind in kinds))]

    def comment(self):
        if thing := self.pick(self.objects):
            self.do(f"COMMENT ON {thing} IS {quote(f'about {self.pick(ODD)} of seed {self.seed}')}")

    def owner(self):
        if thing := self.pick(self.objects_of(*OWNED)):
            self.do(f"ALTER {thing} OWNER TO {self.role()}")

    def grant(self):
        getattr(self, self.pick(["grant_table", "grant_table", "grant_columns", "grant_other", "grant_other"]))()

    def grant_table(self):
        relation = self.pick(self.relations)
        if not relation:
            return
        first, second = self.role(), self.pick([self.role(), "PUBLIC"])
        option = " WITH GRANT OPTION" if self.chance(0.6) else ""
        self.do(f"GRANT {self.pick(PRIVILEGES)} ON {relation.name} TO {first}{option}")
        if option:
            self.do(f"SET SESSION AUTHORIZATION {first}")
            self.do(f"GRANT {self.pick(PRIVILEGES)} ON {relation.name} TO {second}")
            self.do("RESET SESSION AUTHORIZATION")
        if self.chance(0.2):
            self.do(f"REVOKE {self.pick(['INSERT', 'UPDATE', 'TRIGGER'])} ON {relation.name} FROM {self.pick([first, 'CURRENT_USER'])}")

    def grant_columns(self):
        relation = self.pick([relation for relation in self.relations if relation.columns])
        if relation:
            columns = ", ".join(column.name for column in self.some(relation.columns, 2))
            self.do(f"GRANT {self.pick(['SELECT', 'UPDATE', 'REFERENCES'])} ({columns}) ON {relation.name} TO {self.role()}")

    def grant_other(self):
        thing = self.pick(self.objects_of("SCHEMA", "SEQUENCE", "FUNCTION", "TYPE", "DOMAIN", "LARGE OBJECT"))
        if not thing:
            return
        kind = next(kind for kind in ("SCHEMA", "SEQUENCE", "FUNCTION", "TYPE", "DOMAIN", "LARGE OBJECT") if thing.startswith(kind))
        if kind in ("TYPE", "DOMAIN") and self.chance(0.3):
            self.do(f"REVOKE USAGE ON {thing} FROM PUBLIC")
        self.do(f"GRANT ALL ON {thing} TO {self.role()}{self.pick(['', ' WITH GRANT OPTION'])}")

    def default_privileges(self):
        schema = f" IN SCHEMA {self.pick(self.schemas)}" if self.chance(0.5) else ""
        what = self.pick(["GRANT SELECT ON TABLES TO", "GRANT ALL ON SEQUENCES TO", "GRANT USAGE ON TYPES TO", "GRANT EXECUTE ON FUNCTIONS TO"])
        if not schema and self.chance(0.3):
            return self.do(f"ALTER DEFAULT PRIVILEGES FOR ROLE {self.role()} REVOKE ALL ON {self.pick(['FUNCTIONS', 'TYPES'])} FROM PUBLIC")
        return self.do(f"ALTER DEFAULT PRIVILEGES FOR ROLE {self.pick([self.role(), 'postgres'])}{schema} {what} {self.role()}")

    def large_object(self):
        oid = self.random.randint(20000, 4294967295)
        self.do(f"SELECT lo_from_bytea({oid}, decode(repeat('{self.random.randint(16, 255):x}', {self.pick([0, 1, 3000])}), 'hex'))", f"LARGE OBJECT {oid}")

    def sequence(self):
        name = self.name("sq")
        self.do(f"CREATE SEQUENCE {name}{self.pick(['', ' AS smallint', ' INCREMENT -3 MAXVALUE 100', ' MINVALUE 1 MAXVALUE 3 CYCLE', ' CACHE 5'])}",
                f"SEQUENCE {name}")
        if self.chance(0.6):
            self.do(f"SELECT setval({quote(name)}, {self.random.randint(1, 3)}, {self.pick(['true', 'false'])})")
        self.sequences.append(name)
        relation = self.pick([relation for relation in self.relations if relation.kind == "TABLE" and relation.columns])
        if relation and self.chance(0.3):
            self.do(f"ALTER SEQUENCE {name} OWNED BY {relation.name}.{self.pick(relation.columns).name}")

    def publication(self):
        name = self.local("pub")
        table = self.pick([relation for relation in self.relations if relation.kind == "TABLE"])
        if not table:
            return
        columns = f" ({', '.join(column.name for column in self.some(table.columns, 2))})" if table.columns and self.chance(0.4) else ""
        where = f" WHERE ({self.pick(table.columns).name} IS NOT NULL)" if table.columns and self.chance(0.4) else ""
        what = self.pick(["ALL TABLES", f"TABLES IN SCHEMA {self.pick(self.schemas)}", *[f"TABLE {table.name}{columns}{where}"] * 3])
        self.do(f"CREATE PUBLICATION {name} FOR {what}{self.pick(['', ' WITH (publish_via_partition_root = true)'])}", f"PUBLICATION {name}")

    def statistics(self):
        relation, name = self.pick([each for each in self.relations if each.kind != "VIEW" and len(each.columns) > 1]), self.name("st")
        if not relation:
            return
        one, two = self.random.sample(relation.columns, 2)
        what = self.pick([f"{one.name}, {two.name}", f"({self.expression(one)[0]}), {two.name}", f"({self.expression(one)[0]})"])
        self.do(f"CREATE STATISTICS {name} ON {what} FROM {relation.name}", f"STATISTICS {name}")

    def setting(self):
        """A property that an object gets later."""
        relation, function = self.pick([each for each in self.relations if each.columns]), self.pick(self.functions)
        if relation:
            column = self.pick(relation.columns)
            change = self.pick([f"SET STATISTICS {self.random.randint(1, 9)}", "SET STORAGE EXTERNAL", "SET (n_distinct = -0.5)", "SET COMPRESSION pglz",
                                f"SET DEFAULT {column.type.literal(0)}", "DROP NOT NULL", "SET NOT NULL", f"TYPE {column.type.sql}"])
            self.do(f"ALTER {relation.kind} {relation.name} ALTER COLUMN {column.name} {change}")
        # A STABLE one with a setting is no longer inlined, and the expressions that have it are then no longer immutable. A path
        # without the schema of an operator would break a function whose results are stored: no restore could have the rows.
        if function and function.fixed and self.chance(0.3):
            path = self.random.sample(self.schemas, len(self.schemas))
            self.do(f"ALTER FUNCTION {function.name}({function.signature}) SET search_path = {', '.join(path)}")

    def search_path(self):
        if self.chance(0.6):
            self.path = self.some(self.schemas)
            self.do(f"ALTER DATABASE {self.database} SET search_path = {', '.join(self.path)}")
            self.do(f"SET search_path = {', '.join(self.path)}")

    def of_database(self):
        owner, one, two = (quote_ident(role) for role in self.roles[:3])
        for sql in self.some(["COMMENT ON DATABASE {} IS 'it''s \\ random'", "ALTER DATABASE {} SET work_mem = '5MB'", f"ALTER DATABASE {{}} OWNER TO {owner}",
                              "REVOKE CONNECT ON DATABASE {} FROM PUBLIC", f"GRANT CREATE ON DATABASE {{}} TO {one} WITH GRANT OPTION",
                              f"ALTER ROLE {two} IN DATABASE {{}} SET search_path = 'a b', c"], 5):
            self.do(sql.replace("{}", self.database))
        self.do(f"SET SESSION AUTHORIZATION {one}")
        self.do(f"GRANT CREATE ON DATABASE {self.database} TO {two}")
        self.do("RESET SESSION AUTHORIZATION")
