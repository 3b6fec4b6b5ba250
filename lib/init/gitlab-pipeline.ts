/** The pipeline that ships from GitLab CI; `module` is Slipway's address, by commit. */
export function gitlabPipeline(module: string): string {
  return `# Ship on every push to the default branch, rehearse on every merge request. Copy to .gitlab-ci.yml.
# slipway.yaml says where to (image, gitops); here are only the secrets.
stages: [ship]

variables:
  DAGGER_VERSION: 0.21.8
  # The module by commit: a branch or a tag can move.
  SLIPWAY: ${module}
  GIT_DEPTH: 0

.slipway:
  stage: ship
  image: docker:29-cli
  services: [docker:29-dind]
  timeout: 2h # more than the hour that ship gives tests and build, so that what hangs leaves a report
  variables:
    DOCKER_HOST: tcp://docker:2376
    DOCKER_TLS_CERTDIR: /certs
    DOCKER_TLS_VERIFY: "1"
    DOCKER_CERT_PATH: /certs/client
  before_script:
    - apk add --no-cache curl
    - curl -fsSL "https://dl.dagger.io/dagger/releases/$DAGGER_VERSION/dagger_v\${DAGGER_VERSION}_linux_amd64.tar.gz" | tar -xz -C /usr/local/bin dagger
  artifacts:
    when: always
    paths: [reports]
    reports:
      container_scanning: reports/scan/gl-container-scanning-report.json
      junit: reports/tests/**/*.xml

# No secrets and no effects, so it works for forks too.
rehearse:
  extends: .slipway
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - dagger -m "$SLIPWAY" call release --source=. --rehearse reports export --path=reports
    - cat reports/release.txt
    - |
      grep --quiet '^  "ok": true' reports/release.json

ship:
  extends: .slipway
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  resource_group: ship
  environment: production
  script:
    # COSIGN_KEY, COSIGN_PASSWORD and GITOPS_TOKEN are protected, masked CI/CD variables; the registry's login is the job's own.
    - >-
      dagger -m "$SLIPWAY" call
      --registry-username="$CI_REGISTRY_USER" --registry-password=env:CI_REGISTRY_PASSWORD
      --cosign-key=env:COSIGN_KEY --cosign-password=env:COSIGN_PASSWORD
      --git-token=env:GITOPS_TOKEN
      release --source=.
      --ci="CI_PROJECT_URL=$CI_PROJECT_URL,CI_PIPELINE_URL=$CI_PIPELINE_URL,CI_RUNNER_ID=$CI_RUNNER_ID"
      --ci="CI_COMMIT_BRANCH=$CI_COMMIT_BRANCH,CI_DEFAULT_BRANCH=$CI_DEFAULT_BRANCH"
      reports export --path=reports
    - cat reports/release.txt
    - |
      grep --quiet '^  "ok": true' reports/release.json
`
}

/** The same as a file that another pipeline includes: what would hold for all of its jobs holds for these alone. */
export function gitlabInclude(module: string, { path, stage }: { path: string; stage: string }): string {
  const text = gitlabPipeline(module)
  const [, variables = ""] = text.match(/^variables:\n((?: .*\n)+)/m) ?? []
  const own = variables.replace(/^/gm, "  ").trimEnd()
  return text
    .replace(/Copy to \.gitlab-ci\.yml\./, `Kept in ${path}; add to .gitlab-ci.yml:\n# include:\n#   - local: ${path}`)
    .replace(/^stages: .*\n\n/m, "")
    .replace(/^variables:\n(?: .*\n)+\n/m, "")
    .replace(/^ {2}variables:\n/m, () => `  variables:\n${own}\n`)
    .replace(/^ {2}stage: .*$/m, () => `  stage: ${JSON.stringify(stage)}`)
    .replace(/^(rehearse|ship):$/gm, "slipway-$1:")
}
