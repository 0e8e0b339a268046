// Vectors of LLVM's library that static and thread_local variables hold are scratch memory, too.
// flags: -stdlib=libc++
// needs: /usr/lib/llvm-22/include/c++/v1/map
#include "cxx_static_containers.cpp"
