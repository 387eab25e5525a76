# The umbrella includes every header except those of ext/, systems/ and testing/, and nothing that is not there.
#   cmake -DROOT=include/headroom -P cmake/CheckUmbrella.cmake
cmake_minimum_required(VERSION 3.25)

cmake_path(ABSOLUTE_PATH ROOT)
file(GLOB_RECURSE headers RELATIVE "${ROOT}" "${ROOT}/*.hpp")
list(FILTER headers EXCLUDE REGEX "^(ext/|systems/|testing/|headroom\\.hpp$)")

file(STRINGS "${ROOT}/headroom.hpp" included REGEX "^#include <headroom/")
list(TRANSFORM included REPLACE "^#include <headroom/([^>]*)>.*$" "\\1")

set(missing ${headers})
list(REMOVE_ITEM missing ${included})
foreach(header IN LISTS missing)
  message(SEND_ERROR "headroom.hpp: does not include <headroom/${header}>, must include all but ext/, systems/ and testing/")
endforeach()

list(REMOVE_ITEM included ${headers})
foreach(header IN LISTS included)
  message(SEND_ERROR "headroom.hpp: includes <headroom/${header}>, which does not exist or is of ext/, systems/ or testing/")
endforeach()
