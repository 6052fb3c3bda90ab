// Package anchor has the record's checkpoints confirmed by others: witnesses,
// which cosign a checkpoint after they have checked that the log only grew
// (C2SP tlog-witness, tlog-cosignature), and authorities that stamp the time
// (RFC 3161).
//
// It asks and it checks. What a witness or an authority answers is kept only
// when its signature holds, so that nothing worthless is taken for evidence.
// Both learn the name of the log, its size, its root and when it was signed, and
// nothing of any case.
//
// It must never hold up anything else: an anchor that fails is tried again later.
package anchor
