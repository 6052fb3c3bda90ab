// Package intake reads what a request brings: JSON to the letter, forms with a file,
// texts and names, each within limits of size and time.
//
// # What it promises
//
//   - JSON is read strictly: unknown fields, duplicate fields, trailing data, times
//     without an offset and bodies above the limit are refused with one line that names
//     the field, the value and what is expected ([DecodeJSON]).
//   - A file is read as it comes and lies nowhere on the way ([ReadFileForm],
//     [NewUpload]). Who is still sending one that is refused hears why ([Drain]).
//   - A request with a file may take as long as the file comes, and ends when it is
//     silent ([WhileItComes]).
//
// # What it must never do
//
// Know who asks, or what becomes of what was read. Keep any of it.
package intake
