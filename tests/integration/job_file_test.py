"""`holdfast job check`, `list` and `schema`. Random files: the schema accepts what the parser accepts, and nothing else;
HOLDFAST_SEED repeats a run."""

import copy
import json
import pathlib
import random
import shutil
import sys
import tempfile
import unittest

import harness
from budget import LONG, SEED
from holdfast import OK, ROOT, USAGE, Holdfast

HOLDFAST = Holdfast()
EXAMPLE = ROOT / "examples" / "jobs" / "shop.yaml"
# Texts of each form; names refer to what there is, and words that mean something are right: only the parser knows these.
FORMS = {"at": ["@daily", "30 2 * * *", "every 6h"], "zone": ["UTC", "Europe/Berlin"], "blackouts": ["22:00-06:00", "mon-fri 08:00-18:00"],
         "compression": ["zstd:3", "none", "lz4"], "repository": ["main"], "copies": ["main"], "channel": ["admins"], "target": ["exec:cat"],
         "container": ["docker:db", "podman:postgres@db"]}
WRONG = [None, True, 1, -1, 1.5, 10**20, "", "x", "env:", "env:A", "5x", [], ["x"], [1], {}, {"x": "y"}]


class JobCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfjobs."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def file(self, text, name="jobs.yaml"):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class Command(JobCase):
    def test_the_example_is_without_fault_and_listed(self):
        self.assertEqual(HOLDFAST("job", "check", EXAMPLE).expect(OK).stdout, f"{EXAMPLE}: 1 job, no fault\n")
        job, = HOLDFAST("job", "list", EXAMPLE, "--json").expect(OK).json["jobs"]
        self.assertEqual((job["name"], job["schedule"], job["repository"], len(job["sources"])), ("shop", "30 2 * * *", "main", 2))
        self.assertIn("shop  2", HOLDFAST("job", "list", EXAMPLE).expect(OK).stdout)

    def test_every_fault_has_a_line_and_a_column(self):
        text = EXAMPLE.read_text().replace("    retention:", "    retension:").replace("keep_daily", "keep_dayly").replace("level: full", "level: ful")
        path = self.file(text)
        line = text[:text.index("    retension")].count("\n") + 1
        done = HOLDFAST("job", "check", path).expect(USAGE)
        self.assertIn(f"{path}:{line}:5: jobs.shop: there is no key 'retension'; did you mean retention?\n", done.stdout)
        self.assertIn("jobs.shop.verification[0].level: 'ful' is not one of quick, full, restore; did you mean full?\n", done.stdout)
        faults = HOLDFAST("job", "check", path, EXAMPLE, "--json").expect(USAGE).json["files"]
        self.assertEqual([len(faults[0]["faults"]), faults[0]["faults"][0]["line"], faults[1]["faults"]], [2, line, []])
        self.assertIn(f"{path}:{line}:5: ", HOLDFAST("job", "list", path).expect(USAGE).error_line)

    def test_a_missing_file_is_an_error(self):
        self.assertIn("can't read the job file", HOLDFAST("job", "check", self.folder / "none").expect(USAGE).error_line)


class Files:
    """Random files that fit the schema."""

    def __init__(self, dice, schema):
        self.dice, self.schema = dice, schema

    def make(self, schema=None, name=""):
        schema, dice = schema or self.schema, self.dice
        if "enum" in schema:
            return "restore" if name == "level" else dice.choice(schema["enum"])
        if name in FORMS and schema["type"] == "string":
            return dice.choice(FORMS[name])
        return getattr(self, schema["type"])(schema, name)

    def string(self, schema, name):
        pattern = schema.get("pattern", "")
        if "env:" in pattern:
            return self.dice.choice(["env:A", "file:/a b", "command:pass show x", "env:_1"])
        if "smhdw" in pattern:
            return self.dice.choice(["5m", "1d12h", "90s"])
        return self.dice.choice(["a", "b-1.x", "Z_"])

    def integer(self, schema, _name):
        return self.dice.choice([schema["minimum"], min(schema["minimum"] + 7, schema["maximum"]), schema["maximum"]])

    def boolean(self, _schema, _name):
        return self.dice.random() < 0.5

    def array(self, schema, name):
        return [self.make(schema["items"], name) for _ in range(max(schema["minItems"], self.dice.randint(0, 2)))]

    def object(self, schema, name):
        if "propertyNames" in schema:
            if name in ("options", "secret_options"):
                return {}  # their names are those of the driver or storage
            if name == "copy_retention":
                return {"main": self.make(schema["additionalProperties"], "retention")}
            return {key: self.make(schema["additionalProperties"]) for key in (["main"] if name == "repositories" else ["admins", "x.1"])}
        made = {key: self.make(each, key) for key, each in schema["properties"].items()
                if key in schema["required"] or key == "channels" or self.dice.random() < 0.4}
        if name == "retention":
            made["keep_last"] = 3  # else there may be no rule
        if "copy_retention" in made:
            made["copies"] = ["main"]
        if "uri" in made:
            made["uri"] = self.dice.choice(["dir:///srv", "exec:cat"] if "include" in schema["properties"] else ["backups", "s3://a/b"])
        if "engine_socket" in made:
            made["container"] = "docker:db"
        if "password" in made and "key" in made:
            del made["key"]
        return made

    def spoil(self, document):
        """Changes one place at random."""
        node, dice = document, self.dice
        while True:
            keys = list(node) if isinstance(node, dict) else range(len(node))
            if not keys:
                return
            key = dice.choice(list(keys))
            if isinstance(node[key], (dict, list)) and node[key] and dice.random() < 0.8:
                node = node[key]
            elif isinstance(node, dict) and dice.random() < 0.3:
                node[dice.choice(["nonsense", "a b", "uri", ""])] = node.pop(key)
                return
            elif isinstance(node[key], int) and dice.random() < 0.6:
                node[key] += dice.choice([-1, 1])  # beyond a bound, if it was there
                return
            else:
                node[key] = copy.deepcopy(dice.choice(WRONG))
                return


def rows(schema, path=""):
    """The keys of the schema as rows of the table in docs/job-file.md."""
    for key, each in schema.get("properties", {}).items():
        kind = {"array": "list", "object": "map"}.get(each.get("type"), each.get("type"))
        if "enum" in each:
            kind = " or ".join(f"`{choice}`" for choice in each["enum"])
        needed = ", needed" if key in schema["required"] else ""
        yield f"| `{path}{key}` | {kind}{needed} | {each['description']} |"
        yield from rows(each, f"{path}{key}.")
        if "items" in each:
            yield from rows(each["items"], f"{path}{key}[].")
        if isinstance(each.get("additionalProperties"), dict):
            yield from rows(each["additionalProperties"], f"{path}{key}.NAME.")


class Page(unittest.TestCase):
    def test_the_page_has_each_key(self):
        table = "\n".join(rows(HOLDFAST("job", "schema").expect(OK).json))
        self.assertIn(table + "\n", (ROOT / "docs" / "job-file.md").read_text(), f"docs/job-file.md should have this table:\n{table}\n")


# What only the parser knows: references between names, and texts that mean something.
MEANING = ("there is no repository", "there is no copy of this job", "there is no channel", "not an expression", "schedule '",
           "no rule says", "'x' is not a", "only a verification", "no driver", "the driver", "compression", "has no option",
           "has a password and a key", "time zone '", "blackout '", "day of week", "a URI here", "is not a tag rule", "scheme")


class Schema(JobCase):
    def test_the_schema_accepts_what_the_parser_accepts_and_nothing_else(self):
        try:
            import jsonschema  # pylint: disable=import-outside-toplevel
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        schema = HOLDFAST("job", "schema").expect(OK).json
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        print(f"HOLDFAST_SEED={SEED}", file=sys.stderr)
        dice = random.Random(SEED)
        files, documents = Files(dice, schema), []
        for _ in range(20_000 if LONG else 600):
            documents.append(files.make())
            if dice.random() < 0.7:
                files.spoil(documents[-1])
        accepted = refused = 0
        for begin in range(0, len(documents), 200):
            batch = documents[begin:begin + 200]
            paths = [self.file(json.dumps(document), f"{number}.json") for number, document in enumerate(batch)]
            for document, checked in zip(batch, HOLDFAST("job", "check", *paths, "--json").expect(OK, USAGE).json["files"]):
                faults = [fault["what"] for fault in checked["faults"]]
                if validator.is_valid(document):
                    accepted += not faults
                    self.assertTrue(all(any(word in fault for word in MEANING) for fault in faults), (document, faults))
                else:
                    refused += 1
                    self.assertTrue(faults, document)
        self.assertTrue(accepted > len(documents) // 5 and refused > len(documents) // 5, (accepted, refused))


if __name__ == "__main__":
    harness.main()
