// Package order is what the shop's Go services know of an order.
package order

import "strings"

// Items splits an order's text into what was ordered.
func Items(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}
