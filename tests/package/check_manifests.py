"""The files of packages agree with each other, and the manifests of vcpkg stand as its format-manifest leaves them.

    python3 tests/package/check_manifests.py ROOT

Where the program vcpkg is at hand, scripts/packages asks it as well. What is checked here is what can be without it: known fields, in
their order; two spaces; dependencies and features by name; a dependency that is only a name as a string."""

import json
import pathlib
import re
import sys

FIELDS = ["$schema", "name", "version", "version-semver", "version-date", "version-string", "port-version", "maintainers",
          "description", "homepage", "documentation", "license", "supports", "dependencies", "default-features", "features"]
FEATURE = ["description", "supports", "dependencies"]
DEPENDENCY = ["name", "host", "default-features", "features", "platform", "version>="]
IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def name_of(dependency):
    return dependency if isinstance(dependency, str) else dependency["name"]


def faults_of(fields, known, where):
    order = [known.index(key) for key in fields if key in known]
    if unknown := [key for key in fields if key not in known]:
        yield f"{where} has {unknown}, which vcpkg does not know"
    if order != sorted(order):
        yield f"{where} has its fields in the order {list(fields)}"


def faults_of_dependencies(dependencies, where):
    names = [name_of(one) for one in dependencies]
    if names != sorted(names):
        yield f"{where} has the dependencies {names}, must be in order"
    for one in dependencies:
        if not IDENTIFIER.fullmatch(name_of(one)):
            yield f"{where} depends on {name_of(one)!r}, which is no name"
        if isinstance(one, dict):
            yield from faults_of(one, DEPENDENCY, f"{where}: {one['name']}")
            if len(one) == 1:
                yield f"{where}: {one['name']} must be a string"


def faults_of_manifest(path):
    text = path.read_text()
    manifest = json.loads(text)
    if text != json.dumps(manifest, indent=2, ensure_ascii=False) + "\n":
        yield f"{path} is not laid out as format-manifest does: two spaces, an entry a line"
    yield from faults_of(manifest, FIELDS, path)
    yield from faults_of_dependencies(manifest["dependencies"], path)
    features = manifest["features"]
    if list(features) != sorted(features):
        yield f"{path} has the features {list(features)}, must be in order"
    for name, feature in features.items():
        yield from faults_of(feature, FEATURE, f"{path}: {name}")
        yield from faults_of_dependencies(feature["dependencies"], f"{path}: {name}")


def faults(root):
    header = (root / "include/headroom/version.hpp").read_text()
    version = ".".join(re.search(rf"HEADROOM_VERSION_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH"))
    homepage = re.search(r"HOMEPAGE_URL (\S+?)\)", (root / "CMakeLists.txt").read_text())[1]
    recipe = (root / "conanfile.py").read_text()
    port = root / "cmake/packaging/vcpkg/headroom"
    yield from faults_of_manifest(root / "vcpkg.json")
    yield from faults_of_manifest(port / "vcpkg.json")
    for file in (root / "vcpkg.json", port / "vcpkg.json"):
        if (there := json.loads(file.read_text())["homepage"]) != homepage:
            yield f"{file}: homepage is {there}, must be {homepage}, as in CMakeLists.txt"
    for field in ("homepage", "url"):
        if f'    {field} = "{homepage}"' not in recipe:
            yield f"conanfile.py: {field} must be {homepage}, as in CMakeLists.txt"
    if (there := json.loads((port / "vcpkg.json").read_text())["version"]) != version:
        yield f"{port}/vcpkg.json: version is {there}, must be {version}"
    if f"version: {version}\n" not in (root / "docs/CITATION.cff").read_text():
        yield f"docs/CITATION.cff: the version must be {version}"
    program = (root / "test_package/test_package.cpp").read_text().count("\n")
    if program > 15:
        yield f"test_package/test_package.cpp has {program} lines, may have 15"
    for component in ("http", "kubernetes", "redis", "keda"):
        for file in ("conanfile.py", "vcpkg.json", "cmake/packaging/vcpkg/headroom/vcpkg.json", "cmake/headroomConfig.cmake.in"):
            if component not in (root / file).read_text():
                yield f"{file} does not know the component {component}"


if __name__ == "__main__":
    found = list(faults(pathlib.Path(sys.argv[1])))
    print("\n".join(f"packages: {one}" for one in found) or "packages: all files agree")
    sys.exit(1 if found else 0)
