/// Puts the element of sorted rank `rank` at that place, smaller ones before and greater ones after (Hoare's select).
func select(_ values: UnsafeMutableBufferPointer<Double>, rank: Int) {
  var low = 0
  var high = values.count - 1
  while low < high {
    let middle = (low + high) / 2
    // Median of three guards against sorted input.
    if values[middle] < values[low] { values.swapAt(middle, low) }
    if values[high] < values[low] { values.swapAt(high, low) }
    if values[high] < values[middle] { values.swapAt(high, middle) }
    let pivot = values[middle]
    var i = low
    var j = high
    while i <= j {
      while values[i] < pivot { i += 1 }
      while values[j] > pivot { j -= 1 }
      if i <= j {
        values.swapAt(i, j)
        i += 1
        j -= 1
      }
    }
    if rank <= j { high = j } else if rank >= i { low = i } else { return }
  }
}

/// The quantile at `p`, linear between order statistics (Hyndman and Fan's type 7); reorders the values.
///
/// Values must be finite or infinite, never NaN, and at least one.
func quantile(_ p: Double, of values: inout [Double]) -> Double {
  let place = min(max(p, 0), 1) * Double(values.count - 1)
  let rank = Int(place)
  return values.withUnsafeMutableBufferPointer { buffer in
    select(buffer, rank: rank)
    let lower = buffer[rank]
    let fraction = place - Double(rank)
    guard fraction > 0, rank + 1 < buffer.count else { return lower }
    let upper = buffer[(rank + 1)...].min() ?? lower
    return lower + fraction * (upper - lower)
  }
}
