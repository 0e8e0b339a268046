# cmake --toolchain "$(enzcc --cmake-toolchain)": C and C++ are compiled by enzcc.
#
# The enzcc beside this file is taken, else the one on the PATH; -DENZCC_EXECUTABLE=PATH names
# another.

find_program(ENZCC_EXECUTABLE enzcc
  HINTS
    "${CMAKE_CURRENT_LIST_DIR}/../../../bin"
    "${CMAKE_CURRENT_LIST_DIR}/../../../../../../bin"
    "${CMAKE_CURRENT_LIST_DIR}/../.venv/bin"
  DOC "enzcc, a C compiler with derivatives" REQUIRED)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ENZCC_EXECUTABLE)

set(CMAKE_C_COMPILER "${ENZCC_EXECUTABLE}")
set(CMAKE_CXX_COMPILER "${ENZCC_EXECUTABLE}++")
set(enzcc_ROOT "${CMAKE_CURRENT_LIST_DIR}" CACHE PATH "Where find_package(enzcc) looks")
