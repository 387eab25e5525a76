# A file that must not compile, and must say why. Its first line is
#   // expect: SENTENCE
# or several sentences separated by " | " if the compilers word it differently. With "expect first:" the sentence must stand in the
# first error that the compiler prints, where a user looks. With -DHEADROOM_ACCEPT the same file holds
# the right variant and must compile, so that it cannot be rejected for another mistake.
#   cmake -DFILE=tests/reject/x.cpp -DCOMPILER=... -DINCLUDES=dir|dir -P cmake/CheckReject.cmake
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/IncludeFlags.cmake")

file(STRINGS "${FILE}" first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^// expect( first)?: (.+)$")
  message(FATAL_ERROR "${FILE}:1: must be '// expect: SENTENCE'")
endif()
set(first "${CMAKE_MATCH_1}")
set(expected "${CMAKE_MATCH_2}")
string(REPLACE " | " ";" sentences "${expected}")
set(ENV{LC_ALL} C)  # plain quotes, English

execute_process(COMMAND "${COMPILER}" -std=c++20 ${include_flags} -fsyntax-only -DHEADROOM_ACCEPT "${FILE}"
                OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${FILE}: does not compile with -DHEADROOM_ACCEPT, must:\n${output}")
endif()

execute_process(COMMAND "${COMPILER}" -std=c++20 ${include_flags} -fsyntax-only "${FILE}"
                OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
if(status EQUAL 0)
  message(FATAL_ERROR "${FILE}: compiles, must be rejected with '${expected}'")
endif()
if(first)  # up to the end of the line of the first error
  string(FIND "${output}" "error: " begin)
  string(SUBSTRING "${output}" ${begin} -1 output)
  string(REGEX REPLACE "\n.*" "" output "${output}")
endif()
foreach(sentence IN LISTS sentences)
  string(FIND "${output}" "${sentence}" position)
  if(NOT position EQUAL -1)
    return()
  endif()
endforeach()
message(FATAL_ERROR "${FILE}: is rejected without '${expected}':\n${output}")
