"""Rows for the tables of any schema, made from its catalogue: types, lengths, NOT NULL, foreign keys, and the literals
that checks mention. What the server refuses is tried again with other values, and then left out.

    with_rows, tables = CatalogRows(server, "shop", seed=1).fill(20)
"""

import json
import random
import re

from random_types import quote

ATTEMPTS = 14
CATALOG = """
SELECT coalesce(json_agg(t), '[]') FROM (
  SELECT c.oid::regclass::text AS name,
    (SELECT json_agg(json_build_object('number', a.attnum, 'name', quote_ident(a.attname), 'required', a.attnotnull,
        'made', a.attidentity <> '' OR a.attgenerated <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false),
        'default', a.atthasdef, 'type', format_type(coalesce(nullif(y.typbasetype, 0), y.oid),
          CASE y.typtype WHEN 'd' THEN y.typtypmod ELSE a.atttypmod END), 'array', y.typcategory = 'A',
        'labels', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum e WHERE e.enumtypid IN (y.oid, y.typelem, y.typbasetype)),
        'checks', (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.contypid = y.oid)) ORDER BY a.attnum)
      FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT json_agg(json_build_object('columns', k.conkey, 'text', pg_get_constraintdef(k.oid)))
      FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks,
    (SELECT json_agg(json_build_object('columns', k.conkey, 'table', k.confrelid::regclass::text, 'targets',
        (SELECT json_agg(quote_ident(a.attname) ORDER BY p.at) FROM unnest(k.confkey) WITH ORDINALITY p(number, at)
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.number)))
      FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f') AS keys
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND n.nspname !~ '^(pg_|information_schema)'
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = c.oid AND classid = 'pg_class'::regclass AND deptype = 'e')
  ORDER BY 1) t"""
LITERAL = re.compile(r"'((?:[^']|'')*)'::(?!regclass)")
LENGTH = re.compile(r"^(?:character|character varying|bit|bit varying)\((\d+)\)")
ODD = ["it's", "a\tb\nc", "back\\slash \\N", '"quoted"', "žluťoučký kůň 🐎", "x" * 3000, " ", "NULL", "{}", "%s;--"]
RANGES = {"int4range": "[{0},{1})", "int8range": "[{0},{1}]", "numrange": "({0}.5,{1})", "daterange": "[2020-01-01,)",
          "tsrange": "[2020-01-01,2021-01-01)", "tstzrange": "[2020-01-01,2021-01-01)"}


class CatalogRows:
    """The rows of one database. The same seed makes the same rows."""

    def __init__(self, server, database, seed=1):
        self.server, self.database, self.random = server, database, random.Random(seed)
        self.tables = {table["name"]: table for table in json.loads(server.psql(CATALOG, db=database))}

    def fill(self, rows):
        """Adds rows to each table. Returns how many tables have rows then, and how many there are."""
        for _ in range(2):  # what a table refers to may have no rows at first
            filled = self._with_rows()
            empty = [name for name in self._in_order() if name not in filled]
            text = "\n".join(self._one_row(self.tables[name], number) for name in empty for number in range(1, rows + 1))
            self.server.run("psql", "-Xq", "-o", "/dev/null", "-d", self.server.uri(self.database), input=text)  # it stops at no error
        return len(self._with_rows()), len(self.tables)

    def _with_rows(self):
        """The names of the tables that have rows."""
        each = " UNION ALL ".join(f"SELECT {quote(name)} WHERE EXISTS (SELECT 1 FROM {name})" for name in self.tables)
        return set(self.server.psql(each, db=self.database).splitlines())

    def _in_order(self):
        """The tables, those that others refer to first as far as there are no circles."""
        order, left = [], dict(self.tables)
        while left:
            free = [name for name, table in left.items() if all(key["table"] == name or key["table"] not in left for key in table["keys"] or [])]
            for name in free or list(left)[:1]:
                order.append(name)
                del left[name]
        return order

    def _one_row(self, table, number):
        tries = ", ".join(quote(self._insert(table, number, attempt)) for attempt in range(ATTEMPTS))
        return (f"DO $rows$ DECLARE try text; BEGIN FOREACH try IN ARRAY ARRAY[{tries}] LOOP BEGIN EXECUTE try; SET CONSTRAINTS ALL IMMEDIATE; "
                "EXIT; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $rows$;")

    def _insert(self, table, number, attempt):
        values = self._references(table, number, attempt)
        for column in table["columns"] or []:
            at = column["number"]
            if at in values or column["made"] or column["default"] and (attempt % 3 == 1 or self.random.random() < 0.3):
                continue
            if not column["required"] and (attempt % 3 == 2 or self.random.random() < 0.15):
                continue
            values[at] = self._value(table, column, number, attempt)
        names = {column["number"]: column["name"] for column in table["columns"] or []}
        if not values:
            return f"INSERT INTO {table['name']} DEFAULT VALUES"
        return f"INSERT INTO {table['name']} ({', '.join(names[at] for at in values)}) VALUES ({', '.join(values.values())})"

    def _references(self, table, number, attempt):
        """The values of foreign keys: one row of the other table. Long keys first, as they often contain the short ones."""
        values, required = {}, {column["number"] for column in table["columns"] or [] if column["required"]}
        for key in sorted(table["keys"] or [], key=lambda each: -len(each["columns"])):
            if not required.intersection(key["columns"]) and (key["table"] == table["name"] or attempt % 3 == 2):
                values.update({at: "NULL" for at in key["columns"] if at not in values and at not in required})
                continue
            row = self.random.choice([0, 0, number - 1, number])
            place = f"ORDER BY tableoid, ctid OFFSET {row} % greatest(1, (SELECT count(*) FROM {key['table']})) LIMIT 1"
            for at, target in zip(key["columns"], key["targets"]):
                values.setdefault(at, f"(SELECT {target} FROM {key['table']} {place})")
        return values

    def _value(self, table, column, number, attempt):
        about = [check["text"] for check in table["checks"] or [] if column["number"] in (check["columns"] or [])] + [column["checks"] or ""]
        known = [found.replace("''", "'") for text in about for found in LITERAL.findall(text)]
        if known and self.random.random() < 0.7:
            return quote(self.random.choice(known))
        plain = self._plain(column, column["type"].removesuffix("[]"), number, attempt)
        if column["array"] and plain is not None:
            return self.random.choice(["'{}'", f"ARRAY[{quote(plain)}]::{column['type']}"])
        return "NULL" if plain is None else quote(plain)

    def _plain(self, column, kind, number, attempt):
        """A value as text, or None if the type is unknown."""
        some = self.random.choice([number, number + 1, 7 * number, 0, 1])
        if column["labels"]:
            return self.random.choice(column["labels"])
        if re.match(r"(smallint|integer|bigint|oid$|money)", kind):
            return str(some)
        if re.match(r"(numeric|real|double)", kind):
            return self.random.choice([str(some), f"{number % 10}.5", "0"])
        if kind == "boolean":
            return self.random.choice(["t", "f"])
        if kind.startswith(("timestamp", "date")):
            return f"20{10 + number % 20}-0{1 + number % 9}-1{attempt % 10} 0{number % 10}:30:15.{self.random.randrange(1000):03}+00"
        if kind.startswith("time"):
            return f"0{number % 10}:30:15"
        if kind.startswith("bit"):
            return "1" * int(LENGTH.match(kind)[1] if LENGTH.match(kind) else 1)
        if kind in RANGES:
            return RANGES[kind].format(number, number + 5)
        fixed = {"uuid": f"{number:08x}-0000-4000-8000-{self.random.randrange(1 << 48):012x}", "interval": f"{some} days", "inet": f"10.0.0.{number % 250}/8",
                 "cidr": f"10.{number % 250}.0.0/16", "macaddr": f"08:00:2b:01:02:{number % 90:02}", "tsvector": f"'word':{number}",
                 "xml": f"<a>{number}</a>", "hstore": f"a=>{number}", "ltree": f"a.b{number}", "point": f"({number},1)", "pg_lsn": f"0/{number:X}"}
        if kind in fixed:
            return fixed[kind]
        if kind in ("json", "jsonb"):
            return json.dumps(self.random.choice([{"n": number, "text": self.random.choice(ODD)}, [], {}, [number], "text"]))
        if kind == "bytea":
            return "\\x" + self.random.randbytes(self.random.choice([0, 1, 16, 32, 32, 2000])).hex()
        if re.match(r"(text|character|citext|name$|\"char\")", kind):
            return self._text(kind, number, attempt)
        return None

    def _text(self, kind, number, attempt):
        letters = f"{number:x}{self.random.randrange(1 << 32):x}"
        shapes = [self.random.choice(ODD) + letters, f"v{letters}", letters, f"u{letters}@example.org", f"https://example.org/{letters}",
                  f"{number:064x}", f"{number:08x}-0000-4000-8000-{self.random.randrange(1 << 48):012x}", f"sha256:{number:064x}", str(number), "{}"]
        text = self.random.choice(shapes[:3] if attempt < 4 else shapes)
        length = LENGTH.match(kind)
        limit = int(length[1]) if length else {"name": 20, '"char"': 1}.get(kind, 10_000)
        return (text[-limit:] if attempt % 2 else text[:limit]) if limit < len(text) else text
