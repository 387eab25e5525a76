# Proves that public headers can stand in one program: two that declare one name for two things do not.
#   cmake -DHEADERS=a.hpp|b.hpp -DCOMPILER=... -DINCLUDES=dir|dir -DFILE=where.cpp -P cmake/CheckTogether.cmake
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/IncludeFlags.cmake")

string(REPLACE "|" ";" headers "${HEADERS}")
list(LENGTH headers number)
if(number LESS 2)
  message(FATAL_ERROR "there are ${number} headers, must be at least two")
endif()
set(source "")
foreach(header IN LISTS headers)
  string(APPEND source "#include <${header}>\n")
endforeach()
file(WRITE "${FILE}" "${source}")
execute_process(COMMAND "${COMPILER}" -std=c++20 ${include_flags} -fsyntax-only "${FILE}"
                ERROR_VARIABLE errors RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "these headers cannot be included together:\n${errors}")
endif()
