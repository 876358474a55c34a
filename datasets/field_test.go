package datasets

import "testing"

func TestFieldLabelAndAboutFallBackToNameAndUnit(t *testing.T) {
	tests := []struct {
		field        Field
		label, about string
	}{
		{Field{Name: "mass"}, "mass", ""},
		{Field{Name: "mass", Title: "Body mass"}, "Body mass", ""},
		{Field{Name: "mass", Unit: "g"}, "mass", "In g"},
		{Field{Name: "mass", Description: "Of the body."}, "mass", "Of the body."},
		{Field{Name: "mass", Description: "Of the body", Unit: "g"}, "mass", "Of the body (in g)"},
		{Field{Name: "mass", Description: "Of the body.", Unit: "g"}, "mass", "Of the body (in g)"},
	}
	for _, test := range tests {
		if label, about := test.field.Label(), test.field.About(); label != test.label || about != test.about {
			t.Errorf("%+v is %q, %q, want %q, %q", test.field, label, about, test.label, test.about)
		}
	}
}
