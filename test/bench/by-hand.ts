import { randomUUID } from "node:crypto"
import { type Container, type Directory, dag, type File, type Platform } from "@dagger.io/dagger"
import { COSIGN, CRANE, TRIVY } from "../../lib/engine/tool.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { NONROOT } from "../../lib/oci/registry-access.ts"
import { attestArgs, COSIGN_PATHS, signArgs, verifyArgs, verifyAttestationArgs } from "../../lib/sign/args.ts"
import { openKey, withKey, withSigner } from "../../lib/sign/cosign-run.ts"
import type { Signer, SigningKey } from "../../lib/sign/signer.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import type { GitServer } from "../e2e/git-server.ts"
import type { TestRegistry } from "../e2e/registry.ts"

export type Images = { crane: string; cosign: string; trivy: string; kustomize: string }
export type HandPlace = {
  images: Images
  registry: TestRegistry
  git: GitServer
  key: SigningKey
  publicKey: File
  database: Directory
}

/** The tests of a project by hand, and whether an overlay is bumped. */
export type HandWork = { tests?: { image: string; commands: string[][] }; bump: boolean }

export const GO_TESTS = {
  image: "golang:1.26",
  commands: [
    ["go", "vet", "./..."],
    ["go", "test", "-json", "-coverprofile=/coverage.out", "./..."],
  ],
}
const GO: HandWork = { tests: GO_TESTS, bump: true }

const PLATFORMS = ["linux/amd64", "linux/arm64"]
const REPOSITORY = "registry.test:5000/team/hello"
/** Trivy's formats, and the predicate types that they are attested as. */
const REPORTS = {
  "spdx-json": PREDICATE_TYPES.spdxjson,
  cyclonedx: PREDICATE_TYPES.cyclonedx,
  "cosign-vuln": PREDICATE_TYPES.vuln,
}

/**
 * What a script does that runs the same tools in the same containers, each when the one before has ended: test, build each
 * platform, scan each, push, sign, attest, verify, tag, edit and push the overlay. It attests what ship attests but the two
 * records that a later run goes on from. Answers what each part took.
 */
export async function shipByHand(
  source: Directory,
  place: HandPlace,
  { tests, bump }: HandWork = GO,
): Promise<Record<string, number>> {
  const { images, registry } = place
  const tool = (image: string) =>
    dag
      .container()
      .from(image)
      .withServiceBinding("registry.test", registry.service)
      .withEnvVariable("RUN", randomUUID())
  const seconds: Record<string, number> = {}
  const part = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const start = Date.now()
    const result = await work()
    seconds[name] = (Date.now() - start) / 1000
    return result
  }
  if (tests) await part("test", () => testByHand(source, tests))
  const tarballs = await part("build", () => inTurn(PLATFORMS, (platform) => buildByHand(source, platform)))
  const reports = await part("scan", () => inTurn(tarballs, (tarball) => scanByHand(tarball, place)))
  const digests = await part("publish", () => pushByHand(tarballs, tool(images.crane)))
  await part("sign, attest, verify", () => signByHand(digests, { place, reports, cosign: tool(images.cosign) }))
  await part("tag", () => crane(tool(images.crane), ["tag", "--insecure", `${REPOSITORY}@${digests[0]}`, "v1"]))
  if (bump) await part("gitops", () => bumpByHand(digests[0] ?? "", place))
  return seconds
}

async function inTurn<T, R>(all: T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (const one of all) done.push(await work(one))
  return done
}

async function testByHand(source: Directory, { image, commands }: typeof GO_TESTS): Promise<void> {
  let tested = dag.container().from(image).withDirectory("/src", source).withWorkdir("/src")
  for (const command of commands) tested = await tested.withExec(command).sync()
}

async function buildByHand(source: Directory, platform: string): Promise<File> {
  const build = await dag.defaultPlatform()
  const [os = "", architecture = ""] = build.split("/")
  const buildArgs = Object.entries({ BUILDPLATFORM: build, BUILDOS: os, BUILDARCH: architecture })
  return await source
    .dockerBuild({
      platform: platform as Platform,
      buildArgs: buildArgs.map(([name, value]) => ({ name, value })),
    })
    .asTarball()
    .sync()
}

async function scanByHand(tarball: File, { images, database }: HandPlace): Promise<Record<string, File>> {
  const trivy = dag.container().from(images.trivy).withMountedDirectory("/cache", database)
  const scanned = await trivy
    .withMountedFile("/image.tar", tarball)
    .withExec([
      ...[TRIVY, "image", "--input", "/image.tar", "--format", "json", "--output", "/report.json", "--list-all-pkgs"],
      ...["--cache-dir", "/cache", "--cache-backend", "memory", "--skip-db-update", "--offline-scan", "--no-progress"],
    ])
    .sync()
  const files: Record<string, File> = {}
  for (const [format, type] of Object.entries(REPORTS)) {
    const convert = [TRIVY, "convert", "--format", format, "--output", "/out", "--quiet", "/report.json"]
    files[type] = await scanned.withExec(convert).file("/out").sync()
  }
  return files
}

/** The index's digest, then each platform's. */
async function pushByHand(tarballs: File[], tool: Container): Promise<string[]> {
  const names = PLATFORMS.map((platform) => `${REPOSITORY}:${platform.replace("/", "-")}`)
  for (const [i, name] of names.entries()) {
    const loaded = tool.withMountedFile("/image.tar", tarballs[i] as File, { owner: NONROOT })
    await crane(loaded, ["push", "--insecure", "/image.tar", name])
  }
  await crane(tool, [
    "index",
    "append",
    "--insecure",
    ...names.flatMap((name) => ["-m", name]),
    "-t",
    `${REPOSITORY}:new`,
  ])
  const digests: string[] = []
  for (const name of [`${REPOSITORY}:new`, ...names]) digests.push(await crane(tool, ["digest", "--insecure", name]))
  return digests
}

async function crane(tool: Container, args: string[]): Promise<string> {
  return (await tool.withExec([CRANE, ...args]).stdout()).trim()
}

type Signing = { place: HandPlace; reports: Record<string, File>[]; cosign: Container }

async function signByHand([index = "", ...platforms]: string[], { place, reports, cosign }: Signing): Promise<void> {
  const { key, publicKey } = place
  const provenance = dag.file("provenance.json", JSON.stringify({ buildDefinition: {}, runDetails: {} }))
  const signer: Signer = { kind: "publicKey", publicKey }
  const target = (digest: string) => {
    return { ref: parseDigestRef(`${REPOSITORY}@${digest}`), plainHttp: true, format: "v3" as const }
  }
  const attested = [
    { digest: index, type: PREDICATE_TYPES.slsaprovenance1, file: provenance },
    ...platforms.flatMap((digest, i) =>
      Object.entries(reports[i] ?? {}).map(([type, file]) => ({ digest, type, file })),
    ),
  ]
  const ready = cosign
    .with(withKey(await openKey(key), place.images.cosign))
    .with(withSigner(signer, place.images.cosign))
  const run = (args: string[], file?: File) =>
    (file ? ready.withMountedFile(COSIGN_PATHS.predicate, file) : ready).withExec([COSIGN, ...args]).sync()
  await run(signArgs(key, { ...target(index), repository: REPOSITORY }))
  for (const { digest, type, file } of attested) await run(attestArgs(key, { ...target(digest), type }), file)
  await run(verifyArgs(signer, target(index)))
  for (const { digest, type } of attested) await run(verifyAttestationArgs(signer, { ...target(digest), type }))
}

async function bumpByHand(digest: string, { images, git }: HandPlace): Promise<void> {
  const commands = [
    `git clone --quiet --depth=1 ${git.url("git.test")} /deploy`,
    "cd /deploy/prod",
    `kustomize edit set image hello=${REPOSITORY}@${digest}`,
    "kustomize build . >/dev/null",
    "git -c user.name=a -c user.email=a@example.com commit --quiet --all --message=bump",
    "git push --quiet origin HEAD:main",
  ]
  await dag
    .container()
    .from(images.kustomize)
    .withServiceBinding("git.test", git.service())
    .withEnvVariable("RUN", randomUUID())
    .withExec(["sh", "-euc", commands.join("\n")])
    .sync()
}
