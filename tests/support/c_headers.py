"""The headers of the C interface, read for tests and for programs that make declarations for other languages."""

import pathlib
import re
import subprocess
import typing

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "capi" / "include"
HEADERS = ("holdfast.h", *sorted(path.name for path in INCLUDE.glob("holdfast_*.h")))
DECLARATION = re.compile(r"HOLDFAST_API\s+([^;]*?\b(holdfast_\w+)\s*\([^;]*\))\s*;")
STRUCT = re.compile(r"typedef struct (holdfast_\w+) \{(.*?)\} \1;", re.DOTALL)
POINTER = re.compile(r"(.*?)\(\*(\w+)\)\((.*)\)$")
FUNCTION = re.compile(r"(.*?)(\w+)\((.*)\)$")


class Value(typing.NamedTuple):
    """A parameter, or a field of a struct."""

    name: str
    type: "str | Function"  # as in C, "const char*"; a Function for a pointer to one


class Function(typing.NamedTuple):
    """A function, or the type of a pointer to one."""

    name: str
    result: str
    parameters: list[Value]


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)


def header_text(folder=INCLUDE):
    return without_comments("".join((folder / name).read_text() for name in HEADERS if (folder / name).exists()))


def declarations(folder=INCLUDE):
    """name → its declaration, in one line."""
    return {name: " ".join(whole.split()) for whole, name in DECLARATION.findall(header_text(folder))}


def structs(folder=INCLUDE):
    """name → its fields."""
    return {name: [value(" ".join(field.split())) for field in body.split(";") if field.strip()]
            for name, body in STRUCT.findall(header_text(folder))}


def constants(folder=INCLUDE):
    return dict(re.findall(r"^#define (HOLDFAST_(?!VERSION|ABI_VERSION|API)\w+) (\S+) *$", header_text(folder), re.MULTILINE))


def handles():
    """The structs whose fields only the library knows."""
    return re.findall(r"typedef struct (holdfast_\w+) \1;", header_text())


def callbacks():
    """The named types of pointers to functions."""
    return [function(POINTER, " ".join(text.split())) for text in re.findall(r"typedef ([^;{]*\(\*\w+\)\([^;{]*\));", header_text())]


def functions():
    return [function(FUNCTION, text) for text in declarations().values()]


def function(form, text):
    result, name, parameters = form.match(text).groups()
    separate = re.split(r",\s*(?![^()]*\))", parameters)
    return Function(name, result.strip(), [] if parameters == "void" else [value(parameter) for parameter in separate])


def value(text):
    if POINTER.match(text):
        pointer = function(POINTER, text)
        return Value(pointer.name, pointer)
    kind, name = re.match(r"(.*?)(\w+)$", text).groups()
    return Value(name, kind.strip())


def empty_library(to, soname, version_script, without=()):
    """Compiles a library of functions that do nothing, all that the headers declare but those of `without`."""
    includes = "".join(f'#include "{name}"\n' for name in HEADERS)
    bodies = "".join(f"{text} {{ __builtin_trap(); }}\n" for name, text in declarations().items() if name not in without)
    done = subprocess.run(["gcc", "-std=gnu2x", "-g", "-fPIC", "-shared", f"-Wl,-soname,{soname}", f"-Wl,--version-script={version_script}",
                           "-I", INCLUDE, "-o", to, "-x", "c", "-"], input=includes + bodies, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
