# Builds and runs the consumer of this folder with Headroom as a subfolder or installed (HOW).
cmake_minimum_required(VERSION 3.25)

function(run what)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "package_http: ${what} failed:\n${output}\n${errors}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WHERE}")
set(configure "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${WHERE}/build"
    "-DCMAKE_CXX_COMPILER=${COMPILER}" -DCMAKE_BUILD_TYPE=)
if(HOW STREQUAL "add_subdirectory")
  run("configure" ${configure} "-DHEADROOM_SOURCE=${SOURCE}" "-DCMAKE_PREFIX_PATH=${PREFIX_PATH}")
else()
  run("install" "${CMAKE_COMMAND}" --install "${BUILT}" --prefix "${WHERE}/prefix")
  run("configure" ${configure} "-DCMAKE_PREFIX_PATH=${WHERE}/prefix;${PREFIX_PATH}")
  # Without cpp-httplib the component is not there, and that is said.
  set(ENV{PKG_CONFIG_LIBDIR} /nowhere)
  execute_process(COMMAND "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${WHERE}/without"
                          "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_PREFIX_PATH=${WHERE}/prefix" -DCMAKE_DISABLE_FIND_PACKAGE_httplib=ON
                  OUTPUT_QUIET ERROR_VARIABLE errors RESULT_VARIABLE status)
  unset(ENV{PKG_CONFIG_LIBDIR})
  if(status EQUAL 0 OR NOT errors MATCHES "headroom_FOUND to FALSE")
    message(FATAL_ERROR "package_http: the component must not be found without cpp-httplib:\n${errors}")
  endif()
endif()
run("build" "${CMAKE_COMMAND}" --build "${WHERE}/build")
run("program" "${WHERE}/build/consumer")
if(NOT output STREQUAL "unknown\n")
  message(FATAL_ERROR "package_http: the consumer prints '${output}', must print 'unknown'")
endif()
