import CHDF5

/// What the elements of a dataset or the value of an attribute are.
public enum HDF5Type: String, Sendable, Hashable {
  /// Little-endian IEEE 754.
  case float32, float64
  /// Little-endian two's complement.
  case int32, int64
  /// UTF-8 without U+0000, all of a dataset followed by zeros up to one length, at least one zero each.
  ///
  /// HDF5's strings of variable length are neither written nor read: the library (1.10) copies as much as the string's
  /// heap object holds into a buffer as long as its reference says, so a damaged file writes over memory; they cannot
  /// be compressed either.
  case string
}

/// A number that a dataset can hold.
public protocol HDF5Element: BitwiseCopyable, Sendable {
  /// How it is stored.
  static var hdf5Type: HDF5Type { get }
}

extension Float: HDF5Element {
  /// IEEE 754 binary32.
  public static var hdf5Type: HDF5Type { .float32 }
}

extension Double: HDF5Element {
  /// IEEE 754 binary64.
  public static var hdf5Type: HDF5Type { .float64 }
}

extension Int32: HDF5Element {
  /// 32-bit integer.
  public static var hdf5Type: HDF5Type { .int32 }
}

extension Int64: HDF5Element {
  /// 64-bit integer.
  public static var hdf5Type: HDF5Type { .int64 }
}

extension HDF5Type {
  /// The type in memory of values of `byteCount` bytes each.
  func memoryType(byteCount: Int) -> HDF5Handle? {
    switch self {
    case .float32: HDF5Handle(H5Tcopy(mtl_h5t_native_float())) { H5Tclose($0) }
    case .float64: HDF5Handle(H5Tcopy(mtl_h5t_native_double())) { H5Tclose($0) }
    case .int32: HDF5Handle(H5Tcopy(mtl_h5t_native_int32())) { H5Tclose($0) }
    case .int64: HDF5Handle(H5Tcopy(mtl_h5t_native_int64())) { H5Tclose($0) }
    case .string: HDF5Handle(mtl_h5t_native_string(byteCount)) { H5Tclose($0) }
    }
  }

  /// The type in the file of values of `byteCount` bytes each.
  func fileType(byteCount: Int) -> HDF5Handle? {
    switch self {
    case .float32: HDF5Handle(H5Tcopy(mtl_h5t_file_float())) { H5Tclose($0) }
    case .float64: HDF5Handle(H5Tcopy(mtl_h5t_file_double())) { H5Tclose($0) }
    case .int32: HDF5Handle(H5Tcopy(mtl_h5t_file_int32())) { H5Tclose($0) }
    case .int64: HDF5Handle(H5Tcopy(mtl_h5t_file_int64())) { H5Tclose($0) }
    case .string: HDF5Handle(mtl_h5t_file_string(byteCount)) { H5Tclose($0) }
    }
  }

  /// The type that an open HDF5 datatype is, nil for any other than these.
  init?(_ type: hid_t) {
    let size = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_FLOAT where size == 4: self = .float32
    case H5T_FLOAT where size == 8: self = .float64
    case H5T_INTEGER where size == 4 && H5Tget_sign(type) == H5T_SGN_2: self = .int32
    case H5T_INTEGER where size == 8 && H5Tget_sign(type) == H5T_SGN_2: self = .int64
    case H5T_STRING
    where H5Tis_variable_str(type) == 0 && H5Tget_cset(type) == H5T_CSET_UTF8
      && H5Tget_strpad(type) != H5T_STR_SPACEPAD:
      self = .string
    default: return nil
    }
  }
}
