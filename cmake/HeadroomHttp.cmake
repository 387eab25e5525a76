# The component `http`: headroom::http is headroom::headroom and cpp-httplib, for ext/prometheus.hpp and ext/policy_server.hpp;
# headroom::prometheus is another name for it.
# The component `kubernetes`: headroom::kubernetes is headroom::http and OpenSSL, for ext/kubernetes.hpp, which reads certificates
# itself. It is there where both are.
#
# Conan, vcpkg and cpp-httplib's own installation give a CMake package and one header. Debian's is split into a header and a shared
# library, has no CMake package, and its pkg-config file names the macros that it was built with; without them the classes would
# have another layout than in the library.
if(NOT TARGET headroom::http)
  find_package(Threads QUIET)
  find_package(httplib QUIET CONFIG)
  set(headroom_httplib "")
  if(TARGET httplib::httplib)
    set(headroom_httplib httplib::httplib)
  else()
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(headroom_cpp_httplib QUIET IMPORTED_TARGET GLOBAL cpp-httplib)
      find_package(OpenSSL QUIET)
      if(headroom_cpp_httplib_FOUND AND OPENSSL_FOUND)
        set(headroom_httplib PkgConfig::headroom_cpp_httplib OpenSSL::SSL OpenSSL::Crypto)
      endif()
    endif()
  endif()
  if(headroom_httplib AND Threads_FOUND)
    add_library(headroom::http INTERFACE IMPORTED GLOBAL)
    target_link_libraries(headroom::http INTERFACE headroom::headroom ${headroom_httplib} Threads::Threads)
    add_library(headroom::prometheus ALIAS headroom::http)
    find_package(OpenSSL QUIET)
    if(OPENSSL_FOUND)
      add_library(headroom::kubernetes INTERFACE IMPORTED GLOBAL)
      target_link_libraries(headroom::kubernetes INTERFACE headroom::http OpenSSL::SSL OpenSSL::Crypto)
    endif()
  endif()
endif()
