# Each source file under ROOT is formatted as .clang-format says, by version 14 (other versions format otherwise), and no
# comment line is longer than 120 columns, which clang-format leaves alone.
#   cmake -DROOT=. -P cmake/CheckFormat.cmake
cmake_minimum_required(VERSION 3.25)

find_program(clang_format NAMES clang-format-14 clang-format)
set(version "no clang-format")
if(clang_format)
  execute_process(COMMAND "${clang_format}" --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(NOT version MATCHES "version 14\\.")
  message("headroom test skipped: the format is that of clang-format 14, here is ${version}")
  return()
endif()

file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/include/*.hpp" "${ROOT}/examples/*.[hc]pp" "${ROOT}/tests/*.[hc]pp"
     "${ROOT}/bench/*.[hc]pp")
list(FILTER files EXCLUDE REGEX "_bad/")
if(NOT files)
  message(FATAL_ERROR "format: no source file stands under ${ROOT}")
endif()

execute_process(COMMAND "${clang_format}" --dry-run --style=file ${files} WORKING_DIRECTORY "${ROOT}"
                OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
string(REGEX MATCHALL "[^\n:]+:[0-9]+:[0-9]+: (warning|error): [^\n]*-Wclang-format-violations" found "${output}")
if(NOT status EQUAL 0 AND NOT found)
  message(FATAL_ERROR "format: ${clang_format} failed:\n${output}")
endif()
set(deviates)
foreach(line IN LISTS found)
  string(REGEX REPLACE ":[0-9]+:[0-9]+: .*$" "" file "${line}")
  if(NOT file IN_LIST deviates)
    list(APPEND deviates "${file}")
    string(REGEX MATCH "^[^:]+:[0-9]+" where "${line}")
    message(SEND_ERROR "${where}: is not formatted; run clang-format-14 -i ${file}")
  endif()
endforeach()

string(REPEAT "." 121 too_long)
foreach(file IN LISTS files)
  file(STRINGS "${ROOT}/${file}" lines REGEX "${too_long}")
  foreach(line IN LISTS lines)
    string(LENGTH "${line}" length)
    if(line MATCHES "//|^ *\\*" AND NOT line MATCHES "^// expect: ")  # tests/reject/ needs that one whole
      message(SEND_ERROR "${file}: a comment line has ${length} columns, may have 120: ${line}")
    endif()
  endforeach()
endforeach()
