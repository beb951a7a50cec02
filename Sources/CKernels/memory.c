#include "CKernels.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>

void firn_keep_freed_memory(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}
#else
void firn_keep_freed_memory(void) {}
#endif
