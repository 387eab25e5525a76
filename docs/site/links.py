"""Every link within a folder of HTML leads somewhere, to its anchor: links.py FOLDER [FOLDER THAT IS NOT READ...]

Prints each that does not, and ends with 1 then. What leads out of the folder is not looked at.
"""

import html.parser
import os
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.anchors, self.links = {"", "top"}, []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if value is None:
                continue
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif name in ("href", "src"):
                self.links.append((self.getpos()[0], value))


def read(file):
    page = Page()
    with open(file, encoding="utf-8", errors="replace") as text:
        page.feed(text.read())
    return page


folder = os.path.abspath(sys.argv[1])
left_out = [os.path.join(folder, name) for name in sys.argv[2:]]
pages, wrong, links = {}, [], 0
for start, folders, names in os.walk(folder):
    if start in left_out:
        folders.clear()
        continue
    for name in names:
        if name.endswith(".html"):
            file = os.path.join(start, name)
            pages[file] = read(file)
for file, page in sorted(pages.items()):
    if os.path.relpath(file, folder) == "404.html":
        continue  # its links begin at the root of a server
    for line, link in page.links:
        to = urllib.parse.urlsplit(link)
        if to.scheme or to.netloc:
            continue
        links += 1
        path = urllib.parse.unquote(to.path)
        target = os.path.normpath(os.path.join(os.path.dirname(file), path)) if path else file
        if os.path.isdir(target):
            target = os.path.join(target, "index.html")
        where = f"{os.path.relpath(file, folder)}:{line}: link to '{link}'"
        if not target.startswith(folder):
            wrong.append(f"{where}, which leaves the site")
        elif not os.path.exists(target):
            wrong.append(f"{where}, which is not there")
        elif to.fragment and target.endswith(".html"):
            if target not in pages:
                pages_anchors = read(target).anchors
            else:
                pages_anchors = pages[target].anchors
            if urllib.parse.unquote(to.fragment) not in pages_anchors:
                wrong.append(f"{where}, which is no anchor there")
print("\n".join(wrong) if wrong else f"{len(pages)} pages, {links} links, each leads somewhere")
sys.exit(1 if wrong or not links else 0)
