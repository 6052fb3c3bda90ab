package postgres

// HashReader reads the stored hashes of the tree, for what is measured of proofs.
var HashReader = hashReader
