"""The types and the code of a random database (random_schema.py), and expressions that are made of both."""

import dataclasses
import random

import random_types
from pg import quote_ident
from random_types import BOOLEAN, INTEGER, TEXT, Type

ODD = ["Upper", " space", 'quo"te', "it's", "ünï€", "dot.ted", "%s", "back\\slash", "$1", "semi;colon", "--dash", "/*c", "(a)", "::text",
       "ON", " TO x", "{}", "\n-line", ",", "[]", "👩‍👧"]


@dataclasses.dataclass
class Column:
    name: str  # quoted
    type: Type


@dataclasses.dataclass
class Function:
    name: str  # qualified
    arguments: list
    result: Type
    signature: str
    bare: str  # the name for those who find it by the search path
    private: bool = False  # not everybody may call it
    fixed: bool = False  # IMMUTABLE


class RandomCode:
    """Chooses, and makes what needs no table. `roles` are those that the database needs; they are the server's."""

    def __init__(self, seed):
        self.seed = seed
        self.random = random.Random(seed)
        self.statements, self.objects, self.functions = [], [], []  # objects: as COMMENT ON names them
        self.schemas, self.types, self.casts, self.operators, self.aggregates = ["public"], random_types.plain(), [], [], []
        self.collations, self.configurations, self.extensions = [], [], {}
        self.path, self.count = ["public"], 0
        self.roles = [f"role{seed}{odd}" for odd in self.random.sample(ODD, 4)]

    # --- choices

    def chance(self, part):
        return self.random.random() < part

    def pick(self, items):
        return self.random.choice(items) if items else None

    def some(self, items, most=3):
        return self.random.sample(items, self.random.randint(1, min(most, len(items)))) if items else []

    def local(self, kind):
        """A new name."""
        self.count += 1
        return quote_ident(f"{kind}{self.count}{self.pick(ODD) if self.chance(0.4) else ''}")

    def name(self, kind):
        """A new name in a schema."""
        return f"{self.pick(self.schemas)}.{self.local(kind)}"

    def bare(self, name):
        """A name as code writes it that relies on the search path."""
        schema = next(each for each in self.schemas if name.startswith(f"{each}."))
        return name.removeprefix(f"{schema}.") if schema in self.path else name

    def role(self):
        return quote_ident(self.pick(self.roles))

    def type(self):
        own = [known for known in self.types if known.own]
        chosen = self.pick(own) if own and self.chance(0.5) else self.pick(self.types)
        return chosen.array() if self.chance(0.1) else chosen

    def do(self, sql, *objects):
        self.statements.append(sql)
        self.objects += objects

    # --- expressions

    def expressions(self, column, body=False):
        """Expressions over one column, with their types; `body`: for the text of a function's body."""
        name, kind = column.name, column.type
        values = ", ".join(kind.literals())
        found = [(f"({name} IS NULL)", BOOLEAN), (f"num_nulls({name}, {name})", INTEGER), (f"coalesce({name}, {kind.literal(0)})", kind),
                 (f"CASE WHEN {name} IS NOT NULL THEN 1 ELSE 2 END", INTEGER)]
        if kind.ordered:
            found += [(f"({name} IN ({values}))", BOOLEAN), (f"({name} = ANY (ARRAY[{values}]))", BOOLEAN), (f"GREATEST({name}, {kind.literal(0)})", kind)]
        if kind.text:
            found += [(f"lower({name})", TEXT), (f"length({name})", INTEGER), (f"({name} ~ '^.*')", BOOLEAN), (f"({name} || 'x'::text)", TEXT)]
            found += [(f"to_tsvector({config}, {name})", random_types.TSVECTOR) for config in self.configurations]
        if kind.number:
            found += [(f"({name} * 0)", kind), (f"({name} > {name} - 1 OR true)", BOOLEAN), (f"({name})::numeric", random_types.NUMERIC)]
        found += [(f"({name})::{result.sql}", result) for source, result in self.casts if source == kind.sql] * 2
        found += [(f"({name} OPERATOR({operator}) {name})", BOOLEAN) for operator, source in self.operators if source == kind.sql] * 2
        for function in self.functions:
            if function.arguments[0].sql == kind.sql and not (body and function.private):
                called = function.bare if body and self.chance(0.5) else function.name
                found += [(f"{called}({', '.join([name] * len(function.arguments))})", function.result)] * 3
        if kind.base:
            found += [(f"({name})::{kind.base.sql}", kind.base)]
        domains = [domain for domain in self.types if domain.base and domain.base.sql == kind.sql]
        found += [(f"({name})::{domain.sql}", domain) for domain in domains if set(kind.values) <= set(domain.values)]
        return found

    def expression(self, column, body=False):
        sql, kind = self.pick(self.expressions(column, body))
        if self.chance(0.2) and kind.literals():
            sql = f"coalesce({sql}, {kind.literal(0)})"
        return sql, kind

    def condition(self, column, body=False):
        """One that holds for all the column's values."""
        sql, kind = self.expression(column, body)
        held = [f"({sql} IS NULL OR {sql} IS NOT NULL OR {column.name} IS NOT NULL OR true)"]
        if kind.ordered:
            held += [f"({sql} IS NOT DISTINCT FROM {sql})", f"({sql} = {sql} OR {column.name} IS NULL OR {sql} IS NULL)"] * 2
        if column.type.ordered:
            held += [f"({column.name} IN ({', '.join(column.type.literals())}))"]
        return self.pick(held)

    # --- types and code

    def schema(self):
        name = self.local("s")
        self.do(f"CREATE SCHEMA {name}" + (f" AUTHORIZATION {self.role()}" if self.chance(0.4) else ""), f"SCHEMA {name}")
        # What code finds by itself is open to everybody: else only superusers could fill the tables.
        self.do(f"GRANT USAGE ON SCHEMA {name} TO PUBLIC")
        self.schemas.append(name)

    def extension(self):
        name = self.pick([each for each in random_types.EXTENSIONS if each not in self.extensions])
        if not name:
            return
        schema = self.extensions[name] = self.pick(self.schemas)
        self.do(f"CREATE EXTENSION IF NOT EXISTS {quote_ident(name)} SCHEMA {schema} CASCADE", f"EXTENSION {quote_ident(name)}")
        self.types += random_types.of_extension(name, schema)
        if name == "unaccent":
            self.new_function([TEXT], TEXT, f"{self.bare(f'{schema}.unaccent')}(v)", "sql")

    def enum(self):
        name, labels = self.name("e"), [f"l{number}{self.pick(ODD)}" for number in range(self.random.randint(1, 4))]
        quoted = [random_types.quote(label) for label in labels]
        self.do(f"CREATE TYPE {name} AS ENUM ({', '.join(quoted)})", f"TYPE {name}")
        if self.chance(0.4):
            self.do(f"ALTER TYPE {name} ADD VALUE 'later' BEFORE {quoted[0]}")
        self.types.append(Type(name, tuple(quoted), ordered=True, own=True))

    def domain(self):
        name, base = self.name("d"), self.type()
        checks = "".join(f" CONSTRAINT {self.local('k')} CHECK {self.condition(Column('VALUE', base))}" for _ in range(self.random.randint(0, 2)))
        default = f" DEFAULT {base.literal(0)}" if self.chance(0.3) else ""
        never_null = self.chance(0.15)
        self.do(f"CREATE DOMAIN {name} AS {base.sql}{default}{' NOT NULL' if never_null else ''}{checks}", f"DOMAIN {name}")
        if self.chance(0.2):
            self.do(f"ALTER DOMAIN {name} ADD CONSTRAINT {self.local('k')} CHECK {self.condition(Column('VALUE', base))} NOT VALID")
        self.types.append(dataclasses.replace(base, sql=name, own=True, base=base, nullable=base.nullable and not never_null))

    def composite(self):
        name, parts = self.name("c"), [Column(self.local("f"), self.type()) for _ in range(self.random.randint(1, 3))]
        self.do(f"CREATE TYPE {name} AS ({', '.join(f'{part.name} {part.type.sql}' for part in parts)})", f"TYPE {name}")
        rows = tuple(f"ROW({', '.join(part.type.literal(number) for part in parts)})" for number in range(3))
        self.types.append(Type(name, rows, ordered=all(part.type.ordered for part in parts), own=True))

    def range(self):
        subtype = self.pick([known for known in self.types if known.ordered])
        name, first = self.name("r"), subtype.literal(0)
        multirange = f", MULTIRANGE_TYPE_NAME = {self.name('m')}" if self.chance(0.5) else ""
        self.do(f"CREATE TYPE {name} AS RANGE (SUBTYPE = {subtype.sql}{multirange})", f"TYPE {name}")
        self.types.append(Type(name, ("'empty'", "'(,)'", f"{name}({first}, {first}, '[]')"), ordered=True, own=True))

    def new_function(self, arguments, result, expression, language):
        name = self.name("f")
        names = ["v", "w"][:len(arguments)]
        signature = ", ".join(kind.sql for kind in arguments)
        defaults = f" DEFAULT {arguments[-1].literal(0)}" if len(arguments) > 1 and self.chance(0.5) else ""
        listed = ", ".join(f"{each} {kind.sql}" for each, kind in zip(names, arguments)) + defaults
        body = {"sql": f"AS $body$ SELECT {expression} $body$", "plpgsql": f"AS $body$ BEGIN RETURN {expression}; END $body$",
                "return": f"RETURN {expression}", "atomic": f"BEGIN ATOMIC SELECT {expression}; END"}[language]
        options = "".join(self.some([" STRICT", " PARALLEL SAFE", " COST 7", " SET work_mem = '1MB'", " LEAKPROOF", " SECURITY DEFINER"], 2)
                          if self.chance(0.3) else [])
        volatility = "IMMUTABLE" if self.chance(0.85) else "STABLE"
        self.do(f"CREATE FUNCTION {name}({listed}) RETURNS {result.sql} LANGUAGE {'plpgsql' if language == 'plpgsql' else 'sql'} "
                f"{volatility}{options} {body}", f"FUNCTION {name}({signature})")
        made = Function(name, arguments, result, signature, self.bare(name), fixed=volatility == "IMMUTABLE")
        if self.chance(0.1) and "SECURITY" not in options:
            self.do(f"REVOKE EXECUTE ON FUNCTION {name}({signature}) FROM PUBLIC")
            made.private = True
        self.functions.append(made)
        return made

    def function(self):
        argument = self.type()
        language = self.pick(["sql", "plpgsql", "return", "atomic"])
        expression, result = self.expression(Column("v", argument), body=language in ("sql", "plpgsql"))
        self.new_function([argument] * self.random.randint(1, 2), result, expression, language)

    def procedure(self):
        name, argument = self.name("pr"), self.type()
        body = self.pick(["BEGIN ATOMIC SELECT v; END", "AS $body$ SELECT v $body$"])
        self.do(f"CREATE PROCEDURE {name}(INOUT v {argument.sql}) LANGUAGE sql {body}", f"PROCEDURE {name}({argument.sql})")

    def operator(self):
        kind, name = self.type(), f"{self.pick(self.schemas)}.{self.pick(['===', '<~>', '@@@', '!!', '|/|'])}"
        made = self.new_function([kind, kind], BOOLEAN, self.condition(Column("v", kind)), self.pick(["sql", "plpgsql"]))
        self.do(f"CREATE OPERATOR {name} (LEFTARG = {kind.sql}, RIGHTARG = {kind.sql}, FUNCTION = {made.name})", f"OPERATOR {name} ({kind.sql}, {kind.sql})")
        self.operators.append((name, kind.sql))

    def cast(self):
        own = [function for function in self.functions if function.arguments[0].own and not function.arguments[0].base and len(function.arguments) == 1]
        if not own:
            return
        function = self.pick(own)
        source, result = function.arguments[0], function.result
        how = f"WITH FUNCTION {function.name}({function.signature})" if self.chance(0.8) else "WITH INOUT"
        self.do(f"CREATE CAST ({source.sql} AS {result.sql}) {how}{self.pick(['', ' AS ASSIGNMENT', ''])}", f"CAST ({source.sql} AS {result.sql})")
        self.casts.append((source.sql, result))

    def aggregate(self):
        name, kind = self.name("a"), self.type()
        initial = ", INITCOND = '{}'" if self.chance(0.5) else ""
        self.do(f"CREATE AGGREGATE {name}({kind.sql}) (SFUNC = array_append, STYPE = {kind.sql}[]{initial})", f"AGGREGATE {name}({kind.sql})")
        self.aggregates.append((name, kind.sql))

    def collation(self):
        name = self.name("l")
        how = self.pick(["(provider = icu, locale = 'de')", "(provider = icu, locale = 'und', deterministic = false)", "(provider = libc, locale = 'C.UTF-8')", 'FROM "C"'])
        self.do(f"CREATE COLLATION {name} {how}", f"COLLATION {name}")
        self.collations.append(name)

    def configuration(self):
        name, dictionary = self.name("x"), self.name("y")
        self.do(f"CREATE TEXT SEARCH DICTIONARY {dictionary} (TEMPLATE = snowball, Language = german)", f"TEXT SEARCH DICTIONARY {dictionary}")
        self.do(f"CREATE TEXT SEARCH CONFIGURATION {name} (COPY = english)", f"TEXT SEARCH CONFIGURATION {name}")
        self.do(f"ALTER TEXT SEARCH CONFIGURATION {name} ALTER MAPPING FOR asciiword, word WITH {dictionary}, simple")
        self.configurations.append(f"{random_types.quote(name)}::regconfig")
