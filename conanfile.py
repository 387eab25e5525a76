import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class HeadroomConan(ConanFile):
    name = "headroom"
    description = "A header-only C++20 library that learns when to scale"
    license = "MIT"
    topics = ("autoscaling", "reinforcement-learning", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"http": [True, False], "kubernetes": [True, False], "redis": [True, False], "keda": [True, False]}
    default_options = {"http": False, "kubernetes": False, "redis": False, "keda": False}
    exports_sources = "include/*", "LICENSE"
    no_copy_source = True

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "include", "headroom", "version.hpp"))
        parts = (re.search(rf"HEADROOM_VERSION_{part} (\d+)", text).group(1) for part in ("MAJOR", "MINOR", "PATCH"))
        self.version = ".".join(parts)

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

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "headroom")
        core = self.cpp_info.components["headroom"]
        core.set_property("cmake_target_name", "headroom::headroom")
        core.requires = ["eigen::eigen"]
        components = [core]
        if self.options.http or self.options.kubernetes:
            http = self.cpp_info.components["http"]
            http.set_property("cmake_target_name", "headroom::http")
            http.requires = ["headroom", "cpp-httplib::cpp-httplib"]
            components.append(http)
        if self.options.kubernetes:
            kubernetes = self.cpp_info.components["kubernetes"]
            kubernetes.set_property("cmake_target_name", "headroom::kubernetes")
            kubernetes.requires = ["http", "openssl::openssl"]
            components.append(kubernetes)
        if self.options.redis:
            redis = self.cpp_info.components["redis"]
            redis.set_property("cmake_target_name", "headroom::redis")
            redis.requires = ["headroom", "hiredis::hiredis"]
            components.append(redis)
        if self.options.keda:
            keda = self.cpp_info.components["keda"]
            keda.set_property("cmake_target_name", "headroom::keda")
            keda.requires = ["headroom", "grpc::grpc++"]
            components.append(keda)
        for component in components:
            component.bindirs = []
            component.libdirs = []
