package order

import "testing"

func TestItems(t *testing.T) {
	if items := Items("tea, milk"); len(items) != 2 || items[1] != "milk" {
		t.Fatalf("got %q", items)
	}
}
