// Package frictionless reads Data Packages (https://datapackage.org, versions 1 and
// 2) as far as they say what a descriptor can: what the rows are, where they are, how
// they are written, and the fields of their Table Schema.
package frictionless
