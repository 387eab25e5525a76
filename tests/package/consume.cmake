# Builds and runs the consumer of this folder without any flag of ours.
#   HOW        add_subdirectory, FetchContent (of an archive that is made here), find_package or pkg-config (of what is installed here)
#   COMPONENT  core, or a component of the package
cmake_minimum_required(VERSION 3.25)

function(run what)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "package: ${what} failed:\n${output}\n${errors}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()
# What must not be found: without what it needs, or in another version.
function(refused what sentence)
  execute_process(COMMAND ${ARGN} OUTPUT_QUIET ERROR_VARIABLE errors RESULT_VARIABLE status)
  string(REGEX REPLACE "[ \n]+" " " said "${errors}")  # CMake breaks lines anywhere
  if(status EQUAL 0 OR NOT said MATCHES "${sentence}")
    message(FATAL_ERROR "package: ${what} must be refused with '${sentence}':\n${errors}")
  endif()
endfunction()

unset(ENV{CXXFLAGS})
unset(ENV{LDFLAGS})
file(REMOVE_RECURSE "${WHERE}")
set(general "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${CMAKE_CURRENT_LIST_DIR}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    -DCMAKE_BUILD_TYPE= -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DHOW=${HOW} -DCOMPONENT=${COMPONENT})
set(configure ${general} -B "${WHERE}/build")
# What a user of this minor version asks for; the next minor version may break them and must not be served.
string(REGEX MATCH "^[0-9]+\\.[0-9]+" wanted "${VERSION}")
string(REGEX REPLACE "\\.[0-9]+$" ".1000" unwanted "${wanted}")

if(HOW STREQUAL "add_subdirectory")
  run("configure" ${configure} "-DHEADROOM_SOURCE=${SOURCE}" "-DCMAKE_PREFIX_PATH=${PREFIX_PATH}")
elseif(HOW STREQUAL "FetchContent")
  # What a release holds and a consumer needs, in a folder of its own, as in the archive of a release.
  file(MAKE_DIRECTORY "${WHERE}/headroom-${VERSION}")
  foreach(part IN ITEMS CMakeLists.txt LICENSE cmake include)
    file(COPY "${SOURCE}/${part}" DESTINATION "${WHERE}/headroom-${VERSION}")
  endforeach()
  set(archive "${WHERE}/headroom-${VERSION}.tar.gz")
  run("archive" "${CMAKE_COMMAND}" -E chdir "${WHERE}" "${CMAKE_COMMAND}" -E tar czf "${archive}" "headroom-${VERSION}")
  file(SHA256 "${archive}" checksum)
  run("configure" ${configure} "-DHEADROOM_URL=file://${archive}" -DHEADROOM_SHA256=${checksum} "-DCMAKE_PREFIX_PATH=${PREFIX_PATH}")
else()
  run("install" "${CMAKE_COMMAND}" --install "${BUILT}" --prefix "${WHERE}/prefix")
  set(installed "-DCMAKE_PREFIX_PATH=${WHERE}/prefix;${PREFIX_PATH}")
  run("configure" ${configure} "-DHEADROOM_VERSION=${wanted}" "${installed}")
  if(HOW STREQUAL "pkg-config")
    refused("headroom >= ${unwanted}" "A required package was not found" ${general} -B "${WHERE}/other" "-DHEADROOM_VERSION=${unwanted}" "${installed}")
  else()
    file(STRINGS "${WHERE}/build/CMakeCache.txt" found REGEX "^headroom_DIR:PATH=")
    if(NOT found MATCHES "=${WHERE}/prefix/")
      message(FATAL_ERROR "package: found another headroom than the one just installed: ${found}")
    endif()
    refused("find_package(headroom ${unwanted})" "headroomConfig.cmake, version: ${VERSION}"
            ${general} -B "${WHERE}/other" "-DHEADROOM_VERSION=${unwanted}" "${installed}")
  endif()
  if(NOT COMPONENT STREQUAL "core")
    # Without what it needs the component is not there, and that is said.
    set(path "$ENV{PKG_CONFIG_LIBDIR}")
    set(ENV{PKG_CONFIG_LIBDIR} /nowhere)
    refused("the component ${COMPONENT} without what it needs" "headroom_FOUND to FALSE"
            ${general} -B "${WHERE}/without" "-DHEADROOM_VERSION=${wanted}" "-DCMAKE_PREFIX_PATH=${WHERE}/prefix"
            -DCMAKE_DISABLE_FIND_PACKAGE_httplib=ON -DCMAKE_DISABLE_FIND_PACKAGE_hiredis=ON -DCMAKE_DISABLE_FIND_PACKAGE_gRPC=ON)
    unset(ENV{PKG_CONFIG_LIBDIR})
  endif()
endif()

run("build" "${CMAKE_COMMAND}" --build "${WHERE}/build")
run("program" "${WHERE}/build/consumer")
if(COMPONENT STREQUAL "core")
  set(must "13\n")  # the farm's 12 workers and one more
else()
  set(must "unknown\n")  # nobody answers
endif()
if(NOT output STREQUAL must)
  message(FATAL_ERROR "package: the consumer prints '${output}', must print '${must}'")
endif()

# Nothing of ours is built but the consumer. It inherits include paths and a language level, nothing else; the components
# hand on what the packages of others ask for.
file(READ "${WHERE}/build/compile_commands.json" commands)
string(JSON count LENGTH "${commands}")
if(NOT count EQUAL 1)
  message(FATAL_ERROR "package: the consumer compiles ${count} files, must compile 1:\n${commands}")
endif()
string(JSON command GET "${commands}" 0 command)
separate_arguments(arguments UNIX_COMMAND "${command}")
list(FILTER arguments INCLUDE REGEX "^-")
list(FILTER arguments EXCLUDE REGEX "^(-I.*|-isystem|-o|-c|-std=(c|gnu)\\+\\+[0-9a-z]+)$")
if(arguments AND COMPONENT STREQUAL "core")
  message(FATAL_ERROR "package: the consumer inherits '${arguments}', must inherit no flags:\n${command}")
endif()
