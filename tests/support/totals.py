"""Adds up ctest's results per build and tier, and names failed tests and skipped ones with their reasons. Exit status 1
on any failure."""

import collections
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml


def tiers(build):
    """Test name → label."""
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True, check=True).stdout
    found = {}
    for test in json.loads(shown)["tests"]:
        labels = [prop["value"] for prop in test.get("properties", []) if prop["name"] == "LABELS"]
        found[test["name"]] = labels[0][0] if labels else "other"
    return found


def main():
    failures, skips = [], []
    print(f"\n{'build':10}{'tier':14}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for build in map(pathlib.Path, sys.argv[1:]):
        results = build / "results.xml"
        if not results.exists():
            failures.append(f"{build.name}: no results")
            continue
        tier_of = tiers(build)
        counts = collections.defaultdict(lambda: [0, 0, 0, 0.0])
        for case in xml.parse(results).getroot().iter("testcase"):
            name, status = case.get("name"), case.get("status")
            count = counts[tier_of.get(name, "other")]
            count[3] += float(case.get("time", 0))
            output = case.findtext("system-out") or ""
            skips += [f"{build.name}: {name}: {reason}" for reason in re.findall(r"^SKIP: (.*)$", output, re.MULTILINE)]
            if status == "run":
                count[0] += 1
            elif status in ("notrun", "disabled"):
                count[2] += 1
                if "SKIP: " not in output:
                    skips.append(f"{build.name}: {name}: gave no reason")
            else:
                count[1] += 1
                failures.append(f"{build.name}: {name}")
        for tier, (passed, failed, skipped, seconds) in sorted(counts.items()):
            print(f"{build.name:10}{tier:14}{passed:8}{failed:8}{skipped:9}{seconds:9.1f}")
    for title, lines in (("Skipped", skips), ("Failed", failures)):
        if lines:
            print(f"{title}:")
            print("\n".join(f"  {line}" for line in lines))
    print("FAILED" if failures else "All passed" + (f", {len(skips)} skipped" if skips else ""))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
