// Package signon asks the controller's own provider of identities who somebody
// is, by OpenID Connect: authorization code with PKCE.
//
// # What it promises
//
//   - An answer counts for the question that was asked: state, nonce and the
//     secret of PKCE are made anew each time, and the caller keeps them where one
//     browser can use them once.
//   - A token is believed when the provider signed it, for this client, now. What
//     is wrong with one that is not says [Refused] in words that name no person.
//   - A provider that is away is [ErrAway], and keeps nothing else from working.
//     It is asked at the first sign-in, not at start.
//
// # What it must never do
//
// Know accounts: who an identity belongs to is decided elsewhere, and never by
// an e-mail address, which a provider may hand on to somebody else. Put a token,
// a code or a claim into an error.
package signon
