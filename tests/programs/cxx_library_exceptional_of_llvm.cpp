// The same with LLVM's library, whose complex functions are in its headers.
// flags: -stdlib=libc++ -std=c++20
// needs: /usr/lib/llvm-22/include/c++/v1/map
#include "cxx_library_exceptional.cpp"
