# How the tool's files are compiled: tool_units(VARIABLE FILE...) puts what is to be compiled into VARIABLE.
#
# Optimisation takes more than half of the time. What simulates, decides or reads long files is compiled at -O3, as CMake's
# Release says: at -O2 a comparison takes 5 % longer. The learners are compiled at -O2; systems that are small beside
# their agents at -O1; what reads options and writes text and pictures at -O0. The parts that compute stand first,
# because the linker keeps the first copy of an inline function that several files have.
#
# HEADROOM_TOOL_AT_ONCE compiles whole folders as one translation unit each. The headers are then parsed, and templates
# compiled, a few times instead of fifty: from nothing that takes less than half of the time, and after a change to a
# header too. After a change to one file it takes longer, so it is off by default, and scripts/headroom turns it on.

option(HEADROOM_TOOL_AT_ONCE "Compile the tool by folders: faster from nothing, slower after a change to one file" OFF)

# Names that a file has for itself must differ within a unit; the compiler says where they do not.
set(tool_units learners scaling farm service systems speed reports hosts commands)
set(tool_unit_learners "learners/")
set(tool_unit_scaling "(scaling/|support/(recorded_load|trace_parts))")  # reads loads of any length
set(tool_unit_farm "systems/farm/")
set(tool_unit_service "systems/service/")
set(tool_unit_systems "systems/(quota|scheduler|teastore)")
set(tool_unit_speed "speed/")  # measured: -O3, as a user's program is
set(tool_unit_reports "(reports|frontier|support)/")
set(tool_unit_hosts "hosts/")
set(tool_unit_commands "")  # the rest
set(tool_level_learners $<$<CONFIG:Release>:-O2>)
set(tool_level_systems $<$<CONFIG:Release>:-O1>)
set(tool_level_hosts $<$<CONFIG:Release>:-O1>)
set(tool_level_reports $<$<CONFIG:Release>:-O0>)
if(HEADROOM_SANITIZE)  # the others are compiled as the preset says, at -O1
  set(tool_level_reports -O0)
endif()
set(tool_level_commands ${tool_level_reports})

function(tool_units variable)
  set(left ${ARGN})
  set(compiled)
  foreach(unit IN LISTS tool_units)
    set(files ${left})
    list(FILTER files INCLUDE REGEX "/headroom/${tool_unit_${unit}}")
    if(files)
      list(REMOVE_ITEM left ${files})
    endif()
    if(HEADROOM_TOOL_AT_ONCE)
      set(content "")
      foreach(file IN LISTS files)
        string(APPEND content "#include \"${file}\"\n")
      endforeach()
      set(files ${CMAKE_CURRENT_BINARY_DIR}/tool_${unit}.cpp)
      file(CONFIGURE OUTPUT ${files} CONTENT "${content}" @ONLY)
    endif()
    if(DEFINED tool_level_${unit})
      set_source_files_properties(${files} PROPERTIES COMPILE_OPTIONS "${tool_level_${unit}}")
    endif()
    list(APPEND compiled ${files})
  endforeach()
  set(${variable} ${compiled} PARENT_SCOPE)
endfunction()
