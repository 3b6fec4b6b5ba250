// How a team's own module in Go uses Slipway: its rules stand here once, for all of its repositories.
package main

import (
	"context"
	"errors"

	"dagger/consumer-go/internal/dagger"
)

var platforms = []string{"linux/amd64"}

type ConsumerGo struct {
	// +private
	VulnerabilityDb *dagger.Directory
}

func New(
	// Trivy's database; default: Trivy downloads its own
	// +optional
	vulnerabilityDb *dagger.Directory,
) *ConsumerGo {
	return &ConsumerGo{VulnerabilityDb: vulnerabilityDb}
}

// Build and scan an image, step by step: what one function returns is what the next one takes.
func (m *ConsumerGo) Check(ctx context.Context, source *dagger.Directory) (string, error) {
	image := m.slipway().BuildMultiArch(source, dagger.SlipwayBuildMultiArchOpts{Platforms: platforms})
	return m.slipway().TrivyScan(ctx, image, dagger.SlipwayTrivyScanOpts{
		Severity:      dagger.SlipwaySeverityCritical,
		IgnoreUnfixed: true,
	})
}

// Run the whole chain as a rehearsal. Returns what ship prints, and fails after it if a stage failed.
//
// +cache="never"
func (m *ConsumerGo) Release(ctx context.Context, source *dagger.Directory) (string, error) {
	// one run, whose fields are read one by one
	release := m.slipway().Release(source, dagger.SlipwayReleaseOpts{
		Platforms: platforms,
		Tags:      []string{"v1"},
		Severity:  dagger.SlipwaySeverityCritical,
	})
	text, err := release.Text(ctx)
	if err != nil {
		return "", err
	}
	ok, err := release.Ok(ctx)
	if err == nil && !ok {
		err = errors.New(text)
	}
	return text, err
}

func (m *ConsumerGo) slipway() *dagger.Slipway {
	return dag.Slipway(dagger.SlipwayOpts{VulnerabilityDb: m.VulnerabilityDb})
}
