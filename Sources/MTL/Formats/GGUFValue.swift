/// The types of a metadata value, numbered as the GGUF specification numbers them.
public enum GGUFType: UInt32, Sendable, Hashable {
  /// One case a type of the specification.
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// The least bytes a value of the type can take.
  var minimumByteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .string, .uint64, .int64, .float64: 8
    case .array: 12
    }
  }
}

/// A metadata value of a GGUF file.
public enum GGUFValue: Sendable, Hashable {
  /// An integer of any width, with the type it is stored as.
  case integer(Int64, GGUFType)
  /// An unsigned 64-bit integer.
  case uint64(UInt64)
  /// A 32-bit float.
  case float32(Float)
  /// A 64-bit float.
  case float64(Double)
  /// A truth value.
  case bool(Bool)
  /// UTF-8 text.
  case string(String)
  /// Values that all have one type; arrays nest.
  case array(GGUFType, [GGUFValue])

  /// A 32-bit unsigned value, the usual type of counts.
  public static func uint32(_ value: UInt32) -> GGUFValue { .integer(Int64(value), .uint32) }

  /// A 32-bit signed value.
  public static func int32(_ value: Int32) -> GGUFValue { .integer(Int64(value), .int32) }

  /// An array of strings.
  public static func strings(_ values: [String]) -> GGUFValue { .array(.string, values.map(GGUFValue.string)) }

  /// The type it is stored as.
  public var type: GGUFType {
    switch self {
    case .integer(_, let type): type
    case .uint64: .uint64
    case .float32: .float32
    case .float64: .float64
    case .bool: .bool
    case .string: .string
    case .array: .array
    }
  }

  /// The value as an integer, when it is one that fits.
  public var intValue: Int? {
    switch self {
    case .integer(let value, _): Int(value)
    case .uint64(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The value as a float, when it is a floating-point number.
  public var floatValue: Float? {
    switch self {
    case .float32(let value): value
    case .float64(let value): Float(value)
    default: nil
    }
  }

  /// The value as a truth value.
  public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The value as text.
  public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The elements, when the value is an array.
  public var arrayValue: [GGUFValue]? {
    if case .array(_, let values) = self { values } else { nil }
  }
}
