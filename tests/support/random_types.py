"""The types of a random database, each with a few values that its columns, checks and functions share."""

import dataclasses


def quote(text):
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclasses.dataclass(frozen=True)
class Type:
    sql: str
    values: tuple  # of SQL
    ordered: bool = False  # it has a btree
    text: bool = False
    number: bool = False
    own: bool = False  # made by the database
    base: "Type" = None  # of a domain
    nullable: bool = True

    def literal(self, number):
        return f"{self.values[number % len(self.values)]}::{self.sql}"

    def literals(self):
        return [self.literal(number) for number in range(len(self.values))]

    def array(self):
        lists = (f"ARRAY[{self.literal(0)}]", f"ARRAY[{self.literal(1)}, {self.literal(0)}]", "'{}'")
        return Type(f"{self.sql}[]", lists, ordered=self.ordered, own=self.own)


def _type(sql, *values, ordered=True, **traits):
    return Type(sql, tuple(value if value.startswith("E'") else quote(value) for value in values), ordered=ordered, **traits)


BOOLEAN = _type("boolean", "true", "false")
INTEGER = _type("integer", "1", "0", "-7", "42", "2147483647", number=True)
NUMERIC = _type("numeric", "0", "NaN", "-1e-30", "12345678901234567890.5", number=True)
TEXT = _type("text", "a b", "", "Zürich 👩", "NULL", r"\N", r"\.", r"E'tab\tnew\nline\\ \r'", "it's", text=True)
TSVECTOR = _type("tsvector", "fat:1 cat:2A", "")

_PLAIN = [
    BOOLEAN, INTEGER, NUMERIC, TEXT, TSVECTOR, TEXT, INTEGER,
    _type("smallint", "-32768", "5", number=True), _type("bigint", "9223372036854775807", "-5", number=True),
    _type("numeric(12,3)", "-1.5", "99999.125", number=True), _type("real", "-0", "1e-45", "NaN", number=True),
    _type("double precision", "-0", "5e-324", "Infinity", "0.1", number=True), _type("varchar(20)", "", "x y", "é", text=True),
    _type("character(5)", "ab", " x", text=True), _type("name", "nobody", ""), _type('"char"', "x", ""), _type("bytea", r"\x00ff", r"\x"),
    _type("date", "2024-02-29", "infinity", "4714-11-24 BC"), _type("timestamp", "2000-01-01 00:00:00.000001", "-infinity"),
    _type("timestamptz", "2000-01-01 00:00+00", "2024-10-27 02:30+02"), _type("time", "24:00", "00:00"), _type("timetz", "12:00+05:30", "00:00+00"),
    _type("interval", "1 mon -1 day 00:00:01", "0"), _type("uuid", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    _type("inet", "10.0.0.1/8", "::1"), _type("cidr", "10.0.0.0/8"), _type("macaddr", "00:00:00:00:00:01"), _type("money", "-1.50", "92.10"),
    _type("json", '{"b":1, "a" : 2,"a":3}', "null", ordered=False), _type("jsonb", r'{"a":{"":[null,1.0,"\\é\n"]}}', "[]"),
    _type("xml", "<a b=\"c\">&amp;</a>", ordered=False), _type("point", "(1,-2)", "(NaN,Infinity)", ordered=False),
    _type("box", "((2,2),(-1,-1))", ordered=False), _type("polygon", "((0,0),(1,0),(0,1))", ordered=False), _type("bit(3)", "101", "000"),
    _type("bit varying", "", "1"), _type("tsquery", "'fat' & 'cat'"), _type("int4range", "empty", "[1,5)", "(,)"), _type("numrange", "[1.5,NaN]", "empty"),
    _type("tstzrange", '("2000-01-01 00:00+00",)', "empty"), _type("int4multirange", "{}", "{[1,2),[5,6]}"), _type("oid", "0", "4294967295"),
    _type("pg_lsn", "FFFFFFFF/0", "0/0"), _type("regtype", "int4", "text"), _type("regclass", "pg_class"), _type("jsonpath", "$.a[*]", ordered=False),
]

EXTENSIONS = {"hstore": ["hstore"], "citext": ["citext"], "pg_trgm": [], "unaccent": [], "cube": ["cube"], "earthdistance": [], "btree_gist": [],
              "ltree": ["ltree"], "uuid-ossp": [], "intarray": [], "btree_gin": [], "pgcrypto": [], "seg": ["seg"]}
_OF_EXTENSIONS = {"hstore": ("a=>1, \"b c\"=>NULL", ""), "citext": ("Abc", "é"), "cube": ("(1,2),(3,4)", "(0)"), "ltree": ("a.b.c", "a"), "seg": ("1..2", "5")}


def plain():
    return list(_PLAIN)


def of_extension(name, schema):
    return [dataclasses.replace(_type(kind, *_OF_EXTENSIONS[kind]), sql=f"{schema}.{kind}", text=kind == "citext", own=True) for kind in EXTENSIONS[name]]
