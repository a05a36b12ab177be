/// Of `aSmallHeatMapIsDrawnAsItAlwaysWas`.
let goldenHeatMap = ""
