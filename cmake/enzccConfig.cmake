# find_package(enzcc): differentiation in a CMake project that enzcc compiles.
#
#   find_package(enzcc REQUIRED)
#   target_link_libraries(app PRIVATE physics)
#   enzcc_link_derivatives(app physics)     # or: set_target_properties(... ENZCC_LINK ON)
#
# Sets enzcc_FOUND, enzcc_VERSION and ENZCC_EXECUTABLE, and defines
#
#   enzcc::enzcc            a target that brings <enzyme.h> to tools that are not enzcc
#   enzcc::link             a target that compiles and links with -fenzcc-link
#   enzcc_link_derivatives(<target>...)
#                           the same for these targets, and for what links the static ones
#   ENZCC_LINK              a target property: the same for one target of this directory or below

get_property(_enzcc_languages GLOBAL PROPERTY ENABLED_LANGUAGES)
set(_enzcc_compilers "")
foreach(_enzcc_language IN ITEMS C CXX)
  if(_enzcc_language IN_LIST _enzcc_languages)
    execute_process(
      COMMAND "${CMAKE_${_enzcc_language}_COMPILER}" --version
      OUTPUT_VARIABLE _enzcc_output ERROR_QUIET)
    if(NOT _enzcc_output MATCHES "(^|\n)enzcc [0-9]")
      set(enzcc_FOUND FALSE)
      string(CONCAT enzcc_NOT_FOUND_MESSAGE
        "the ${_enzcc_language} compiler is not enzcc, but ${CMAKE_${_enzcc_language}_COMPILER}: "
        "configure a fresh build with -DCMAKE_C_COMPILER=enzcc -DCMAKE_CXX_COMPILER=enzcc++, "
        "or with --toolchain \"$(enzcc --cmake-toolchain)\"")
      return()
    endif()
    list(APPEND _enzcc_compilers "${CMAKE_${_enzcc_language}_COMPILER}")
  endif()
endforeach()
if(_enzcc_compilers)
  list(GET _enzcc_compilers 0 ENZCC_EXECUTABLE)
endif()

define_property(TARGET PROPERTY ENZCC_LINK
  BRIEF_DOCS "Whether enzcc differentiates across the files of this target when it is linked."
  FULL_DOCS "Compiles and links with -fenzcc-link.")

set(_enzcc_on "$<BOOL:$<TARGET_PROPERTY:ENZCC_LINK>>")
add_compile_options("$<$<AND:${_enzcc_on},$<COMPILE_LANGUAGE:C,CXX>>:-fenzcc-link>")
add_link_options("$<${_enzcc_on}:-fenzcc-link>")

if(NOT TARGET enzcc::enzcc)
  add_library(enzcc::enzcc INTERFACE IMPORTED)
  if(ENZCC_EXECUTABLE)
    execute_process(
      COMMAND "${ENZCC_EXECUTABLE}" --enzcc-include-dir
      OUTPUT_VARIABLE _enzcc_place OUTPUT_STRIP_TRAILING_WHITESPACE)
    set_target_properties(enzcc::enzcc PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "${_enzcc_place}")
  endif()

  add_library(enzcc::link INTERFACE IMPORTED)
  set_target_properties(enzcc::link PROPERTIES
    INTERFACE_COMPILE_OPTIONS "$<$<COMPILE_LANGUAGE:C,CXX>:-fenzcc-link>"
    INTERFACE_LINK_OPTIONS "-fenzcc-link")
endif()

# What these targets define can be differentiated by each other, and by what links them.
function(enzcc_link_derivatives)
  foreach(_target IN LISTS ARGN)
    get_target_property(_kind ${_target} TYPE)
    if(_kind STREQUAL "INTERFACE_LIBRARY")
      target_compile_options(${_target} INTERFACE
        "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:C,CXX>:-fenzcc-link>>")
      target_link_options(${_target} INTERFACE "$<BUILD_INTERFACE:-fenzcc-link>")
      continue()
    endif()
    target_compile_options(${_target} PRIVATE "$<$<COMPILE_LANGUAGE:C,CXX>:-fenzcc-link>")
    if(_kind STREQUAL "STATIC_LIBRARY" OR _kind STREQUAL "OBJECT_LIBRARY")
      target_link_options(${_target} INTERFACE "$<BUILD_INTERFACE:-fenzcc-link>")
    else()
      target_link_options(${_target} PRIVATE -fenzcc-link)
    endif()
  endforeach()
endfunction()

unset(_enzcc_compilers)
unset(_enzcc_language)
unset(_enzcc_languages)
unset(_enzcc_on)
unset(_enzcc_output)
unset(_enzcc_place)
