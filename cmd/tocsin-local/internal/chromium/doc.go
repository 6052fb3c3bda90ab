// Package chromium drives a headless Chromium as a person would: it goes to
// addresses, clicks, types, attaches files and looks at what is on the screen.
// Only tests may import it.
//
// # What it promises
//
//   - Each [Window] has cookies of its own, a size and a language, and may be
//     without scripts.
//   - A window watches everything it does: requests to another host, errors on
//     the console, scripts that failed and what the Content-Security-Policy
//     stopped are kept and given by [Window.Faults].
//   - [Window.Barriers] asks axe-core, whose file stands here as its authors
//     published it, for what keeps people with a disability out.
//   - Waiting is for a condition, never for a time. What does not come within
//     two minutes fails the test and says what stood on the page.
//
// # What it must never do
//
// Reach another host than the one under test, or be linked into a program.
package chromium
