// OpenBLAS: CBLAS for every matrix product, and the few LAPACK routines used (Fortran symbols, which
// Debian's libopenblas carries; its headers declare them only with liblapacke).
#ifndef MTL_COPENBLAS_SHIM_H
#define MTL_COPENBLAS_SHIM_H

#include <cblas.h>
#include <stddef.h>

// The trailing size_t arguments are the hidden lengths that Fortran gives to character arguments.

// Cholesky factor of a symmetric positive definite matrix, and solving with it.
void dpotrf_(const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info, size_t uplo_length);
void dpotrs_(const char *uplo, const blasint *n, const blasint *nrhs, const double *a, const blasint *lda, double *b,
             const blasint *ldb, blasint *info, size_t uplo_length);

// Eigenvalues (ascending) and eigenvectors of a symmetric matrix, divide and conquer.
void dsyevd_(const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w,
             double *work, const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info,
             size_t jobz_length, size_t uplo_length);

// Singular values and vectors, divide and conquer.
void dgesdd_(const char *jobz, const blasint *m, const blasint *n, double *a, const blasint *lda, double *s, double *u,
             const blasint *ldu, double *vt, const blasint *ldvt, double *work, const blasint *lwork, blasint *iwork,
             blasint *info, size_t jobz_length);

#endif
