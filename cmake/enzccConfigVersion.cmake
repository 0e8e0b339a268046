# The version of enzcc, as find_package(enzcc VERSION) asks for it: the compiler's own.
set(PACKAGE_VERSION "0")
foreach(_enzcc_language IN ITEMS C CXX)
  if(CMAKE_${_enzcc_language}_COMPILER AND PACKAGE_VERSION STREQUAL "0")
    execute_process(
      COMMAND "${CMAKE_${_enzcc_language}_COMPILER}" --version
      OUTPUT_VARIABLE _enzcc_output ERROR_QUIET)
    if(_enzcc_output MATCHES "(^|\n)enzcc ([0-9][0-9.]*)")
      set(PACKAGE_VERSION "${CMAKE_MATCH_2}")
    endif()
  endif()
endforeach()
unset(_enzcc_language)
unset(_enzcc_output)

set(PACKAGE_VERSION_COMPATIBLE FALSE)
if(NOT PACKAGE_FIND_VERSION OR PACKAGE_VERSION VERSION_GREATER_EQUAL PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
