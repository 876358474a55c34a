package page

// rows counts rows, of which n is a number as it is shown.
func (t texts) rows(n string) string {
	if n == "1" {
		return t.t("one row")
	}
	return t.t("all rows", n)
}

// values counts values.
func (t texts) values(n string) string {
	if n == "1" {
		return t.t("one value")
	}
	return t.t("all values", n)
}
