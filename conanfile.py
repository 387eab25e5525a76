import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout
from conan.tools.scm import Version

required_conan_version = ">=2.0"


class HeadroomConan(ConanFile):
    name = "headroom"
    description = "A header-only C++20 library that learns when to scale"
    license = "MIT"
    homepage = "https://headroom.example"
    url = "https://headroom.example"
    topics = ("autoscaling", "reinforcement-learning", "kubernetes", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"http": [True, False], "kubernetes": [True, False], "redis": [True, False], "keda": [True, False]}
    default_options = {"http": False, "kubernetes": False, "redis": False, "keda": False}
    exports_sources = "include/*", "LICENSE"
    no_copy_source = True

    @property
    def _compilers_minimum(self):
        return {"gcc": "12", "clang": "14"}

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "include", "headroom", "version.hpp"))
        parts = (re.search(rf"HEADROOM_VERSION_{part} (\d+)", text).group(1) for part in ("MAJOR", "MINOR", "PATCH"))
        self.version = ".".join(parts)

    def layout(self):
        basic_layout(self, src_folder=".")

    def requirements(self):
        self.requires("eigen/[>=3.4 <6]", transitive_headers=True)
        if self.options.http or self.options.kubernetes:
            self.requires("cpp-httplib/[>=0.11 <1]", transitive_headers=True, options={"with_openssl": True})
        if self.options.kubernetes:
            self.requires("openssl/[>=3 <4]", transitive_headers=True)
        if self.options.redis:
            self.requires("hiredis/[>=0.14 <2]", transitive_headers=True)
        if self.options.keda:
            self.requires("grpc/[>=1.50 <2]", transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)
        compiler = str(self.settings.compiler)
        minimum = self._compilers_minimum.get(compiler)
        if minimum is None:
            self.output.warning(f"headroom: {compiler} is not one of {', '.join(self._compilers_minimum)}, and not tested")
        elif Version(self.settings.compiler.version) < minimum:
            version = self.settings.compiler.version
            raise ConanInvalidConfiguration(f"headroom: {compiler} is {version}, must be {minimum} or later")

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "headroom")
        self.cpp_info.set_property("pkg_config_name", "headroom")
        self._component("headroom", ["eigen::eigen"])
        if self.options.http or self.options.kubernetes:
            http = self._component("http", ["headroom", "cpp-httplib::cpp-httplib"])
            http.set_property("cmake_target_aliases", ["headroom::prometheus"])
        if self.options.kubernetes:
            self._component("kubernetes", ["http", "openssl::openssl"])
        if self.options.redis:
            self._component("redis", ["headroom", "hiredis::hiredis"])
        if self.options.keda:
            self._component("keda", ["headroom", "grpc::grpc++"])

    def _component(self, name, requires):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"headroom::{name}")
        component.requires = requires
        component.bindirs = []
        component.libdirs = []
        return component
