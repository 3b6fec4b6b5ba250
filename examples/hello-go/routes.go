package main

import (
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
)

type greeting struct {
	Message      string `json:"message"`
	Architecture string `json:"architecture"`
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", greet)
	mux.HandleFunc("GET /greet/{name}", greet)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return mux
}

func greet(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSpace(r.PathValue("name"))
	if name == "" {
		name = "world"
	}
	if len(name) > 64 {
		http.Error(w, "a name has 64 bytes at most", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(greeting{Message: "Hello, " + name + "!", Architecture: runtime.GOARCH})
}
