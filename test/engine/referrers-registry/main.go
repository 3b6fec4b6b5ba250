// A registry in memory that answers the referrers API of the OCI distribution specification 1.1.
package main

import (
	"log"
	"net/http"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	log.Fatal(http.ListenAndServe("0.0.0.0:5000", registry.New(registry.WithReferrersSupport(true))))
}
