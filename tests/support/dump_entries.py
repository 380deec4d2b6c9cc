"""What pg_dump writes of a database, as entries that can be compared with another database's."""

import collections
import re

ENTRY = re.compile(r"^--\n-- (?=(?:Data for )?Name: )", re.MULTILINE)
COPIED = re.compile(r"^COPY (.*?) (?:\((.*?)\))? FROM stdin;\n(.*?)^\\\.$", re.MULTILINE | re.DOTALL)
COLUMN = re.compile(r'[^",\s]+|(?:"[^"]*")+')
# pg_dump writes these lines where an entry needs another value than the entry before.
BETWEEN = re.compile(r"^(?:SET default_tablespace|SET default_table_access_method|\\(?:un)?restrict) .*\n", re.MULTILINE)
END = re.compile(r"\n+--\n-- PostgreSQL database dump complete\n--\n+\Z")  # not a part of the last entry


def entries_of(dump):
    """The entries of pg_dump's text, sorted: it orders equal names by OID. The rows are entries of their own, one for
    each table: their order and the order of a child's columns may differ."""
    rows = {}

    def take(found):
        columns = COLUMN.findall(found[2] or "")
        order = sorted(range(len(columns)), key=columns.__getitem__)
        lines = [line.split("\t") for line in found[3].split("\n")[:-1]]
        rows.setdefault(f"rows of {found[1]}: {sorted(columns)}", []).extend(str([line[at] for at in order]) for line in lines)
        return ""

    entries = ENTRY.split(COPIED.sub(take, END.sub("\n\n\n", BETWEEN.sub("", dump))))
    return sorted([entry.rstrip("\n") for entry in entries] + ["\n".join([table, *sorted(lines)]) for table, lines in rows.items()])


def names_of(entries):
    """The first lines of entries, which tell kind and name, and how often each occurs."""
    return collections.Counter(entry.partition("\n")[0] for entry in entries)
