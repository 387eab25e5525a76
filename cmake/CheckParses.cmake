# Proves that a user of some headers never parses some third party: asks the compiler which files it would read.
#   cmake -DHEADERS=a.hpp|b.hpp -DNEVER=Eigen|xtensor -DCOMPILER=... -DINCLUDES=dir|dir -DFILE=where.cpp -P cmake/CheckParses.cmake
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/IncludeFlags.cmake")

string(REPLACE "|" ";" headers "${HEADERS}")
string(REPLACE "|" ";" never "${NEVER}")
set(source "")
foreach(header IN LISTS headers)
  string(APPEND source "#include <${header}>\n")
endforeach()
file(WRITE "${FILE}" "${source}")

execute_process(COMMAND "${COMPILER}" -std=c++20 ${include_flags} -M "${FILE}"
                OUTPUT_VARIABLE dependencies ERROR_VARIABLE errors RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the headers do not preprocess:\n${errors}")
endif()
foreach(party IN LISTS never)
  if(dependencies MATCHES "[^ ]*/${party}/[^ \n]*")
    message(SEND_ERROR "a user of ${headers} parses ${party}: ${CMAKE_MATCH_0}")
  endif()
endforeach()
