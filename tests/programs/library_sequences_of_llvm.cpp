// Vectors, arrays, deques and lists of LLVM's library.
// flags: -stdlib=libc++
// needs: /usr/lib/llvm-22/include/c++/v1/list
#include "library_sequences.cpp"
