// Lists of the thread's own that held nodes before the derivative are treated like static ones.
// (The heads of their nodes were not found, and derivatives were lost.)
#define STORAGE static thread_local
#include "cxx_static_list_before.cpp"
