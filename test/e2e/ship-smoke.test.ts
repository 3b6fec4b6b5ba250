import { type Directory, dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { ServiceSettings } from "../../lib/config/services.ts"
import { planAll } from "../../lib/ship/run.ts"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const OVERLAY = "overlays/prod"
let registry: TestRegistry
let git: GitServer
let key: SigningKeyFiles
let database: string
beforeAll(async () => {
  const overlay = { [`${OVERLAY}/kustomization.yaml`]: "resources: [deployment.yaml]\n" }
  const files = { ...overlay, [`${OVERLAY}/deployment.yaml`]: deployment("hello") }
  ;[registry, git, key] = await Promise.all([startRegistry(), startGitServer(files), makeSigningKey()])
  database = vulnerabilityDbFolder()
})
afterAll(() => git?.stop())

/** It answers every request with 404, by hand: to compile net/http would take most of this file's time. */
const SERVER = `package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"time"
)

func main() {
	fmt.Println("starting on", os.Getenv("ADDRESS"), "for", runtime.GOARCH)
	if os.Getenv("CRASH_ON") == runtime.GOARCH {
		fmt.Println("no plugin for", runtime.GOARCH)
		os.Exit(9)
	}
	if after, err := time.ParseDuration(os.Getenv("CRASH_AFTER")); err == nil {
		time.AfterFunc(after, func() { panic("lost the licence") })
	}
	listener, err := net.Listen("tcp", os.Getenv("ADDRESS"))
	for err == nil {
		var client net.Conn
		if client, err = listener.Accept(); err == nil {
			client.Read(make([]byte, 4096))
			client.Write([]byte("HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n"))
			client.Close()
		}
	}
	panic(err)
}
`
const BUILD = `FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/root/.cache/go-build CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /server .
FROM scratch
USER 65532:65532
ENV ADDRESS=:8080
EXPOSE 8080
`
const GOOD = `${BUILD}COPY --from=build /server /server\nENTRYPOINT ["/server"]\n`

function source(dockerfile: string): Directory {
  const files = {
    "go.mod": "module smoke\n",
    "main.go": SERVER,
    Dockerfile: dockerfile,
    ".dockerignore": "Dockerfile\n",
  }
  return Object.entries(files).reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
}

type Case = { dockerfile?: string; smoke?: ServiceSettings["smoke"]; platforms?: string[]; name?: string }

async function options({ smoke, platforms = ["linux/amd64"], name = "none" }: Case) {
  const destination = {
    ...{ repository: `registry.test:5000/team/${name}`, tags: [name], git: { gitService: git.service() } },
    // the good one leaves git alone too, so that the others can see that they do
    ...(name === "none" && { gitopsRepo: git.url("git.test"), gitopsPath: OVERLAY, gitopsImageName: "hello" }),
    ...{ registry: { service: registry.service, plainHttp: true }, signing: await signingSecrets(key) },
  }
  // its tests pass: they look at the source
  const settings = {
    test: { image: "debian:bookworm-slim", commands: ["true"] },
    ...(smoke !== undefined && { smoke }),
  }
  return await shipHere(destination, dag.host().directory(database), { flags: { platforms }, settings })
}

async function run({ dockerfile = GOOD, ...rest }: Case): Promise<Release> {
  return await ship(source(dockerfile), await options(rest))
}

const quick = { seconds: 6 }
const BOTH = ["linux/amd64", "linux/arm64"]

describe("an image that passes its tests and does not start", () => {
  test.concurrent.each<Case & { name: string; says: (string | RegExp)[] }>([
    {
      name: "a program without an execute bit",
      dockerfile: `${BUILD}COPY --from=build --chmod=0644 /server /server\nENTRYPOINT ["/server"]\n`,
      says: [
        "got on linux/amd64: /server has no execute bit for the image's user 65532:65532 (permission denied; its mode is 0644).",
        "COPY --chmod=0755",
      ],
    },
    {
      name: "a missing shared library",
      dockerfile: `FROM debian:bookworm-slim AS build
FROM scratch
COPY --from=build /lib64/ld-linux-x86-64.so.2 /lib64/
COPY --from=build /lib/x86_64-linux-gnu/libc.so.6 /lib/x86_64-linux-gnu/
COPY --from=build /bin/ls /ls
EXPOSE 80
CMD ["/ls"]
`,
      says: [
        "got on linux/amd64: it lacks the shared library libselinux.so.1, and ended with exit code 127.",
        "error while loading shared libraries: libselinux.so.1",
      ],
    },
    {
      name: "a crash after 3 s",
      smoke: { env: { CRASH_AFTER: "3s" } },
      says: [
        /got on linux\/amd64: it crashed after [34]\.\d s with exit code 2\. Read its log/,
        "--- log of linux/amd64 ---\nstarting on :8080 for amd64\npanic: lost the licence",
      ],
    },
    {
      name: "a wrong port",
      smoke: { ...quick, env: { ADDRESS: ":8081" } },
      says: [
        "got on linux/amd64: nothing answers on port 8080 within 6 s: it listens on 8081.",
        "--- log of linux/amd64 ---\nstarting on :8081 for amd64",
      ],
    },
    {
      name: "a crash on arm64 alone",
      smoke: { platforms: BOTH, env: { CRASH_ON: "arm64" } },
      platforms: BOTH,
      says: [
        /expected the image to start on linux\/arm64, got on linux\/arm64: it crashed after [\d.]+ s with exit code 9\./,
        "--- log of linux/arm64 ---\nstarting on :8080 for arm64\nno plugin for arm64",
      ],
    },
  ])("is refused before the push: $name", async ({ says, name: _, ...rest }) => {
    const before = git.refs()
    const { record } = await run(rest)
    expect(record.failure).toMatchObject({ stage: "smoke", code: "SMOKE_FAILED" })
    expect(record).toMatchObject({ ok: false, tests: { status: "passed" }, smoke: { status: "failed" } })
    for (const text of says) expect(record.failure?.message).toMatch(text)
    expect(record.published).toBeUndefined()
    expect(Object.keys(await registry.snapshot())).not.toContain("team/none")
    expect(git.refs()).toBe(before)
  })
})

describe("an image that starts", () => {
  test.concurrent("ships, and plan shows how it is started", async () => {
    const smoke = { path: "/", status: 404, env: { MODE: "smoke" } }
    const plan = await planAll(source(GOOD), { kind: "image", options: await options({ smoke }) })
    expect(plan).toContain(
      "smoke      linux/amd64  GET / on port 8080 must return 404 within 60 s, and it is still up after 5 s",
    )
    const { record, smoke: outcome } = await run({ smoke, name: "good" })
    expect(record.failure).toBeUndefined()
    expect(record.smoke).toMatchObject({ status: "passed", platforms: [{ platform: "linux/amd64" }] })
    expect(outcome).toMatchObject({ platforms: [{ log: "starting on :8080 for amd64\n" }] })
    expect((await registry.snapshot())["team/good"]).toHaveProperty("good")
  })

  test.concurrent("is started by a step alone, with its health check, a command and a service", async () => {
    const module = slipway()
    const dockerfile = `${GOOD}HEALTHCHECK CMD ["/server", "-h"]\n`
    const layout = await module.buildMultiArch(source(dockerfile), ["linux/amd64"])
    const smoke = (more: { command?: string; port?: number; env?: string[]; services?: string[] }) =>
      module.smoke(layout, undefined, undefined, more.command, more.port, undefined, [], more.env, more.services, [], 6)
    const [healthy, ended, served] = await Promise.allSettled([
      smoke({}),
      smoke({ command: "-h", env: ["CRASH_ON=amd64"] }),
      smoke({ port: 8080, services: ["cache=redis:8"] }),
    ])
    expect(healthy).toMatchObject({
      reason: { message: expect.stringContaining('its health check "/server -h" ended') },
    })
    expect(ended).toMatchObject({ reason: { message: expect.stringContaining("with exit code 9") } })
    expect(served).toEqual({
      status: "fulfilled",
      value: expect.stringMatching(
        /^linux\/amd64 {2}port 8080 answered after [\d.]+ s, and it was up after 5\.\d s\n$/,
      ),
    })
  })
})
