#pragma once

/// The only place where the version is written; CMake, Conan and vcpkg read it from here.
#define HEADROOM_VERSION_MAJOR 0
#define HEADROOM_VERSION_MINOR 1
#define HEADROOM_VERSION_PATCH 0
