# The component `redis`: headroom::redis is headroom::headroom and hiredis, for ext/redis.hpp and what stands on it.
#
# Conan, vcpkg and hiredis's own installation give a CMake package. Debian's CMake package defines no target, so its
# pkg-config file is asked there.
if(NOT TARGET headroom::redis)
  find_package(hiredis QUIET CONFIG)
  set(headroom_hiredis "")
  if(TARGET hiredis::hiredis)
    set(headroom_hiredis hiredis::hiredis)
  else()
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(headroom_redis_client QUIET IMPORTED_TARGET GLOBAL hiredis)
      if(headroom_redis_client_FOUND)
        set(headroom_hiredis PkgConfig::headroom_redis_client)
      endif()
    endif()
  endif()
  if(headroom_hiredis)
    add_library(headroom::redis INTERFACE IMPORTED GLOBAL)
    target_link_libraries(headroom::redis INTERFACE headroom::headroom ${headroom_hiredis})
  endif()
endif()
