// The vector loops that BLAS has no routine for. Every function states the shapes it reads and writes; callers in
// Swift check them, and a test compares each function with a naive twin.
#ifndef MTL_CKERNELS_H
#define MTL_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// A function compiled once per instruction set and chosen when the program is loaded.
#if defined(__x86_64__) && defined(__linux__)
#define MTL_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MTL_CLONES
#endif

#include "dequantise.h"

#endif
