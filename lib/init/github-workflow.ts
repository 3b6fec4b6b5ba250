/** The workflow that ships from GitHub Actions; `module` is Slipway's address, by commit. */
export function githubWorkflow(module: string): string {
  return `# Ship on every push to main, rehearse on every pull request. Copy to .github/workflows/ship.yml.
# slipway.yaml says where to (image, gitops); here are only the secrets.
name: ship
on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

# One release after the other on a branch; a newer commit of a pull request replaces the older run.
concurrency:
  group: ship-\${{ github.ref }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

env:
  DAGGER_VERSION: 0.21.8
  # The module by commit: a branch or a tag can move.
  SLIPWAY: ${module}
  # The branch that earns latest.
  DEFAULT_BRANCH: \${{ github.event.repository.default_branch }}

jobs:
  # No secrets and no effects, so it works for forks too.
  rehearse:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-24.04
    timeout-minutes: 120 # more than the hour that ship gives tests and build, so that what hangs leaves a report
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          fetch-depth: 0
          persist-credentials: false
      - name: Install Dagger
        run: curl -fsSL "https://dl.dagger.io/dagger/releases/$DAGGER_VERSION/dagger_v\${DAGGER_VERSION}_linux_amd64.tar.gz" | sudo tar -xz -C /usr/local/bin dagger
      - name: Rehearse
        run: dagger -m "$SLIPWAY" call release --source=. --rehearse reports export --path=reports
      - name: Summary
        if: \${{ !cancelled() }}
        run: cat reports/summary.md >> "$GITHUB_STEP_SUMMARY"
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        if: \${{ !cancelled() }}
        with:
          name: ship
          path: reports
      - name: Verdict
        run: |
          grep --quiet '^  "ok": true' reports/release.json

  ship:
    if: github.event_name == 'push'
    runs-on: ubuntu-24.04
    timeout-minutes: 120 # more than the hour that ship gives tests and build, so that what hangs leaves a report
    environment: production
    permissions:
      contents: read
      packages: write # the image and its signatures, in ghcr.io
      security-events: write # findings in the Security tab
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          fetch-depth: 0
          persist-credentials: false
      - name: Install Dagger
        run: curl -fsSL "https://dl.dagger.io/dagger/releases/$DAGGER_VERSION/dagger_v\${DAGGER_VERSION}_linux_amd64.tar.gz" | sudo tar -xz -C /usr/local/bin dagger
      - name: Ship
        env:
          REGISTRY_TOKEN: \${{ secrets.GITHUB_TOKEN }}
          COSIGN_KEY: \${{ secrets.COSIGN_KEY }}
          COSIGN_PASSWORD: \${{ secrets.COSIGN_PASSWORD }}
          GITOPS_TOKEN: \${{ secrets.GITOPS_TOKEN }}
        run: |
          dagger -m "$SLIPWAY" call \\
            --registry-username="$GITHUB_ACTOR" --registry-password=env:REGISTRY_TOKEN \\
            --cosign-key=env:COSIGN_KEY --cosign-password=env:COSIGN_PASSWORD \\
            --git-token=env:GITOPS_TOKEN \\
            release --source=. \\
            --ci="GITHUB_SERVER_URL=$GITHUB_SERVER_URL,GITHUB_REPOSITORY=$GITHUB_REPOSITORY,GITHUB_REF=$GITHUB_REF" \\
            --ci="GITHUB_RUN_ID=$GITHUB_RUN_ID,GITHUB_WORKFLOW_REF=$GITHUB_WORKFLOW_REF" \\
            --ci="GITHUB_EVENT_NAME=$GITHUB_EVENT_NAME,GITHUB_DEFAULT_BRANCH=$DEFAULT_BRANCH" \\
            reports export --path=reports
      - name: Summary
        if: \${{ !cancelled() }}
        run: cat reports/summary.md >> "$GITHUB_STEP_SUMMARY"
      - uses: github/codeql-action/upload-sarif@5d4e8d1aca955e8d8589aabd499c5cae939e33c7 # v4.31.9
        # nothing was scanned where an earlier stage failed, or where this commit was shipped already
        if: \${{ !cancelled() && hashFiles('reports/scan/findings.sarif') != '' }}
        with:
          sarif_file: reports/scan/findings.sarif
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        if: \${{ !cancelled() }}
        with:
          name: ship
          path: reports
      - name: Verdict
        run: |
          grep --quiet '^  "ok": true' reports/release.json
`
}
