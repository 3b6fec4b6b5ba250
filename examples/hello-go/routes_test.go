package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	server := httptest.NewServer(routes())
	defer server.Close()

	for name, want := range map[string]struct {
		method, path string
		status       int
		message      string
	}{
		"greets the world":      {"GET", "/", http.StatusOK, "Hello, world!"},
		"greets by name":        {"GET", "/greet/Ada", http.StatusOK, "Hello, Ada!"},
		"decodes a name":        {"GET", "/greet/Ada%20L.", http.StatusOK, "Hello, Ada L.!"},
		"refuses a long name":   {"GET", "/greet/" + strings.Repeat("a", 65), http.StatusBadRequest, ""},
		"is healthy":            {"GET", "/healthz", http.StatusNoContent, ""},
		"knows no other path":   {"GET", "/admin", http.StatusNotFound, ""},
		"takes no other method": {"POST", "/", http.StatusMethodNotAllowed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest(want.method, server.URL+want.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != want.status {
				t.Fatalf("status %d, want %d", response.StatusCode, want.status)
			}
			if want.message == "" {
				return
			}
			var got greeting
			if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
				t.Fatal(err)
			}
			if got != (greeting{want.message, runtime.GOARCH}) {
				t.Fatalf("got %+v", got)
			}
		})
	}
}

func TestAddress(t *testing.T) {
	t.Setenv("PORT", "9090")
	if got := address(); got != ":9090" {
		t.Fatal(got)
	}
	t.Setenv("PORT", "")
	if got := address(); got != ":8080" {
		t.Fatal(got)
	}
}
