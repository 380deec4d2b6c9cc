"""The rules of the source tree. Each is a function from a tree (path → text) to the problems it finds, one line each."""

import posixpath
import re

# Which folders of src/ may include which: those listed here, and themselves.
LAYERS = {
    "base": set(),
    "io": {"base"},
    "transform": {"base", "io"},
    "storage": {"base", "io"},
    "repository": {"base", "io", "transform", "storage"},
    "mask": {"base"},
    "container": {"base", "io", "storage"},
    "driver": {"base", "io", "transform", "storage", "repository", "mask", "container"},
    "report": {"base"},
    "envelope": {"base"},
    "retention": {"base"},
    "schedule": {"base"},
    "hooks": {"base", "container"},
    "notify": {"base", "io", "storage"},
    "observe": {"base", "io", "transform", "storage", "repository"},
    "operations": {"base", "io", "transform", "storage", "repository", "container", "driver", "retention", "schedule"},
    "job": {"base", "io", "transform", "storage", "repository", "container", "driver", "report", "retention", "schedule", "operations"},
    "cli": set(),
}
COMMAND_LIBRARIES = ("CLI/", "nlohmann/", "fmt/")
CPP = (".cpp", ".hpp", ".h")
TEXT = CPP + (".py", ".sh", ".md", ".txt", ".sql", ".cmake", ".in", ".json", ".yml")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.MULTILINE)
MAX_LINES, LONG_LINES = 600, 400

# The C++ standard library's headers have no '/' and no extension; these C and POSIX ones have.
SYSTEM_HEADER = re.compile(r"^[a-z_0-9]+$")


def includes(text):
    return [(kind == "<", path) for kind, path in INCLUDE.findall(text)]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def is_cpp(path):
    return path.endswith(CPP)


def layer_order(tree):
    """Folders of src/ include downward only, and no driver includes another one."""
    problems = []
    for path, text in tree.items():
        found = re.match(r"src/([a-z_]+)/", path)
        if not found or not is_cpp(path):
            continue
        layer = found.group(1)
        if layer not in LAYERS:
            problems.append(f"{path}: folder {layer} has no place in the layer order")
            continue
        if layer == "cli":
            continue
        for _, included in includes(text):
            parts = included.split("/")
            if parts[0] not in LAYERS:
                continue
            if parts[0] not in LAYERS[layer] | {layer}:
                problems.append(f"{path}: {layer} may not include {included}")
            if layer == "driver" and parts[0] == "driver" and len(parts) > 2 and path.count("/") > 2 and parts[1] != path.split("/")[2]:
                problems.append(f"{path}: one driver may not include another's {included}")
    return problems


# The rooms of a driver's folder, lowest first; what stands beside them is above them all.
ROOMS = {"driver/postgres": ("client", "archive", "logical", "restore", "text", "proof")}


def room_order(tree):
    """Within a folder that has rooms, includes go down the rooms."""
    problems = []
    for folder, rooms in ROOMS.items():
        for path, text in tree.items():
            found = re.match(rf"src/{folder}/(\w+)/", path)
            if not found or not is_cpp(path):
                continue
            room = found.group(1)
            if room not in rooms:
                problems.append(f"{path}: folder {room} has no place among the rooms of {folder}")
                continue
            for _, included in includes(text):
                other = re.match(rf"{folder}/(?:(\w+)/)?\w+\.hpp$", included)
                if other and other.group(1) not in rooms[:rooms.index(room) + 1]:
                    problems.append(f"{path}: {room} may not include {included}")
    return problems


def planning_is_pure(tree):
    """Retention and schedules read neither clock nor storage."""
    return [f"{path}: planning may not use {used}" for path, text in tree.items()
            if path.startswith(("src/retention/", "src/schedule/")) and is_cpp(path)
            for used in ("system_clock()", "holdfast/storage.hpp", "holdfast/context.hpp", "holdfast/repository.hpp") if used in text]


def public_headers_stand_alone(tree):
    """include/ includes only include/ and the standard library."""
    problems = []
    for path, text in tree.items():
        if not path.startswith("include/"):
            continue
        for angled, included in includes(text):
            standard = angled and SYSTEM_HEADER.match(included)
            own = not angled and included.startswith("holdfast/") and f"include/{included}" in tree
            if not standard and not own:
                problems.append(f"{path}: a public header may not include {included}")
    return problems


def umbrella_is_complete(tree):
    """holdfast.hpp includes every public header."""
    umbrella = "include/holdfast/holdfast.hpp"
    named = {f"include/{included}" for _, included in includes(tree.get(umbrella, ""))}
    return [f"{umbrella}: does not include {path}" for path in tree
            if path.startswith("include/") and path.endswith(".hpp") and path != umbrella and path not in named]


def command_uses_public_headers(tree):
    """src/cli includes only the public headers, its own, and its libraries."""
    problems = []
    own = {path.removeprefix("src/cli/") for path in tree if path.startswith("src/cli/")}
    for path, text in tree.items():
        if not path.startswith("src/cli/") or not is_cpp(path):
            continue
        for angled, included in includes(text):
            system = angled and (re.match(r"^[a-z_0-9]+(\.h)?$", included) or included.startswith("sys/"))
            library = included.startswith(COMMAND_LIBRARIES)
            known = included in own or included.removeprefix("cli/") in own or f"include/{included}" in tree
            if not (system or library or known):
                problems.append(f"{path}: the command may not include {included}")
    return problems


C_LIBRARIES = ("nlohmann/json.hpp",)


def c_interface_wraps_public_headers(tree):
    """capi/src includes only the public headers of both interfaces, its own, and its library."""
    problems = []
    own = {path.rpartition("/")[2] for path in tree if path.startswith(("capi/src/", "capi/include/"))}
    for path, text in tree.items():
        if not path.startswith("capi/src/") or not is_cpp(path):
            continue
        for angled, included in includes(text):
            if not (angled and SYSTEM_HEADER.match(included) or included in C_LIBRARIES or included in own or f"include/{included}" in tree):
                problems.append(f"{path}: the C interface may not include {included}")
    return problems


def entry_points_are_guarded(tree):
    """Each function of the C interface that returns a status calls the library through the exception barrier."""
    problems = []
    headers = "".join(text for path, text in tree.items() if path.startswith("capi/src/") and path.endswith(".hpp"))
    for path, text in tree.items():
        if not path.startswith("capi/src/") or not path.endswith(".cpp"):
            continue
        # Helpers that begin with the barrier themselves.
        helpers = re.findall(r"holdfast_status (\w+)\([^{;]*\{\n(?:  clear\(\w+\);\n)?  return guard\(", headers + text)
        for found in re.finditer(r"^holdfast_status (holdfast_\w+)\([^{;]*\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
            name, body = found.groups()
            statements = re.sub(r"^  (clear\(\w+\);|(?:EventCallback|QuotaWarning) first\(.*\);|//.*)\n", "", body, flags=re.MULTILINE)
            called = re.match(r"  return (\w+)\(", statements)
            if name not in UNGUARDED and not (called and called.group(1) in ["guard", *helpers]):
                problems.append(f"{path}:{line_of(text, found.start())}: {name} does not begin with the exception barrier")
    return problems


# They call nothing that throws.
UNGUARDED = {"holdfast_error_set", "holdfast_error_code"}


def python_module_wraps_public_headers(tree):
    """bindings/python/src includes only the public headers, its own, pybind11 and the standard library."""
    problems = []
    own = {path.rpartition("/")[2] for path in tree if path.startswith("bindings/python/src/")}
    for path, text in tree.items():
        if not path.startswith("bindings/python/src/") or not is_cpp(path):
            continue
        for angled, included in includes(text):
            system = angled and (SYSTEM_HEADER.match(included) or included.startswith("pybind11/"))
            if not (system or included in own or f"include/{included}" in tree):
                problems.append(f"{path}: the Python module may not include {included}")
    return problems


def file_length(tree):
    """No source file is longer than the hard limit."""
    return [f"{path}: {text.count(chr(10))} lines, at most {MAX_LINES}: give each idea its own file" for path, text in tree.items()
            if path.endswith(CPP + (".py",)) and text.count("\n") > MAX_LINES]


def long_files(tree):
    """Not a fault: candidates for a split."""
    return [f"{path}: {text.count(chr(10))} lines" for path, text in tree.items()
            if path.endswith(CPP + (".py",)) and LONG_LINES < text.count("\n") <= MAX_LINES]


def white_space(tree):
    """No trailing white space, no tabs, a newline at the end."""
    problems = []
    for path, text in tree.items():
        if not path.endswith(TEXT):
            continue
        problems += [f"{path}:{line_of(text, found.start())}: trailing white space or a tab"
                     for found in re.finditer(r"[ \t]+$|\t|\r", text, re.MULTILINE)]
        if text and not text.endswith("\n"):
            problems.append(f"{path}: no newline at the end")
    return problems


WIDEST_COMMENT = 120


def comment_width(tree):
    """A line of comment has at most 120 columns. The frozen headers stay as they were."""
    return [f"{path}:{number}: a comment of more than {WIDEST_COMMENT} columns"
            for path, text in tree.items() if is_cpp(path) and not path.startswith("tests/capi/frozen/")
            for number, line in enumerate(text.split("\n"), 1)
            if len(line) > WIDEST_COMMENT and re.match(r"\s*(//|/\*|\*(?: |/|$))", line)]


def programs_run_through_the_executor(tree):
    """The library starts programs through the host's Executor: nothing but the local one knows how."""
    return [f"{path}: includes base/subprocess.hpp: start programs with start_program()"
            for path, text in tree.items() if path.startswith("src/") and '#include "base/subprocess.hpp"' in text
            and path not in ("src/base/subprocess.cpp", "src/base/executor.cpp")]


def todo_has_owner(tree):
    """A note for later names a person or an issue."""
    return [f"{path}:{line_of(text, found.start())}: {found.group(0)} without an owner: write {found.group(0)}(name or #issue)"
            for path, text in tree.items() if not path.startswith("tests/lint/")
            for found in re.finditer(r"\b(TODO|FIXME|XXX)\b(?!\()", text)]


def no_machine_paths(tree):
    """No path of a person's or a machine's folder is in the project."""
    pattern = re.compile(r"(?<![\w./$}-])/(?:home|Users|root|work|workspace|builds)/[\w.-]+")
    return [f"{path}:{line_of(text, found.start())}: machine path {found.group(0)}"
            for path, text in tree.items() if not path.startswith("tests/lint/")
            for found in pattern.finditer(text)]


def pragma_once(tree):
    """C++ headers begin with it; C headers have a guard after their first comment."""
    problems = []
    for path, text in tree.items():
        if path.endswith(".hpp") and not re.match(r"\s*(//[^\n]*\n|\s)*#pragma once\n", text):
            problems.append(f"{path}: does not begin with #pragma once")
        if path.endswith(".h") and not re.match(r"\s*(/\*.*?\*/\s*)?#ifndef (\w+)\n#define \2\n", text, re.DOTALL):
            problems.append(f"{path}: does not begin with #ifndef and #define of one name")
    return problems


GUEST = {
    r"\bstd::(cout|cerr|clog|cin)\b": "standard streams belong to the host",
    r"\b(std::)?(printf|fprintf|puts|perror|vprintf)\s*\(": "standard streams belong to the host",
    r"(?<![\w.>])(std::|::)?(getenv|secure_getenv|setenv|putenv)\s*\(": "the environment belongs to the host: take it from the Context",
    r"(?<![\w.>:])(std::|::)?(signal|sigaction)\s*\(": "signal handling belongs to the host",
    # Without std:: or ::, abort() may be one of our own members.
    r"(?<![\w.>])((std::|::)?(exit|_exit|quick_exit|terminate)|(std::|::)abort)\s*\(": "only the host ends its process",
    r"\bstd::(rand|random_device)\b": "take randomness from the Context",
}


def strip_comments_and_strings(text):
    """Returns only the code, with every line in its place."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group(0))
    raw = r'R"(\w*)\(.*?\)\1"'
    character = r"(?<![0-9a-fA-F])'(?:\\[^'\n]+|\\'|[^'\\\n])'"
    return re.sub(raw + "|" + character + r'|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.DOTALL)


# Between fork and exec there is no host: the child may only _exit and reset signals.
AFTER_FORK = {"src/base/subprocess.cpp": ("_exit", "signal", "sigaction")}


def guest_in_the_process(tree):
    """The library neither prints, reads the environment, handles signals nor exits."""
    problems = []
    for path, text in tree.items():
        if not path.startswith(("src/", "include/", "capi/", "bindings/python/src/")) or path.startswith("src/cli/") or not is_cpp(path):
            continue
        code = strip_comments_and_strings(text)
        for pattern, why in GUEST.items():
            for found in re.finditer(pattern, code):
                used = found.group(0).strip("( ")
                if used.removeprefix("std::").removeprefix("::") not in AFTER_FORK.get(path, ()):
                    problems.append(f"{path}:{line_of(code, found.start())}: {used}: {why}")
    return problems


JSON_USE = re.compile(r"(?:\bconst )?\bnlohmann::\w*json\b(?:&|::\w+)?")
# A reference into a JsonTree, and a parser without a tree.
JSON_WITHOUT_TREE = {"const nlohmann::json&", "const nlohmann::json::exception", "nlohmann::json::sax_parse", "nlohmann::json::binary_t"}


def json_trees_have_an_owner(tree):
    """The JSON library's destructor of a list or object allocates memory: without memory it ends the host's process. Only
    JsonTree destroys one."""
    problems = []
    for path, text in tree.items():
        if not path.startswith(("src/", "capi/src/")) or path.startswith(("src/cli/", "src/base/json_")) or not is_cpp(path):
            continue
        code = strip_comments_and_strings(text)
        problems += [f"{path}:{line_of(code, found.start())}: {found.group(0)}: use JsonTree or JsonWriter (src/base/)"
                     for found in JSON_USE.finditer(code) if found.group(0) not in JSON_WITHOUT_TREE]
    return problems


LOCALE = re.compile(r"<(?:cctype|ctype\.h|clocale|locale\.h|locale)>|(?<![\w.>])(?:std::|::)?(?:is(?:alnum|alpha|digit|xdigit|space|blank|upper|lower|punct|print|graph|cntrl)"
                    r"|to(?:lower|upper)|strto(?:d|f|ld)|sto(?:d|f|ld)|atof|str(?:n?casecmp|coll)|setlocale|locale)\s*\(|\bstd::regex\b")


# Gives a thread the locale that libarchive needs for a while, whatever the host's is.
OWN_LOCALE = "src/driver/files/tar_library.hpp"


def locale_does_not_matter(tree):
    """The host chooses its locale: letters and the form of numbers must not depend on it."""
    problems = []
    for path, text in tree.items():
        if path.startswith(("src/", "include/", "capi/src/", "bindings/python/src/")) and is_cpp(path) and path != OWN_LOCALE:
            code = strip_comments_and_strings(text)
            problems += [f"{path}:{line_of(code, found.start())}: {found.group(0).strip('( ')}: it depends on the host's locale: see base/ascii.hpp"
                         for found in LOCALE.finditer(code)]
    return problems


def readme_commands_exist(tree):
    """Commands in the documents exist: scripts of this tree, and the words of the command."""
    problems = []
    spoken = "\n".join(text for path, text in tree.items() if path.startswith("src/cli/"))
    words = set(re.findall(r'add_subcommand\(\s*"([a-z-]+)"', spoken))
    for path, text in tree.items():
        if not path.endswith(".md") or path == "CHANGELOG.md":
            continue
        for block in code_blocks(text, "sh|console|bash"):
            for script in re.findall(r"(?:^|\s)((?:tests|examples|\.ci)/[\w./-]+)", block):
                if script not in tree and not any(name.startswith(script.rstrip("/") + "/") for name in tree):
                    problems.append(f"{path}: tells to run {script}, which is not there")
            for word in re.findall(r"(?:^|[\s/$])holdfast ([a-z]+)\b", block):
                if words and word not in words:
                    problems.append(f"{path}: tells to run `holdfast {word}`, which the command does not know")
    return problems


def versions_are_current(tree):
    """Names of packages and files in the documents have the version of the project."""
    version = re.search(r"project\(holdfast VERSION ((\d+\.\d+)\.\d+)", tree["CMakeLists.txt"])
    current = {version.group(1), version.group(2)}
    return [f"{path}:{line_of(text, found.start())}: {found.group(0)} is of another version than the project" for path, text in tree.items()
            if path.endswith(".md") and path != "CHANGELOG.md"
            for found in re.finditer(r"(?:libholdfast|holdfast-|holdfast_|\"holdfast\s)(\d+\.\d+(?:\.\d+)?)", text) if found.group(1) not in current]


def links_exist(tree):
    """Links between documents have a target."""
    problems = []
    for path, text in tree.items():
        if not path.endswith(".md"):
            continue
        for link in re.findall(r"\]\(([^)#\s]+)", text):
            if "://" in link or link.startswith("mailto:"):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
            if target not in tree and not any(name.startswith(target + "/") for name in tree):
                problems.append(f"{path}: links to {link}, which is not there")
    return problems


# The walks of ARCHITECTURE.md, with the largest number of files for each.
WALKS = {"backup": 25, "restore": 20, "proof": 20, "gc": 12}


def walks_lead_somewhere(tree):
    """ARCHITECTURE.md has each walk, as a list of existing files in reading order."""
    text = tree.get("ARCHITECTURE.md", "")
    problems = []
    for walk, most in WALKS.items():
        section = re.search(rf"^### Walk: {walk}\n(.*?)(?=^#|\Z)", text, re.DOTALL | re.MULTILINE)
        files = re.findall(r"^\d+\. `([^`]+)`", section.group(1) if section else "", re.MULTILINE)
        if not 0 < len(files) <= most:
            problems.append(f"ARCHITECTURE.md: the walk of a {walk} has {len(files)} files, not 1 to {most}")
        problems += [f"ARCHITECTURE.md: the walk of a {walk} names {file}, which is not there" for file in files if file not in tree]
    return problems


def code_map_is_complete(tree):
    """The code map of ARCHITECTURE.md names each folder of src/, and no missing one."""
    code_map = re.search(r"^## Codemap\n(.*?)(?=^## |\Z)", tree.get("ARCHITECTURE.md", ""), re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`(src/[\w/]+/)`", code_map.group(1) if code_map else ""))
    there = {path[:path.rindex("/") + 1] for path in tree if path.startswith("src/") and is_cpp(path)}
    return [f"ARCHITECTURE.md: the code map does not name {folder}" for folder in sorted(there - named)] + \
           [f"ARCHITECTURE.md: the code map names {folder}, which is not there" for folder in sorted(named - there)
            if not any(path.startswith(folder) for path in there)]


TYPE = r"\b(?:class|struct|union|enum(?:\s+(?:class|struct))?)\s+(?:\[\[[^\]]*\]\]\s*)?([\w:]+(?:\s*<[^;{}()]*?>)?)\s*(?:final\s*)?(?::(?!:)[^;{}]*)?\{"
SCOPE = re.compile(rf"\bnamespace\b([\w:\s]*)\{{|{TYPE}|[{{}}]")


def type_definitions(code):
    """Returns the qualified names of the types that a text defines, except those in anonymous namespaces and in
    functions."""
    scopes, found = [], []
    for token in SCOPE.finditer(code):
        if token.group(0) == "}":
            scopes = scopes[:-1]
            continue
        name = (token.group(1) or "").split("inline")[-1].strip() or token.group(2)  # None: an anonymous scope, or another body
        scopes.append(name and re.sub(r"\s", "", name))
        if token.group(2) and all(scopes):
            found.append("::".join(scopes))
    return found


def one_type_of_a_name(tree):
    """No two types in different files have the same qualified name: the linker would keep only one copy of the code for
    both."""
    places = {}
    for path, text in tree.items():
        if is_cpp(path) and not path.startswith(PROGRAMS):
            for name in type_definitions(strip_comments_and_strings(text)):
                places.setdefault(name, set()).add(path)
    return [f"{', '.join(sorted(paths))}: each defines a type {name}: name each after what it is" for name, paths in places.items() if len(paths) > 1]


# Each file there is linked into its own program.
PROGRAMS = ("examples/", "tests/capi/frozen/")


def code_blocks(text, language):
    """Returns the fenced blocks of one language in a document."""
    return re.findall(rf"^```(?:{language})\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


# Words that CONTRIBUTING.md ("Words") retires, each with its replacement.
RETIRED = {
    r"taken for dead": "considered dead",
    r"to be had": "available",
    r"what of (?:an?|the)": "which parts of",
    r"but for": "except",
    r"(?:has|have|had) it open": "open handles",
    r"thaw\w*": "restore from the archive",
    r"frozen": "archived",
    r"stands? (?:above|alone|around|before|behind|beside|in|on|still|there|under)": "is",
    r"(?:lies?|lying) (?:archived|behind|below|beside|cold|elsewhere|in|on|there|under)": "is stored",
    r"(?:is|was|what is) said (?:of|to)": "applies to",
    r"beneath": "below",
    r"by way of": "through",
    r"instants?": "snapshot time",
}
PLAIN_WORDS = re.compile("|".join(rf"\b(?:{words.replace(' ', '[ ]+')})\b" for words in RETIRED), re.IGNORECASE)
PROSE = ("include/", "src/", "capi/include/", "capi/src/", "bindings/python/src/", "examples/", "docs/", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")


def prose(path, text):
    """Returns the text for people, with every line in its place: the comments of source code; a document without its
    code and glossary."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group(0))
    if is_cpp(path):
        kept = re.sub(r"`[^`\n]*`", blank, text)
        comments = [found.span() for found in re.finditer(r"//[^\n]*|/\*.*?\*/", kept, re.DOTALL)]
        code = "".join(" " if character != "\n" else character for character in kept)
        for begin, end in comments:
            code = code[:begin] + re.sub(r"///?|^ *\*", blank, kept[begin:end], flags=re.MULTILINE) + code[end:]
        return code
    fenced = r"^```.*?^```|^    [^\n]*|^## Words\n.*?(?=^## |\Z)|`[^`]*`|\]\([^)]*\)"
    return re.sub(fenced, blank, text, flags=re.DOTALL | re.MULTILINE)


def plain_words(tree):
    """Comments and documents use the words of the glossary, not the retired ones."""
    problems = []
    for path, text in tree.items():
        if not path.startswith(PROSE) or not path.endswith((".md", ".h", ".hpp", ".c", ".cpp")):
            continue
        shown = prose(path, text)
        lines = re.sub(r"\s", " ", shown)  # a phrase may be wrapped
        problems += [f"{path}:{line_of(shown, found.start())}: \"{found.group(0)}\" is a retired word: see CONTRIBUTING.md, Words"
                     for found in PLAIN_WORDS.finditer(lines)]
    return problems


RULES = [comment_width, programs_run_through_the_executor, layer_order, room_order, walks_lead_somewhere, code_map_is_complete, planning_is_pure, public_headers_stand_alone, umbrella_is_complete,
         command_uses_public_headers, c_interface_wraps_public_headers,
         entry_points_are_guarded, python_module_wraps_public_headers, file_length,
         white_space, todo_has_owner, no_machine_paths, pragma_once, guest_in_the_process, json_trees_have_an_owner,
         locale_does_not_matter, readme_commands_exist, versions_are_current, links_exist, one_type_of_a_name, plain_words]
