"""The pages of the site, made from the repository: stage.py ROOT FOLDER

Markdown is taken as it is, with what Python-Markdown asks for and GitHub does not: a blank line before a list, nested lists
indented by four. What the pages link to is there, too: a source file becomes a page that shows it, a folder a page that
lists it, any other file a copy. Links keep their meaning.
"""

import os
import re
import shutil
import sys

SHOWN = {".cpp": "cpp", ".hpp": "cpp", ".toml": "toml", ".py": "python", ".cmake": "cmake", ".json": "json", ".sh": "bash",
         ".txt": "text", ".csv": "text", ".yaml": "yaml", ".cff": "yaml", ".md": None, "": "bash"}
LINK = re.compile(r'(\]\()([^()\s]+)((?:\s+"[^"]*")?\))|((?:src|href)=")([^"]+)(")')

root, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
wanted, done = [], set()


def page_of(path):
    """Where the site shows a file or a folder of the repository."""
    if path in ("README.md", "."):
        return "index.md"
    if os.path.isdir(os.path.join(root, path)):
        return path + "/README.md"
    extension = os.path.splitext(path)[1]
    return path + ".md" if extension in SHOWN and extension != ".md" else path


def linked(target, page, html):
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", target) or target.startswith("#"):
        return target
    path, _, anchor = target.partition("#")
    file = os.path.normpath(os.path.join(os.path.dirname(page), path))
    if file.startswith(".."):
        raise SystemExit(f"{page}: link to '{target}', which leaves the repository")
    wanted.append(file)
    to = page_of(file)
    if html:  # mkdocs leaves HTML alone
        to = re.sub(r"README\.md$", "index.html", to)
        to = re.sub(r"\.md$", ".html", to)
    to = os.path.relpath(to, os.path.dirname(page_of(page)) or ".")
    return to + ("#" + anchor if anchor else "")


def converted(text, page):
    lines, fenced, last = [], False, ""
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            if re.fullmatch(r"<!-- .* -->", line):  # what CheckDocs reads
                continue
            item = re.match(r"( *)([-*]|\d+\.) ", line)
            if item and last.strip() and not re.match(r" *([-*]|\d+\.) |  ", last):
                lines.append("")
            if re.match(r" {2,3}\S", line):
                line = "  " + line if line.startswith("  ") and not line.startswith("    ") else line
            kept = re.split(r"(`[^`]*`)", line)
            for k in range(0, len(kept), 2):
                kept[k] = LINK.sub(lambda m: m[1] + linked(m[2], page, False) + m[3] if m[1]
                                   else m[4] + linked(m[5], page, True) + m[6], kept[k])
            line = "".join(kept)
            last = line
        lines.append(line)
    return "\n".join(lines)


def write(to, text):
    to = os.path.join(folder, to)
    os.makedirs(os.path.dirname(to), exist_ok=True)
    with open(to, "w", encoding="utf-8") as file:
        file.write(text)


def show(path):
    whole = os.path.join(root, path)
    if os.path.isdir(whole):
        if os.path.exists(os.path.join(whole, "README.md")):
            show(path + "/README.md") if (path + "/README.md") not in done else None
            return
        names = sorted(n for n in os.listdir(whole) if not n.startswith("."))
        links = [f"- [{n}]({n})" for n in names if n != "internal"]
        write(path + "/README.md", converted(f"# {path}\n\n" + "\n".join(links) + "\n", path + "/README.md"))
        return
    if path in done:
        return
    done.add(path)
    extension = os.path.splitext(path)[1]
    if extension == ".md":
        with open(whole, encoding="utf-8") as file:
            write(page_of(path), converted(file.read(), path))
    elif extension in SHOWN:
        with open(whole, encoding="utf-8") as file:
            text = file.read()
        fence = "`" * max(3, *(len(m) + 1 for m in re.findall("`+", text))) if "`" in text else "```"
        write(page_of(path), f"# {os.path.basename(path)}\n\n`{path}`\n\n{fence}{SHOWN[extension]}\n{text}\n{fence}\n")
    else:
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        shutil.copy(whole, os.path.join(folder, path))


shutil.rmtree(folder, ignore_errors=True)
write("headers.md", "# Every header\n\n<a href=\"doxygen/index.html\">Doxygen's pages</a> have every class and function of the "
      "public headers, with what its comment says. [The reference](docs/reference.md) has one line of each.\n")
for start, _, names in os.walk(os.path.join(root, "docs")):
    for name in sorted(names):
        if name.endswith((".md", ".css")):
            wanted.append(os.path.relpath(os.path.join(start, name), root))
wanted.append("README.md")
seen = set()
while wanted:
    path = wanted.pop()
    if path not in seen:
        seen.add(path)
        show(path)
