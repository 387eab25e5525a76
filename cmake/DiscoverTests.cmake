# One CTest per test case of a Catch2 program, named after the file that holds the case: the case "rings twice" of
# tests/telemetry/alarm.test.cpp is "telemetry.alarm: rings twice". catch_discover_tests does not know the file.
#
# As a module: discover_tests(PROGRAM FOLDER NAME VALUE...), where the names and values are properties of each test.
# As a script, which the build of the program runs:
#   cmake -DPROGRAM=... -DFOLDER=... -DOUTPUT=... -DPROPERTIES=... -P cmake/DiscoverTests.cmake

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(discover_tests_script ${CMAKE_CURRENT_LIST_FILE})

  function(discover_tests program folder)
    set(tests ${CMAKE_CURRENT_BINARY_DIR}/${program}_tests.cmake)
    set(properties "")
    foreach(value IN LISTS ARGN)
      string(APPEND properties " [==[${value}]==]")
    endforeach()
    file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${program}_properties.txt CONTENT "${properties}")
    add_custom_command(TARGET ${program} POST_BUILD VERBATIM BYPRODUCTS ${tests}
      COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> -DFOLDER=${folder} -DOUTPUT=${tests}
              -DPROPERTIES=${CMAKE_CURRENT_BINARY_DIR}/${program}_properties.txt -P ${discover_tests_script})
    # A program that was not built must fail, not vanish.
    set(include ${CMAKE_CURRENT_BINARY_DIR}/${program}_include.cmake)
    file(WRITE ${include} "if(EXISTS \"${tests}\")\n  include(\"${tests}\")\nelse()\n"
                          "  add_test([==[${folder}: not built]==] ${program}_NOT_BUILT)\nendif()\n")
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${include})
  endfunction()
  return()
endif()

cmake_minimum_required(VERSION 3.25)

# A list in CMake breaks at semicolons and joins at brackets; both are spelt otherwise until a name is written.
function(encode text)
  string(REPLACE "@" "@at@" text "${text}")
  string(REPLACE ";" "@semicolon@" text "${text}")
  string(REPLACE "[" "@open@" text "${text}")
  string(REPLACE "]" "@close@" text "${text}")
  string(REPLACE "\\" "@backslash@" text "${text}")
  set(text "${text}" PARENT_SCOPE)
endfunction()

function(decode text)
  string(REPLACE "@backslash@" "\\" text "${text}")
  string(REPLACE "@close@" "]" text "${text}")
  string(REPLACE "@open@" "[" text "${text}")
  string(REPLACE "@semicolon@" ";" text "${text}")
  string(REPLACE "@at@" "@" text "${text}")
  set(text "${text}" PARENT_SCOPE)
endfunction()

# Catch2 3 lists in XML, which Catch2 2.13 does not know.
execute_process(COMMAND "${PROGRAM}" --list-tests --reporter xml OUTPUT_VARIABLE listed ERROR_QUIET RESULT_VARIABLE status)
set(cases "")
if(listed MATCHES "<MatchingTests>")
  encode("${listed}")
  string(REGEX MATCHALL "<Name>[^<]*</Name>|<File>[^<]*</File>" fields "${text}")
  foreach(field IN LISTS fields)
    string(REGEX REPLACE "^<[A-Za-z]+>|</[A-Za-z]+>$" "" value "${field}")
    foreach(entity IN ITEMS "lt|<" "gt|>" "quot|\"" "apos|'" "amp|&")
      string(REPLACE "|" ";" entity "${entity}")
      list(GET entity 0 name)
      list(GET entity 1 character)
      string(REPLACE "&${name}@semicolon@" "${character}" value "${value}")
    endforeach()
    if(field MATCHES "^<Name>")
      set(case "${value}")
    else()
      list(APPEND cases "${case}\t@at@${value}:0")
    endif()
  endforeach()
else()
  # One case a line: its name, a tab, @file:line. The exit status is the number of cases.
  execute_process(COMMAND "${PROGRAM}" --list-test-names-only --verbosity high OUTPUT_VARIABLE listed ERROR_VARIABLE errors)
  encode("${listed}")
  string(REGEX REPLACE "\n$" "" text "${text}")
  string(REPLACE "\n" ";" cases "${text}")
endif()

file(READ "${PROPERTIES}" properties)
set(script "")
set(names "")
foreach(case IN LISTS cases)
  if(NOT case MATCHES "^(.*)\t@at@(.*):[0-9]+$")
    message(FATAL_ERROR "${PROGRAM}: its list of test cases has a line without a file: '${case}'")
  endif()
  set(case "${CMAKE_MATCH_1}")
  set(file "${CMAKE_MATCH_2}")
  # A name that begins with # is printed in quotation marks.
  string(REGEX REPLACE "^\"(#.*)\"$" "\\1" case "${case}")
  cmake_path(GET file FILENAME stem)
  string(REGEX REPLACE "\\.test\\.cpp$|\\.cpp$" "" stem "${stem}")
  decode("${case}")
  # What Catch2 would read as the grammar of its filters.
  set(filter "${text}")
  string(REPLACE "\\" "\\\\" filter "${filter}")
  foreach(character IN ITEMS "," "[" "\"")
    string(REPLACE "${character}" "\\${character}" filter "${filter}")
  endforeach()
  # A case that names its file already does not name it twice.
  string(FIND "${text}" "${stem}: " position)
  if(position EQUAL 0)
    set(name "${FOLDER}.${text}")
  else()
    set(name "${FOLDER}.${stem}: ${text}")
  endif()
  encode("${name}")
  if(text IN_LIST names)
    message(FATAL_ERROR "${PROGRAM}: two test cases would be the CTest '${name}'")
  endif()
  list(APPEND names "${text}")
  string(APPEND script
    "add_test([===[${name}]===] [===[${PROGRAM}]===] [===[${filter}]===] --warn NoAssertions)\n"
    "set_tests_properties([===[${name}]===] PROPERTIES${properties})\n")
endforeach()
if(names STREQUAL "")
  message(FATAL_ERROR "${PROGRAM} lists no test case:\n${listed}${errors}")
endif()
file(WRITE "${OUTPUT}" "${script}")
