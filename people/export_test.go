package people

// Aliases goes through the names of columns with the field that each means.
var Aliases = aliases

// ColumnKey is the form in which names of columns are compared.
var ColumnKey = columnKey

// KindCount is the number of kinds that a row may expose.
func KindCount() int { return len(kindsOf(fields())) }

// ShapeOf is the shape of a value.
var ShapeOf = shapeOf
