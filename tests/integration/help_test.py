"""`holdfast help` tells what there is, from the table that all interfaces show."""

import json
import unittest

import harness
from holdfast import OK, USAGE, Holdfast


class Help(unittest.TestCase):
    def test_lists(self):
        for topic, parts in {"drivers": ("postgresql", "files", "exec", "content-equal"), "storages": ("s3://", "azblob", "sftp"),
                             "transforms": ("zstd:LEVEL", "aes256-gcm-hkdf-1mb"), "levels": ("checksummed", "content-equal")}.items():
            done = Holdfast()("help", topic).expect(OK)
            for part in parts:
                self.assertIn(part, done.stdout, topic)

    def test_one_driver_storage_or_command(self):
        driver = Holdfast()("help", "postgresql").expect(OK).stdout
        self.assertIn("exports as sql", driver)
        self.assertIn("Options of backup:", driver)
        self.assertIn("globals=yes|no", driver)
        self.assertIn("object_lock", Holdfast()("help", "s3").expect(OK).stdout)
        self.assertIn("--grace", Holdfast()("help", "gc").expect(OK).stdout)
        self.assertRegex(Holdfast()("help").expect(OK).stdout, r"(?s)transforms.*\n  backup +Back up")

    def test_an_unknown_topic_is_a_usage_error_that_names_the_topics(self):
        self.assertIn("drivers, storages, transforms, levels", Holdfast()("help", "nonsense").expect(USAGE).stderr)

    def test_the_whole_table_as_json(self):
        table = Holdfast()("help", "--json").expect(OK).json
        self.assertEqual(set(table) - {"warnings"}, {"drivers", "storages", "transforms", "proof_levels"})
        options = {option["name"]: option for driver in table["drivers"] for option in driver["options"]}
        self.assertEqual((options["globals"]["type"], options["globals"]["default"]), ("boolean", "yes"))
        quota = {option["name"]: option for storage in table["storages"] for option in storage["options"]}["quota"]
        self.assertEqual(quota["unit"], "bytes")
        self.assertTrue(json.dumps(table))


if __name__ == "__main__":
    harness.main()
