// HDF5's C interface. The predefined types, property-list classes and flags are macros over mutable globals or with
// casts, which Swift cannot import, so each that is used has a function here. What differs between HDF5 1.10 and
// later versions is wrapped too.
#ifndef MTL_CHDF5_SHIM_H
#define MTL_CHDF5_SHIM_H

#include <hdf5.h>
#include <stdio.h>

static inline hid_t mtl_h5t_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t mtl_h5t_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t mtl_h5t_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t mtl_h5t_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t mtl_h5t_file_float(void) { return H5T_IEEE_F32LE; }
static inline hid_t mtl_h5t_file_double(void) { return H5T_IEEE_F64LE; }
static inline hid_t mtl_h5t_file_int32(void) { return H5T_STD_I32LE; }
static inline hid_t mtl_h5t_file_int64(void) { return H5T_STD_I64LE; }

static inline hid_t mtl_h5p_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t mtl_h5p_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t mtl_h5p_link_create(void) { return H5P_LINK_CREATE; }
static inline hid_t mtl_h5p_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t mtl_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t mtl_h5p_attribute_create(void) { return H5P_ATTRIBUTE_CREATE; }

static inline unsigned mtl_h5f_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned mtl_h5f_exclusive(void) { return H5F_ACC_EXCL; }

// UTF-8 strings of `size` bytes, in memory padded with zeros, in a file also ended by one (h5dump then leaves out the
// rest); the caller closes it.
static inline hid_t mtl_h5t_string(size_t size, H5T_str_t padding) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, size) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0 ||
      H5Tset_strpad(type, padding) < 0) {
    H5Tclose(type);
    return -1;
  }
  return type;
}

static inline hid_t mtl_h5t_native_string(size_t size) { return mtl_h5t_string(size, H5T_STR_NULLPAD); }
static inline hid_t mtl_h5t_file_string(size_t size) { return mtl_h5t_string(size, H5T_STR_NULLTERM); }

// The automatic printing of errors is a setting of each thread.
static inline void mtl_h5e_silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

#define MTL_H5E_REASON_BYTES 512

static inline herr_t mtl_h5e_keep_innermost(unsigned n, const H5E_error2_t *error, void *buffer) {
  if (n == 0 && error->desc) snprintf((char *)buffer, MTL_H5E_REASON_BYTES, "%s", error->desc);
  return 0;
}

// The innermost description on this thread's error stack, empty where there is none.
static inline void mtl_h5e_reason(char buffer[MTL_H5E_REASON_BYTES]) {
  buffer[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, mtl_h5e_keep_innermost, buffer);
}

// Plug-ins would be shared libraries that a file makes this process load.
static inline void mtl_h5_prepare(void) {
  H5open();
  H5PLset_loading_state(0);
}

// Whether a link of this name is a hard one: 1, 0, or negative on failure.
static inline int mtl_h5l_is_hard(hid_t location, const char *name) {
  H5L_info_t info;
  if (H5Lget_info(location, name, &info, H5P_DEFAULT) < 0) return -1;
  return info.type == H5L_TYPE_HARD;
}

#endif
