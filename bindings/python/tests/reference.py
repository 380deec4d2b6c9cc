"""Prints docs/python-reference.md, from the package's docstrings and annotations: reference.py > docs/python-reference.md"""

import dataclasses
import enum
import inspect
import re
import textwrap

import holdfast

SECTIONS = {
    "Repositories": ["create", "open", "Repository", "Settings", "CancelToken", "AsyncOperation", "Backup", "Manifest", "SourceRecord",
            "Entry", "BackupView", "RepositoryInfo", "Layout", "ReplicationReport", "Replicated"],
    "Own streams, sources and targets": ["Session", "BackupWriter", "EntryWriter", "Source", "SourceInfo", "Target", "RestoreReport",
            "LeftOut", "MaskedColumn", "KeptRows"],
    "Storages": ["open_storage", "memory_storage", "Storage", "LOCKED_FOR_GOOD", "ObjectInfo", "ObjectReader", "ObjectWriter"],
    "Storages made of others": ["retrying_storage", "throttled_storage", "cached_storage", "read_only_storage", "quota_storage",
            "replicated_storage", "ReplicatedStorage", "ReplicaStatus", "ReplicaState", "ReplicaRepairReport", "tiered_storage",
            "TieredStorage", "TierReport", "diagnose_storage"],
    "Pipelines": ["Pipeline", "PipelineReport", "PipelineEnd", "Command", "StoredObject", "SourceEntry", "SqlDump", "IntoTarget",
            "split_source", "asplit_source", "EncodedWriter", "compression", "aes256gcm", "throttle", "Transform", "Codec"],
    "SQL text": ["load_sql", "aload_sql", "SqlLoadReport", "SqlFailure", "query_sql"],
    "Verification": ["VerifyLevel", "VerifyReport", "Proof", "ProofLevel", "FailedProof", "Fault", "QueryResult"],
    "Retention and keys": ["plan_retention", "RetentionPolicy", "RetentionPlan", "RetentionDecision", "RetentionAction", "GarbageReport",
            "RepairReport", "plan_times", "PlannedTime", "new_recovery_key", "recovery_key", "BackupDiff", "KeySlot"],
    "Schedules": ["Schedule", "CatchUp", "Overlap", "Scheduler", "ScheduledRun", "RunDecision", "find_conflicts", "PlannedJob",
            "ScheduleConflict"],
    "Jobs": ["run_job", "arun_job", "JobReport", "JobStep", "StepState", "preflight", "PreflightCheck", "tell_alerts", "atell_alerts",
            "last_start", "planned_jobs", "aplanned_jobs", "job_notifier", "run_hooks", "Hook", "HookResult", "job_file_faults",
            "JobFault"],
    "Audit": ["Audit", "AuditSigner", "AuditRecord", "AuditReport"],
    "Secrets at rest": ["Envelope", "Fernet"],
    "Events": ["Event", "EventKind", "OperationRecord", "Outcome", "Overview"],
    "Notifications": ["Notifier", "Channel", "Notice", "NoticeKind", "NoticeSeverity", "notice_of", "send_notice", "DeliveryReport",
            "ChannelReport", "GivenUp", "channel_kinds", "ChannelKind"],
    "Drivers": ["catalog", "drivers", "storages", "diagnose", "Driver", "DriverOption", "StorageKind", "Finding", "CustomDriver",
            "ProofRequest"],
}
CONSTANTS = {"LOCKED_FOR_GOOD": "A `datetime`, what `locked_until` returns for a legal hold: until somebody lifts it."}
SAME = {"open_repository", "__version__"}


def default(value):
    if isinstance(value, enum.Enum):
        return repr(value.value)
    return repr(value).removeprefix("datetime.") if not callable(value) else "…"


def signature(thing):
    parts, bare = [], True
    for parameter in inspect.signature(thing).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and bare:
            parts.append("*")
        bare = bare and parameter.kind not in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        value = "" if parameter.default is parameter.empty else f" = {default(parameter.default)}"
        parts.append(f"{star}{parameter.name}: {parameter.annotation}{value}")
    text = f"({', '.join(parts)}) -> {inspect.signature(thing).return_annotation}"
    return text.replace("_core.", "").replace("_storage.", "").replace("_driver.", "")


def doc(thing, indent=""):
    return textwrap.indent(inspect.getdoc(thing), indent)


def markdown(text):
    """The rest of a docstring as Markdown: its sections' items as lists."""
    lines, section = [], ""
    for line in text.strip().splitlines():
        item = re.match(r"    (\*{0,2}\w+): (.*)", line)
        if not line.startswith(" "):
            section = line[:-1] if line in ("Args:", "Attributes:", "Raises:", "Returns:", "Yields:") else ""
            lines += [line, ""] if section else [line]
        elif section in ("Args", "Attributes", "Raises") and item:
            lines.append(f"- `{item[1]}`: {item[2]}")
        else:
            lines.append(("  " if section in ("Args", "Attributes", "Raises") else "") + line.strip() if section else line)
    return "\n".join(lines)


def members(kind):
    for name, value in vars(kind).items():
        if name.startswith("_"):
            continue
        if isinstance(value, property):
            yield f"- `{name}`: {doc(value)}"
        elif callable(value) and value.__doc__ and not isinstance(value, type):
            first, _, rest = doc(value).partition("\n")
            shown = f"`{name}{signature(value)}`" if inspect.isfunction(value) else f"`{name}()`"
            yield f"- {shown}: {first}" + (f"\n\n{textwrap.indent(markdown(rest), '  ')}\n" if rest.strip() else "")


def describe(name):
    thing = getattr(holdfast, name)
    head = f"### {name}\n\n"
    if name in CONSTANTS:
        return f"{head}{CONSTANTS[name]}\n"
    if not isinstance(thing, type):
        text = doc(thing)
        first, _, rest = text.partition("\n")
        more = f"\n\n{markdown(rest)}" if rest.strip() else ""
        return f"{head}`{name}{signature(thing)}`\n\n{first}{more}\n"
    parts = [head + markdown(doc(thing))]
    if issubclass(thing, enum.Enum):
        parts.append("Values: " + ", ".join(f"`{value.value}`" for value in thing))
    elif dataclasses.is_dataclass(thing):
        parts.append("Fields: " + ", ".join(f"`{field.name}: {field.type}`" for field in dataclasses.fields(thing)))
    listed = "\n".join(members(thing))
    return "\n\n".join(parts + ([listed] if listed else [])) + "\n"


def errors():
    kinds = [thing for thing in map(holdfast.__dict__.get, holdfast.__all__) if isinstance(thing, type) and issubclass(thing, holdfast.Error)]
    kinds.sort(key=lambda kind: (len(kind.__mro__) > 4, kind.__name__))
    rows = [f"| `{kind.__name__}` | {', '.join(f'`{base.__name__}`' for base in kind.__bases__)} | `{kind.code.value}` | {doc(kind).splitlines()[0]} |"
            for kind in kinds]
    return "\n".join(["## Exceptions", "", "| exception | derives from | code | |", "|---|---|---|---|", *rows]) + "\n"


def text():
    parts = ["# Reference of the Python package", "Made by `bindings/python/tests/reference.py` from the docstrings. How to use it: [python.md](python.md).\n"]
    for title, names in SECTIONS.items():
        parts += [f"## {title}\n", *map(describe, names)]
    parts.append(errors())
    return "\n".join(line.rstrip() for line in "\n".join(parts).splitlines()) + "\n"


def unlisted():
    """Public names that the reference leaves out."""
    listed = {name for names in SECTIONS.values() for name in names}
    return [name for name in holdfast.__all__ if name not in listed | SAME
            and not (isinstance(getattr(holdfast, name), type) and issubclass(getattr(holdfast, name), (holdfast.Error, holdfast.ErrorCode)))]


if __name__ == "__main__":
    print(text(), end="")
