// HDF5's C interface. The predefined types and property-list classes are macros over mutable globals, which
// Swift cannot import, so each that is used has a function here.
#ifndef MTL_CHDF5_SHIM_H
#define MTL_CHDF5_SHIM_H

#include <hdf5.h>

static inline hid_t mtl_h5t_native_float(void) { return H5T_NATIVE_FLOAT; }

#endif
