# The component `keda`: headroom::keda is headroom::headroom and grpc++, for ext/keda.hpp.
#
# Conan, vcpkg, Debian and gRPC's own installation give a CMake package; where it finds not all that it needs, the pkg-config file is
# asked. The messages are encoded by ext/keda_messages.hpp, so no compiler of protocol buffers is needed.
if(NOT TARGET headroom::keda)
  find_package(Threads QUIET)
  find_package(gRPC QUIET CONFIG)
  set(headroom_grpc "")
  if(TARGET gRPC::grpc++ AND TARGET protobuf::libprotobuf)  # without the second, the first cannot be linked to
    set(headroom_grpc gRPC::grpc++)
  else()
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(headroom_grpc_client QUIET IMPORTED_TARGET GLOBAL grpc++)
      if(headroom_grpc_client_FOUND)
        set(headroom_grpc PkgConfig::headroom_grpc_client)
      endif()
    endif()
  endif()
  if(headroom_grpc AND Threads_FOUND)
    add_library(headroom::keda INTERFACE IMPORTED GLOBAL)
    target_link_libraries(headroom::keda INTERFACE headroom::headroom ${headroom_grpc} Threads::Threads)
  endif()
endif()
