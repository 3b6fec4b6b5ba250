// What a build costs, as ratios within one run: `eval "$(test/engine/up)"; npx tsx test/bench/build.ts`
import { connection, type Directory, dag } from "@dagger.io/dagger"
import { buildImage } from "../../lib/build/docker-build.ts"
import { toolImage } from "../e2e/slipway.ts"

const images = { nodeImage: toolImage("NODEIMAGE"), gitImage: toolImage("KUSTOMIZEIMAGE") }
/** Different in each run, so that "cold" is cold on an engine that has run this before. */
const RUN = String(Date.now())

type Sample = { name: string; seconds: number }

async function measure(name: string, source: Directory, platforms: string[]): Promise<Sample> {
  const start = Date.now()
  const { layout } = await buildImage(source, { platforms, ...images })
  await layout.sync()
  return { name, seconds: (Date.now() - start) / 1000 }
}

/** A TypeScript program: its dependency is installed and its sources are compiled on the build platform, or on the target. */
function typescript(platform: "native" | "emulated"): Directory {
  const from = platform === "native" ? "--platform=$BUILDPLATFORM " : ""
  const modules = Array.from({ length: 60 }, (_, at) => [
    `src/m${at}.ts`,
    `export const m${at} = (x: number): string => \`\${x + ${at}}\`\n`,
  ])
  return files({
    ...Object.fromEntries(modules),
    "package.json": JSON.stringify({ name: "bench", version: RUN, dependencies: { typescript: "5.9.3" } }),
    "tsconfig.json": JSON.stringify({ compilerOptions: { outDir: "out", skipLibCheck: true }, include: ["src"] }),
    Dockerfile: `FROM ${from}node:24 AS build
WORKDIR /app
COPY package.json .
RUN npm config set cafile /etc/ssl/certs/ca-certificates.crt && npm install --no-audit --no-fund
COPY . .
RUN npx tsc
FROM gcr.io/distroless/static-debian12:latest
COPY --from=build /app/out /app
`,
  })
}

function go({ line = "hello", dependency = "v1.6.0", mount = "" } = {}): Directory {
  return files({
    "go.mod": `module example.com/bench\n\ngo 1.26\n\nrequire github.com/google/uuid ${dependency}\n`,
    "main.go": `package main\n\nimport "github.com/google/uuid"\n\nfunc main() { println("${line} ${RUN}", uuid.NewString()) }\n`,
    Dockerfile: `FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod .
RUN echo ${RUN} && go mod download all
COPY . .
ARG TARGETOS TARGETARCH
RUN ${mount}go mod tidy && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .
FROM gcr.io/distroless/static-debian12:latest
COPY --from=build /app /app
`,
  })
}

function files(texts: Record<string, string>): Directory {
  return Object.entries(texts).reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
}

function print(title: string, samples: Sample[]): void {
  const base = samples[0]?.seconds ?? 1
  const rows = samples.map(
    ({ name, seconds }) => `| ${name} | ${seconds.toFixed(1)} s | ${(seconds / base).toFixed(2)} |`,
  )
  console.log([`\n| ${title} | time | ratio |`, "| --- | --- | --- |", ...rows].join("\n"))
}

await connection(async () => {
  const BOTH = ["linux/amd64", "linux/arm64"]
  const cached = [
    await measure("cold", go(), BOTH),
    await measure("no change", go(), BOTH),
    await measure("one line changed", go({ line: "changed" }), BOTH),
    await measure("a dependency changed", go({ dependency: "v1.5.0" }), BOTH),
  ]
  print("Go, two platforms", cached)
  const mount = `--mount=type=cache,id=bench-${RUN},target=/root/.cache/go-build `
  const mounted = [
    await measure("cold", go({ mount }), BOTH),
    await measure("one line changed", go({ mount, line: "changed" }), BOTH),
  ]
  print("the same, with a cache mount for the compiler", mounted)
  // the base images are here before the clock runs
  await Promise.all(
    ["linux/amd64", "linux/arm64"].map((platform) =>
      dag
        .container({ platform: platform as never })
        .from("node:24")
        .sync(),
    ),
  )
  const native = await measure("cross-compiled on the build platform", typescript("native"), ["linux/arm64"])
  const emulated = await measure("compiled under emulation", typescript("emulated"), ["linux/arm64"])
  print("TypeScript for linux/arm64", [native, emulated])
})
