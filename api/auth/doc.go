// Package auth says who may ask, and what each caller sees: it reads the auth file,
// follows it, recognizes callers by their API keys and JSON Web Tokens, and makes of
// the served datasets those that a caller may see.
//
// A request takes one way through it. Guard.Admit makes a Caller of its headers, and
// gives the Caller a View: a snapshot of datasets without what is hidden. Everything
// behind that works on the view, so nothing has to know about policies.
package auth
