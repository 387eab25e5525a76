# CHECK, run on the tree ROOT that breaks each law once, must fail, print SENTENCE, and find no more than ROOT/expected.txt lists.
#   cmake -DCHECK=cmake/CheckLayers.cmake -DROOT=tests/layers_bad -DSENTENCE=... -P cmake/CheckBad.cmake
cmake_minimum_required(VERSION 3.25)

cmake_path(GET CHECK FILENAME name)
execute_process(COMMAND "${CMAKE_COMMAND}" "-DROOT=${ROOT}" "-DPROGRAMS=${ROOT}/programs" -P "${CHECK}"
                OUTPUT_QUIET ERROR_VARIABLE output RESULT_VARIABLE status)
string(REGEX REPLACE "[ \n]+" " " output "${output}")
if(output MATCHES "headroom test skipped: ")
  message("${output}")
  return()
endif()
if(status EQUAL 0)
  message(FATAL_ERROR "${name} accepts a tree that breaks every law")
endif()
string(FIND "${output}" "${SENTENCE}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "${name} does not say '${SENTENCE}', but:\n${output}")
endif()

file(STRINGS "${ROOT}/expected.txt" expected)
list(LENGTH expected expected)
string(REGEX MATCHALL "CMake Error at" found "${output}")
list(LENGTH found found)
if(NOT found EQUAL expected)
  message(FATAL_ERROR "${name} finds ${found} violations, must find ${expected}:\n${output}")
endif()
