import CHDF5

/// What the elements of a dataset or the value of an attribute are.
public enum HDF5Type: String, Sendable, Hashable {
  /// Little-endian IEEE 754.
  case float32, float64
  /// Little-endian two's complement.
  case int32, int64
  /// UTF-8 of variable length, without U+0000.
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
  /// Bytes of one element as stored; of a string, its reference to the heap.
  var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .float64, .int64: 8
    case .string: 16
    }
  }

  /// The type of values in memory.
  func memoryType() -> HDF5Handle? {
    switch self {
    case .float32: HDF5Handle(H5Tcopy(mtl_h5t_native_float())) { H5Tclose($0) }
    case .float64: HDF5Handle(H5Tcopy(mtl_h5t_native_double())) { H5Tclose($0) }
    case .int32: HDF5Handle(H5Tcopy(mtl_h5t_native_int32())) { H5Tclose($0) }
    case .int64: HDF5Handle(H5Tcopy(mtl_h5t_native_int64())) { H5Tclose($0) }
    case .string: HDF5Handle(mtl_h5t_copy_string()) { H5Tclose($0) }
    }
  }

  /// The type of values in the file.
  func fileType() -> HDF5Handle? {
    switch self {
    case .float32: HDF5Handle(H5Tcopy(mtl_h5t_file_float())) { H5Tclose($0) }
    case .float64: HDF5Handle(H5Tcopy(mtl_h5t_file_double())) { H5Tclose($0) }
    case .int32: HDF5Handle(H5Tcopy(mtl_h5t_file_int32())) { H5Tclose($0) }
    case .int64: HDF5Handle(H5Tcopy(mtl_h5t_file_int64())) { H5Tclose($0) }
    case .string: HDF5Handle(mtl_h5t_copy_string()) { H5Tclose($0) }
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
    case H5T_STRING where H5Tis_variable_str(type) > 0: self = .string
    default: return nil
    }
  }
}
