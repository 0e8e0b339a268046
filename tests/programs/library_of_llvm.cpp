// The same containers in LLVM's library, which links nodes in the header.
// flags: -stdlib=libc++
// needs: /usr/lib/llvm-22/include/c++/v1/map
#include "library_maps.cpp"
