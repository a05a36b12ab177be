// OpenBLAS: CBLAS for every matrix product, and the few LAPACK routines used (Fortran symbols, which
// Debian's libopenblas carries; its headers declare them only with liblapacke).
#ifndef MTL_COPENBLAS_SHIM_H
#define MTL_COPENBLAS_SHIM_H

#include <cblas.h>

#endif
