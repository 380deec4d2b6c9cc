"""Doxygen's input filter: prints a file of the tree as Doxygen wants to read it.

The comments of C headers are plain; here they become comments of what follows or precedes them, and section lines become
groups. Pages get the anchors that GitHub gives them, and links to pages, headers and examples lead to their place in the
HTML. Links to anything else become plain text. filter.py FILE."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SECTION = re.compile(r"/\* -+ (.*?) -+ \*/")
LINK = re.compile(r"\[([^\[\]]*)\]\(([^)\s]+)\)")
CODE_SPAN = re.compile(r"(`+[^`]*`+)", re.DOTALL)
COMMAND = re.compile(r'("[^"\n]*")|[@\\](?=\w)')  # Doxygen finds none between quotation marks


def escaped(text):
    """Prose without Doxygen's commands. Code with quotation marks needs two backquotes."""
    parts = CODE_SPAN.split(text)
    for index, part in enumerate(parts):
        if index % 2 == 0:
            parts[index] = COMMAND.sub(lambda found: found[1] or "\\" + found[0], part)
        elif part[1] != "`" and re.search("[\"']", part):
            parts[index] = f"`{part}`"
    return "".join(parts)


def c_header(text):
    """A C header with comments that Doxygen reads."""
    out, end, in_group = [], 0, False
    for found in COMMENT.finditer(text):
        out.append(text[end:found.start()])
        end = found.end()
        before = text[text.rfind("\n", 0, found.start()) + 1:found.start()]
        if section := SECTION.fullmatch(found[0]):
            out.append(f"{'/** @} */ ' if in_group else ''}/** @name {section[1]} */ /** @{{ */")
            in_group = True
        elif before.startswith("#endif"):
            out.append(found[0])
        else:
            mark = "/** @file\n *" if found.start() == 0 else "/**<" if before.strip() else "/**"
            out.append(mark + escaped(found[0][2:-2]) + "*/")
    out.append(text[end:])
    text = "".join(out)
    if in_group:
        head, mark, tail = text.rpartition("#ifdef __cplusplus")
        text = f"{head}/** @}} */\n{mark}{tail}"
    return text


def cpp_header(text):
    """A C++ header, whose comments are Doxygen's already."""
    return re.sub(r"///.*", lambda found: escaped(found[0]), text)


def slug(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def page_name(path):
    """A page's label in Doxygen: one name space for all pages."""
    return "page-" + (path.parent.name if path.name == "README.md" else path.stem)


def example_page(path):
    """The HTML file that Doxygen makes of an example."""
    name = str(path.relative_to(ROOT / "examples"))
    return name.replace("/", "_2").replace(".", "_8") + "-example.html"


def is_page(path):
    return path in (ROOT / "README.md", ROOT / "examples/README.md") or path.suffix == ".md" and path.parent == ROOT / "docs"


def linked(found, page):
    text, target = found.groups()
    if re.match(r"\w+:", target):
        return found[0]
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    if is_page(path):
        label = page_name(path)
        return f"[{text}](@ref {label}-{anchor})" if anchor else f"[{text}](@ref {label})"
    if path.suffix in (".h", ".hpp"):
        return f"[{text}](@ref {path.name})"
    if path.is_file() and path.suffix in (".c", ".cpp", ".py") and path.is_relative_to(ROOT / "examples"):
        return f"[{text}]({example_page(path)})"
    return text


def markdown(text, page):
    """A page with anchors, and links that lead somewhere."""
    out, seen = [], {}
    for index, part in enumerate(re.split(r"^(```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)):
        if index % 2 == 0:
            part = LINK.sub(lambda found: linked(found, page), CODE_SPAN.sub(lambda found: found[0].replace("[", "\0"), escaped(part)))
            part = part.replace("\\@ref", "@ref").replace("\0", "[")
            lines = part.split("\n")
            for number, line in enumerate(lines):
                if heading := re.match(r"(#+) (.*)", line):
                    anchor = slug(heading[2])
                    seen[anchor] = seen.get(anchor, 0) + 1
                    if seen[anchor] > 1:
                        anchor += f"-{seen[anchor] - 1}"
                    label = page_name(page) if heading[1] == "#" else f"{page_name(page)}-{anchor}"
                    lines[number] = f"{line.replace('`', '')} {{#{label}}}"
            part = "\n".join(lines)
        out.append(part)
    return "".join(out)


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".h":
        text = c_header(text)
    elif path.suffix == ".hpp":
        text = cpp_header(text)
    elif path.suffix == ".md":
        text = markdown(text, path)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
