import Crypto
import Foundation

/// What makes two runs the same run.
public enum RunIdentity {
  /// JSON with sorted keys and plain slashes: the same value is always the same text.
  ///
  /// - Throws: `EncodingError`, for instance for a number that is not finite.
  public static func canonicalJSON(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// SHA-256 over the canonical JSON of `{"digests": ..., "settings": ...}`, in hexadecimal digits.
  ///
  /// - Throws: `EncodingError`, for instance for a number that is not finite.
  public static func id(settings: some Encodable, digests: [String: String]) throws -> String {
    try SHA256.hash(data: Data(canonicalJSON(Content(digests: digests, settings: settings)).utf8)).hex
  }

  /// SHA-256 of a text's UTF-8 bytes, in hexadecimal digits.
  public static func digest(of text: String) -> String { SHA256.hash(data: Data(text.utf8)).hex }

  /// SHA-256 of bytes, in hexadecimal digits.
  public static func digest(of bytes: Data) -> String { SHA256.hash(data: bytes).hex }

  private struct Content<Settings: Encodable>: Encodable {
    let digests: [String: String]
    let settings: Settings
  }
}
