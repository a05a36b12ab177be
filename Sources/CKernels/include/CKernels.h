// The vector loops that BLAS has no routine for. Every function states the shapes it reads and writes; callers in
// Swift check them, and a test compares each function with a naive twin.
//
// Size letters: T tokens, D model width, H query heads, Dh head width, F feed-forward width, V vocabulary.
// A stride is the distance between two rows in elements.
#ifndef MTL_CKERNELS_H
#define MTL_CKERNELS_H

#include "activation.h"
#include "attention.h"
#include "bf16.h"
#include "decode.h"
#include "dequantise.h"
#include "loss.h"
#include "norm.h"
#include "optimizer.h"
#include "random.h"
#include "rope.h"

#endif
