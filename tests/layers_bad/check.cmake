# CheckLayers.cmake, run on this folder, must fail, print SENTENCE, and find no more than expected.txt lists.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND "${CMAKE_COMMAND}" "-DROOT=${ROOT}" -P "${CMAKE_CURRENT_LIST_DIR}/../../cmake/CheckLayers.cmake"
                OUTPUT_QUIET ERROR_VARIABLE output RESULT_VARIABLE status)
string(REGEX REPLACE "[ \n]+" " " output "${output}")
if(status EQUAL 0)
  message(FATAL_ERROR "CheckLayers.cmake accepts a tree that breaks every law")
endif()
string(FIND "${output}" "${SENTENCE}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "CheckLayers.cmake does not say '${SENTENCE}', but:\n${output}")
endif()

file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/expected.txt" expected)
list(LENGTH expected expected)
string(REGEX MATCHALL "CMake Error at" found "${output}")
list(LENGTH found found)
if(NOT found EQUAL expected)
  message(FATAL_ERROR "CheckLayers.cmake finds ${found} violations, must find ${expected}:\n${output}")
endif()
