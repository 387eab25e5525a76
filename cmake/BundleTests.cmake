# Several test files in one translation unit: what they include is parsed once, and a template that several of them use is
# compiled once. Each file stands in a namespace of its own, so that helpers of the same name do not meet; their includes
# stand first, outside of every namespace, and do nothing the second time (each of our headers says #pragma once).
# A file that defines a macro, which the others must not see, or that chooses between includes, is built alone.
#
# As a module: bundle_tests(VARIABLE PROGRAM SIZE FILE...) puts what is to be compiled into VARIABLE.
# As a script, which the build runs: cmake -DOUTPUT=... -DFILES=a|b -P cmake/BundleTests.cmake

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(bundle_tests_script ${CMAKE_CURRENT_LIST_FILE})

  function(bundle_tests variable program size)
    set(units)
    set(bundle)
    set(number 0)
    # The last one closes the bundle that is open.
    foreach(file IN LISTS ARGN ITEMS "")
      if(file)
        file(STRINGS ${file} macros REGEX "^ *# *(define|undef|if __has_include)" LIMIT_COUNT 1)
        if(macros OR size EQUAL 1)
          list(APPEND units ${file})
          continue()
        endif()
        list(APPEND bundle ${file})
      endif()
      list(LENGTH bundle length)
      if(length EQUAL 1 AND NOT file)
        list(APPEND units ${bundle})
      elseif(length EQUAL size OR (length GREATER 0 AND NOT file))
        math(EXPR number "${number} + 1")
        set(unit ${CMAKE_CURRENT_BINARY_DIR}/${program}_${number}.cpp)
        list(JOIN bundle "|" files)
        add_custom_command(OUTPUT ${unit} DEPENDS ${bundle} ${bundle_tests_script} VERBATIM
          COMMAND ${CMAKE_COMMAND} -DOUTPUT=${unit} -DFILES=${files} -P ${bundle_tests_script})
        list(APPEND units ${unit})
        set(bundle)
      endif()
    endforeach()
    set(${variable} ${units} PARENT_SCOPE)
  endfunction()
  return()
endif()

cmake_minimum_required(VERSION 3.25)

string(REPLACE "|" ";" FILES "${FILES}")
set(includes)
set(bodies "")
foreach(file IN LISTS FILES)
  cmake_path(GET file PARENT_PATH folder)
  cmake_path(GET file FILENAME name)
  string(MAKE_C_IDENTIFIER "in_${name}" space)
  file(STRINGS "${file}" lines REGEX "^#include ")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^#include (<[^>]+>|\"[^\"]+\")" line "${line}")
    # A file that stands beside the test is found by its whole path.
    if(line MATCHES "\"(.+)\"")
      cmake_path(ABSOLUTE_PATH CMAKE_MATCH_1 BASE_DIRECTORY "${folder}" NORMALIZE OUTPUT_VARIABLE beside)
      if(EXISTS "${beside}")
        set(line "#include \"${beside}\"")
      endif()
    endif()
    list(APPEND includes "${line}")
  endforeach()
  string(APPEND bodies "namespace ${space} {\n#include \"${file}\"\n}\n")
endforeach()
list(REMOVE_DUPLICATES includes)
list(JOIN includes "\n" includes)
set(content "${includes}\n${bodies}")
# An edit that includes nothing new leaves this file as it is.
set(before "")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" before)
endif()
if(NOT before STREQUAL content)
  file(WRITE "${OUTPUT}" "${content}")
else()
  file(TOUCH "${OUTPUT}")
endif()
