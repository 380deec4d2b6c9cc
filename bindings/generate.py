"""Makes the declarations of the C interface for other languages out of its headers.

    PYTHONPATH=tests/support python3 bindings/generate.py --write

tests/capi/languages_test.py compares what is in the tree with the headers, and has a C compiler compare what this
program understood with them.
"""

import pathlib
import re
import sys

import c_headers

BINDINGS = pathlib.Path(__file__).resolve().parent
NOTE = "Made by bindings/generate.py from the headers in capi/include: do not edit."


# --- C: what was understood, for a compiler that also sees the headers --------------------------------------------------

SIZES = {"int32_t": 4, "uint32_t": 4, "holdfast_status": 4}  # everything else in the interface has 8 bytes, and so has size_t


def layout(fields):
    """The size of a struct and the offset of each of its fields, where pointers have 64 bits."""
    offset, offsets = 0, []
    for field in fields:
        size = 8 if isinstance(field.type, c_headers.Function) else SIZES.get(field.type, 8)
        offset = (offset + size - 1) // size * size
        offsets.append(offset)
        offset += size
    return (offset + 7) // 8 * 8, offsets


def c_value(value):
    if isinstance(value.type, c_headers.Function):
        return f"{value.type.result} (*{value.name})({c_parameters(value.type)})"
    return f"{value.type} {value.name}"


def c_parameters(function):
    return ", ".join(map(c_value, function.parameters)) or "void"


def c_check():
    """A C program that compiles only if the headers say the same as the declarations that are made here."""
    lines = ["#include <stddef.h>", *(f'#include "{header}"' for header in c_headers.HEADERS)]
    lines += [f"{function.result} {function.name}({c_parameters(function)});" for function in c_headers.functions()]
    lines += [f"typedef {function.result} (*{function.name})({c_parameters(function)});" for function in c_headers.callbacks()]
    for name, fields in c_headers.structs().items():
        size, offsets = layout(fields)
        lines.append(f'_Static_assert(sizeof({name}) == {size}, "{name}");')
        for field, offset in zip(fields, offsets):
            lines.append(f'_Static_assert(offsetof({name}, {field.name}) == {offset}, "{name}.{field.name}");')
            lines.append(f"void set_{name}_{field.name}({name}* at, {c_value(field)}) {{ at->{field.name} = {field.name}; }}")
    return "\n".join([*lines, ""])


# --- Rust -----------------------------------------------------------------------------------------------------------------

RUST_TYPES = {"void": "c_void", "char": "c_char", "int32_t": "i32", "uint32_t": "u32", "int64_t": "i64", "uint64_t": "u64", "size_t": "usize"}
RUST_KEYWORDS = {"in", "type", "where"}


def rust_type(text):
    """`const char* const*` is `*const *const c_char`: C says of each pointer, after it, whether it is const."""
    if isinstance(text, c_headers.Function):
        return "Option<" + rust_signature('unsafe extern "C" fn', text) + ">"
    base, *pointers = text.split("*")
    constant = "const" in base.split()
    made = base.replace("const", "").strip()
    made = RUST_TYPES.get(made, made)
    for after in pointers:
        made = f"*{'const' if constant else 'mut'} {made}"
        constant = "const" in after
    return made


def rust_value(value):
    return f"{'r#' if value.name in RUST_KEYWORDS else ''}{value.name}: {rust_type(value.type)}"


def rust_signature(name, function):
    result = "" if function.result == "void" else f" -> {rust_type(function.result)}"
    return f"{name}({', '.join(map(rust_value, function.parameters))}){result}"


def rust_constant(name, text):
    kind = "i64" if "INT64" in text else "u32" if text.endswith("u") else "i32"
    return f"pub const {name}: {kind} = {text.rstrip('u').replace('INT64_MAX', 'i64::MAX')};"


def rust():
    version = re.search(r"#define HOLDFAST_ABI_VERSION (\d+)", c_headers.header_text()).group(1)
    lines = [f"// {NOTE}", "", "use std::ffi::{c_char, c_void};", "", "pub type holdfast_status = i32;",
             f"pub const HOLDFAST_ABI_VERSION: u32 = {version};"]
    lines += [rust_constant(name, text) for name, text in c_headers.constants().items()]
    lines += ["", "opaque! {", *(f"    {name}" for name in c_headers.handles()), "}", ""]
    lines += [f"pub type {function.name} = {rust_type(function)};" for function in c_headers.callbacks()]
    for name, fields in c_headers.structs().items():
        lines += ["", "#[repr(C)]", "#[derive(Clone, Copy, Debug)]", f"pub struct {name} {{"]
        lines += [*(f"    pub {rust_value(field)}," for field in fields), "}"]
    lines += ["", '#[cfg(target_pointer_width = "64")]', "const _: () = {"]
    lines += [f"    assert!(size_of::<{name}>() == {layout(fields)[0]});" for name, fields in c_headers.structs().items()]
    lines += ["};", "", 'unsafe extern "C" {']
    lines += [f"    pub fn {rust_signature(function.name, function)};" for function in c_headers.functions()]
    return "\n".join([*lines, "}", ""])


# --- Node -----------------------------------------------------------------------------------------------------------------

# The functions that lib/ calls, without their prefix.
NODE = """version status_name
options_new options_free options_set_string options_set_int64 options_set_bool options_set_bytes options_add_string options_set_cancel
cancel_token_new cancel_token_request cancel_token_free
repository_create repository_open repository_create_on repository_open_on repository_free repository_uri repository_is_encrypted
repository_list backup_list_to_json backup_list_free repository_find backup_to_json backup_free repository_remove
retention_plan_new retention_plan_to_json retention_plan_free
manifest_open manifest_to_json manifest_find manifest_read manifest_free reader_read reader_free
backup_start backup_start_sources restore_start export_start verify_start verify_all_start expire_start gc_start
job_result_to_json job_free
backup_writer_begin backup_writer_add_source backup_writer_note backup_writer_set_instant backup_writer_open backup_writer_commit
backup_writer_free writer_write writer_note writer_commit writer_abort writer_free
context_warn context_log storage_free source_free"""


def node_call(function):
    """One line of native/calls.inc: how a function gets its arguments and gives its result."""
    kinds, given, result = [], [], "-"
    parameters = list(function.parameters)
    while parameters:
        name, kind = parameters.pop(0)
        slot = f"c->in[{len(kinds)}]"
        if kind == "holdfast_error**":
            given.append("&c->error")
        elif kind == "char**":
            result = "s"
            given.append("&c->text")
        elif kind == "size_t*":
            result = "z"
            given.append("&c->size")
        elif kind.endswith("**"):
            result = "h"
            given.append(f"({kind})&c->out")
        elif kind in ("const void*", "void*"):  # its length follows
            parameters.pop(0)
            kinds.append("b")
            given += [f"{slot}.data", f"{slot}.length"]
        elif kind.endswith("* const*"):  # an array of one handle; its length follows
            parameters.pop(0)
            kinds.append("h")
            given += [f"({kind})&{slot}.handle", "1"]
        else:
            kinds.append("t" if kind == "const char*" else "h" if kind.endswith("*") else "n")
            given.append({"t": f"{slot}.text", "h": f"({kind}){slot}.handle", "n": f"({kind}){slot}.number"}[kinds[-1]])
    call = f"{function.name}({', '.join(given)})"
    if function.result == "holdfast_status":
        call = f"c->status = {call}"
    elif function.result == "const char*":
        result, call = "S", f"c->borrowed = {call}"
    elif function.result.endswith("*"):
        result, call = "h", f"c->out = (void*){call}"
    elif function.result != "void":
        result, call = "N", f"c->number = (int64_t){call}"
    return f"CALL({function.name.removeprefix('holdfast_')}, '{result}', \"{''.join(kinds)}\", {call})"


def node():
    known = {function.name: function for function in c_headers.functions()}
    return "\n".join([f"/* {NOTE} */", "/* clang-format off */", *(node_call(known[f"holdfast_{name}"]) for name in NODE.split()), ""])


# --- Java -----------------------------------------------------------------------------------------------------------------

# The functions and structs that the classes beside the generated one use, without their prefix.
JAVA = """error_message error_is_retryable error_free error_set options_new options_free options_set_string options_set_int64 options_set_bool options_set_bytes options_add_string options_set_cancel
options_set_events cancel_token_new cancel_token_request cancel_token_is_requested cancel_token_free
repository_create repository_open repository_create_on repository_open_on repository_free repository_uri repository_is_encrypted
repository_list backup_list_count backup_list_at backup_list_free repository_find repository_remove
backup_id backup_time backup_finished backup_entries backup_plain_bytes backup_stored_bytes backup_level backup_proven backup_damage
backup_tags backup_source_count backup_source backup_free notes_count notes_key notes_value
source_record_uri source_record_driver source_record_name source_record_instant source_record_notes
manifest_open manifest_id manifest_source_count manifest_source manifest_entry_count manifest_entry manifest_find manifest_read
manifest_free entry_name entry_kind entry_source entry_plain_bytes entry_content_hash entry_attributes reader_read reader_free
backup_start backup_start_sources restore_start export_start verify_start verify_all_start expire_start gc_start
job_step job_cancel job_progress job_free job_backup job_verify_report job_verify_list job_retention_plan job_restore_report
job_garbage_report job_left_out_count job_left_out
verify_report_backup verify_report_ok verify_report_objects verify_report_bytes verify_report_level verify_report_where
verify_report_count verify_report_count_name verify_report_fault_count verify_report_fault_object verify_report_fault_text
verify_report_query_count verify_report_query_ok verify_report_query_result verify_report_free verify_list_count verify_list_at
verify_list_free retention_plan_new retention_plan_count retention_plan_backup retention_plan_keeps retention_plan_reason_count
retention_plan_reason retention_plan_removed retention_plan_freed_bytes retention_plan_free
backup_writer_begin backup_writer_add_source backup_writer_note backup_writer_set_instant backup_writer_open backup_writer_commit
backup_writer_free writer_new writer_write writer_note writer_commit writer_abort writer_free
source_new source_free storage_new storage_free context_is_cancelled context_warn context_log"""
JAVA_STRUCTS = """event progress restore_report left_out garbage_report object_info source_info source_driver storage_driver reader_driver
writer_driver"""
JAVA_CONSTANTS = re.compile(r"HOLDFAST_(OK|RUNNING|E_\w+|STORAGE_\w+)$")
JAVA_TYPES = {"void": "void", "const char*": "String", "size_t*": "LongByReference", "int32_t": "int", "uint32_t": "int", "holdfast_status": "int",
              "int64_t": "long", "uint64_t": "long", "size_t": "long"}


def java_type(kind):
    if isinstance(kind, c_headers.Function) or kind.endswith("_callback"):
        return "Callback"
    by_reference = kind.endswith("**") or kind.endswith("* const*")
    return JAVA_TYPES.get(kind) or ("PointerByReference" if by_reference else "Pointer")


def java():
    known = {function.name: function for function in c_headers.functions()}
    lines = [f"// {NOTE}", "package org.example.holdfast;", "", "import com.sun.jna.Callback;", "import com.sun.jna.Library;", "import com.sun.jna.Native;",
             "import com.sun.jna.NativeLibrary;", "import com.sun.jna.Pointer;", "import com.sun.jna.ptr.LongByReference;",
             "import com.sun.jna.ptr.PointerByReference;", "import java.util.Map;", "", "/** Functions, constants and structs of C. */", "final class Capi {",
             "  private Capi() {}", "", "  static {",
             '    Native.register(Capi.class, NativeLibrary.getInstance("holdfast", Map.of(Library.OPTION_STRING_ENCODING, "UTF-8")));', "  }", ""]
    lines += [f"  static final int {name.removeprefix('HOLDFAST_')} = {text.rstrip('u')};" for name, text in c_headers.constants().items()
              if JAVA_CONSTANTS.match(name)]
    for name in JAVA_STRUCTS.split():
        fields = c_headers.structs()[f"holdfast_{name}"]
        size, offsets = layout(fields)
        lines += ["", f"  static final int SIZEOF_{name.upper()} = {size};"]
        lines += [f"  static final int {name.upper()}_{field.name.upper()} = {offset};" for field, offset in zip(fields, offsets)]
    lines.append("")
    for name in JAVA.split():
        function = known[f"holdfast_{name}"]
        parameters = ", ".join(f"{java_type(value.type)} {value.name}" for value in function.parameters)
        lines.append(f"  static native {java_type(function.result)} {function.name}({parameters});")
    return "\n".join([*lines, "}", ""])


# --- All ------------------------------------------------------------------------------------------------------------------

MADE = {"rust/holdfast-sys/src/generated.rs": rust, "node/native/calls.inc": node,
        "java/src/main/java/org/example/holdfast/Capi.java": java}


def differences():
    """The files that are not what the headers say."""
    return [name for name, make in MADE.items() if not (BINDINGS / name).exists() or (BINDINGS / name).read_text() != make()]


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    for target, maker in MADE.items():
        (BINDINGS / target).write_text(maker())
