package schemas

import (
	"cmp"
	"slices"
)

// Code identifies a kind of error. Codes are part of the HTTP API: programs use
// them to decide what to do.
type Code string

// The codes of errors in a query.
const (
	NotJSON         Code = "not_json"
	TrailingData    Code = "trailing_data"
	UnknownProperty Code = "unknown_property"
	UnknownField    Code = "unknown_field"
	WrongType       Code = "wrong_type"
	NotInEnum       Code = "not_in_enum"
	TooFew          Code = "too_few"
	DuplicateValue  Code = "duplicate_value"
	DuplicateKey    Code = "duplicate_key"
	NotFinite       Code = "not_finite"
	OutOfRange      Code = "out_of_range"
	LowerAboveUpper Code = "lower_above_upper"
	BadDate         Code = "bad_date"
	BadToken        Code = "bad_token"
	BadVersion      Code = "bad_version"
	AfterWithPage   Code = "after_with_page"
	// Refused is for a rule of a hand-written schema that has no code of its own,
	// such as a pattern or a required property.
	Refused Code = "refused"
)

// Codes returns every code, in the order of their constants.
func Codes() []Code {
	return []Code{NotJSON, TrailingData, UnknownProperty, UnknownField, WrongType, NotInEnum, TooFew, DuplicateValue,
		DuplicateKey, NotFinite, OutOfRange, LowerAboveUpper, BadDate, BadToken, BadVersion, AfterWithPage, Refused}
}

// Violation is one error in a JSON document.
type Violation struct {
	// Pointer is the JSON pointer (RFC 6901) to the wrong value; "" is the whole
	// document.
	Pointer string `json:"pointer"`
	Code    Code   `json:"code"`
	// Detail tells a person what is wrong and what is allowed.
	Detail string `json:"detail"`

	offset int
}

// At returns a violation for the value at the byte offset of its document.
func At(offset int, pointer string, code Code, detail string) Violation {
	return Violation{Pointer: pointer, Code: code, Detail: detail, offset: offset}
}

// Offset returns the byte offset of the value in its document.
func (v *Violation) Offset() int { return v.offset }

// Sort sorts violations in the order of the document. Those at one position keep
// their order.
func Sort(violations []Violation) {
	slices.SortStableFunc(violations, func(a, b Violation) int { return cmp.Compare(a.offset, b.offset) })
}
