# CheckDocs.cmake, run on this folder, must fail, print SENTENCE, and find no more than expected.txt lists: nothing of docs/right.md.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND "${CMAKE_COMMAND}" "-DROOT=${ROOT}" "-DPROGRAMS=${ROOT}/programs" -P
                        "${CMAKE_CURRENT_LIST_DIR}/../../cmake/CheckDocs.cmake"
                OUTPUT_QUIET ERROR_VARIABLE output RESULT_VARIABLE status)
string(REGEX REPLACE "[ \n]+" " " output "${output}")
if(status EQUAL 0)
  message(FATAL_ERROR "CheckDocs.cmake accepts pages that break every law")
endif()
string(FIND "${output}" "${SENTENCE}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "CheckDocs.cmake does not say '${SENTENCE}', but:\n${output}")
endif()

file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/expected.txt" expected)
list(LENGTH expected expected)
string(REGEX MATCHALL "CMake Error at" found "${output}")
list(LENGTH found found)
if(NOT found EQUAL expected)
  message(FATAL_ERROR "CheckDocs.cmake finds ${found} violations, must find ${expected}:\n${output}")
endif()
