# A stub of a dependency of ours: it points at what is installed on this machine, so that the recipe can be tried without building
# Eigen, cpp-httplib and OpenSSL. scripts/test --packages makes it once for each name.

from conan import ConanFile

class Installed(ConanFile):
    package_type = "header-library"
    options = {"with_openssl": [True, False]}
    default_options = {"with_openssl": False}

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.includedirs = ["/usr/include/eigen3"] if self.name == "eigen" else []
        self.cpp_info.system_libs = {
            "cpp-httplib": ["cpp-httplib"],
            "openssl": ["ssl", "crypto"],
            "hiredis": ["hiredis"],
        }.get(self.name, [])
        if self.name == "cpp-httplib":  # as Debian built it
            self.cpp_info.defines = [f"CPPHTTPLIB_{part}_SUPPORT" for part in ("OPENSSL", "ZLIB", "BROTLI")]
