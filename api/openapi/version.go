package openapi

// Version is a version of the OpenAPI Specification that documents are written
// in.
type Version string

// The versions of documents. The method QUERY is described since 3.2 only.
const (
	V31 Version = "3.1.1"
	V32 Version = "3.2.0"
)

// ParseVersion returns the version with these first two numbers, such as
// "3.1", and whether there is one.
func ParseVersion(text string) (Version, bool) {
	switch text {
	case "3.1":
		return V31, true
	case "3.2":
		return V32, true
	default:
		return "", false
	}
}
