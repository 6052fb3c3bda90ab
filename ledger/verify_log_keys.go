package ledger

// follow gives the log's keys, as far as what the store says of them holds.
func (v *logVerification) follow(src LogSource) keyChain {
	v.rotations = src.Rotations
	chain, err := newKeyChain(src.Key, src.Rotations)
	if err != nil {
		v.add(-1, "", 0, KindRotation, "the changes of the key do not follow on each other: %v", err)
		if chain, err = newKeyChain(src.Key, nil); err != nil {
			return nil // VerifyLog has seen that the key is valid
		}
	}
	if src.Known != "" && chain.index(src.Known) < 0 {
		v.add(-1, "", 0, KindWrongKey, "the log is signed with the key %s, to which no recorded change leads from the key %s: it was signed again with another key",
			quoted(src.Key), quoted(src.Known))
	}
	return chain
}

// beforeRotations gives what the changes of the key say of the entries before.
func (v *logVerification) beforeRotations(keys keyChain) []openedCheckpoint {
	var out []openedCheckpoint
	for _, s := range keys {
		if r := s.ended; r != nil {
			out = append(out, openedCheckpoint{
				Checkpoint: Checkpoint{Origin: r.Origin, Size: r.Size, Root: r.Root, SignedAt: r.SignedAt},
				from:       "the change of the key", implied: true,
			})
		}
	}
	return out
}

// rotation holds an entry that records a change of the key against those that
// the store names.
func (v *logVerification) rotation(row LogRow, e Entry) {
	text, err := RotationNote(e.Data)
	var r Rotation
	if err == nil {
		r, err = ParseRotation(text)
	}
	switch {
	case err != nil:
		v.add(row.Index, e.Incident, e.Seq, KindRotation, "the change of the key at place %d does not hold: %v", row.Index, err)
	case r.Size != row.Index:
		v.add(row.Index, e.Incident, e.Seq, KindRotation, "the change of the key at place %d says that it stands at %d", row.Index, r.Size)
	case len(v.rotations) == 0 || v.rotations[0] != text:
		v.add(row.Index, e.Incident, e.Seq, KindRotation, "the change of the key at place %d is not the one that the record names next", row.Index)
		return
	}
	if len(v.rotations) > 0 {
		v.rotations = v.rotations[1:]
	}
}

// missingRotations complains about changes of the key that the log did not hold.
func (v *logVerification) missingRotations() {
	if n := len(v.rotations); n > 0 {
		v.add(-1, "", 0, KindRotation, "%d changes of the key that the record names do not stand in the log", n)
	}
}
