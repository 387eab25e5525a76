# How the tool's files are compiled: tool_units(VARIABLE FILE...) puts what is to be compiled into VARIABLE.
#
# Optimisation takes more than half of the time. What simulates is compiled at -O3, as CMake's Release says: at -O2 a
# comparison takes 5 % longer. The learners are compiled at -O2; autoscalers, whose decisions are short beside a step of
# a simulator, systems that are small beside their agents, and what waits for others at -O1; what reads options and
# writes text and pictures at -O0. The parts that compute stand first, because the linker keeps the first copy of an
# inline function that several files have.
#
# HEADROOM_TOOL_AT_ONCE compiles whole folders as one translation unit each. The headers are then parsed, and templates
# compiled, a few times instead of fifty: from nothing that takes less than half of the time, and after a change to a
# header too. After a change to one file it takes longer, so it is off by default, and scripts/headroom turns it on.

option(HEADROOM_TOOL_AT_ONCE "Compile the tool by folders: faster from nothing, slower after a change to one file" OFF)

# Names that a file has for itself must differ within a unit; the compiler says where they do not.
set(tool_units farm service speed learners scaling systems waiting commands)
set(tool_unit_learners "learners/")
set(tool_unit_scaling "(scaling/|support/(recorded_load|trace_parts))")  # reads loads of any length
set(tool_unit_farm "systems/farm/")
set(tool_unit_service "systems/service/(agents|learners|load|patterns|planning|selected|service|service_words|staffing)\\.cpp")
set(tool_unit_systems "systems/(quota|scheduler|teastore)")
set(tool_unit_waiting "(hosts/|systems/service/service_file)")  # toml++ is parsed here alone
set(tool_unit_speed "speed/")  # measured: -O3, as a user's program is
set(tool_unit_commands "")  # the rest
set(tool_level_learners $<$<CONFIG:Release>:-O2>)
set(tool_level_scaling $<$<CONFIG:Release>:-O1>)
set(tool_level_systems $<$<CONFIG:Release>:-O1>)
set(tool_level_waiting $<$<CONFIG:Release>:-O1>)
set(tool_level_commands $<$<CONFIG:Release>:-O0>)
if(HEADROOM_SANITIZE)  # the others are compiled as the preset says, at -O1
  set(tool_level_commands -O0)
endif()
# g++ looks for memory to give back each time that it needs a third more, a twentieth of its time; these units are few.
set(tool_memory "")
if(HEADROOM_TOOL_AT_ONCE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(tool_memory --param=ggc-min-expand=100 --param=ggc-min-heapsize=524288)
endif()

# What is to be compiled of the files of one unit.
function(tool_unit variable unit)
  set(files ${ARGN})
  if(HEADROOM_TOOL_AT_ONCE)
    set(content "")
    foreach(file IN LISTS files)
      cmake_path(ABSOLUTE_PATH file)
      string(APPEND content "#include \"${file}\"\n")
    endforeach()
    set(files ${CMAKE_CURRENT_BINARY_DIR}/tool_${unit}.cpp)
    file(CONFIGURE OUTPUT ${files} CONTENT "${content}" @ONLY)
  endif()
  set_source_files_properties(${files} PROPERTIES COMPILE_OPTIONS "${tool_level_${unit}};${tool_memory}")
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

# `waiting` gets the files that examples/CMakeLists.txt compiles with cpp-httplib and hiredis.
function(tool_units variable waiting)
  set(left ${ARGN})
  set(compiled)
  foreach(unit IN LISTS tool_units)
    set(files ${left})
    list(FILTER files INCLUDE REGEX "/headroom/${tool_unit_${unit}}")
    if(files)
      list(REMOVE_ITEM left ${files})
    endif()
    if(unit STREQUAL "waiting")
      set(${waiting} ${files} PARENT_SCOPE)
      continue()
    endif()
    tool_unit(files ${unit} ${files})
    list(APPEND compiled ${files})
  endforeach()
  set(${variable} ${compiled} PARENT_SCOPE)
endfunction()
