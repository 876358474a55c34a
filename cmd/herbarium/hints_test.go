package main

import (
	"errors"
	"fmt"
	"testing"

	"herbarium/engine/fault"
)

func TestAdviceNamesTheSameDescriptorsAndStore(t *testing.T) {
	for _, test := range []struct {
		name   string
		folder folderFlag
		store  storeFlags
		want   string
	}{
		{"as it is by default", folderFlag{}, storeFlags{}, "herbarium load iris"},
		{"a folder each", folderFlag{"../sets"}, storeFlags{store: "file:rows"}, "herbarium load iris --datasets ../sets --store file:rows"},
		{"words that a shell takes apart", folderFlag{"Ann's sets"}, storeFlags{store: "file:$rows"}, `herbarium load iris --datasets 'Ann'\''s sets' --store 'file:$rows'`},
		{"credentials", folderFlag{}, storeFlags{store: "mongodb://ann:secret@db.example/flora"}, "herbarium load iris --store mongodb://…@db.example/flora"},
		{"a file that holds the store", folderFlag{}, storeFlags{store: "mongodb://ann:secret@db.example/flora", file: "/run/secrets/store"}, "herbarium load iris --store-file /run/secrets/store"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := &fault.Error{Code: fault.NotLoaded, Detail: "fill it with: herbarium load iris", Err: errors.New("no rows")}
			got := newHints(&test.folder, &test.store).complete("iris", fmt.Errorf("query: %w", err))
			if want := "not_loaded: fill it with: " + test.want + ": no rows"; got.Error() != want {
				t.Errorf("got %v, want %s", got, want)
			}
			if err.Detail != "fill it with: herbarium load iris" {
				t.Errorf("the error itself is now %v", err)
			}
		})
	}
}

func TestOtherErrorsStayAsTheyAre(t *testing.T) {
	a := newHints(&folderFlag{}, &storeFlags{store: "file:rows"})
	for _, err := range []error{nil, errors.New("herbarium load iris"), &fault.Error{Code: fault.TooSlow, Detail: "too slow"}} {
		if got := a.complete("iris", err); !errors.Is(got, err) {
			t.Errorf("%v is %v", err, got)
		}
	}
}
