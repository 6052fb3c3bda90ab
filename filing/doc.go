// Package filing turns a case into what is filed with an authority: a draft of
// the form with what the case knows, and the papers of a filing.
//
// # What it is for
//
// [Begin] gives the draft of an obligation's next notification: a new one, or
// the follow-up of what was filed before. [Refresh] brings a draft to what the
// case knows by now and never touches what a person answered. [Papers] prints
// a frozen draft as the dossier, in the authority's language and English, and
// as the sheet from which its portal is filled.
//
// # What it promises
//
// It is pure but for the time that printing takes: the same case, draft and
// instant give the same bytes. Every answer that it fills in names its source
// in the case.
//
// # What it must never do
//
// It must never record, send or store anything, and never decide for a person:
// whether a draft is complete enough is the form's to say, and what is filed is
// the DPO's to decide.
package filing
