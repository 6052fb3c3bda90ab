package notice

// PersonError is why the message to one person could not be composed. It
// concerns nobody else of the round: this person is for another channel.
type PersonError struct {
	// Field is what of the person or the envelope is at fault, such as "to",
	// "organisation" or "data_kinds".
	Field string
	// What says what is wrong, without repeating it.
	What string

	cause error // the *IncompleteError behind it, or nil
}

// Error names the field and the fault, and nothing of the person.
func (e *PersonError) Error() string { return "compose message: " + e.Field + ": " + e.What }

// Unwrap gives the *IncompleteError when Check refused the message for this
// person's data.
func (e *PersonError) Unwrap() error { return e.cause }
