import { expect, test } from "vitest"
import { requireReadable } from "../../lib/dockerfile/readable.ts"
import { readDockerfile } from "../../lib/dockerfile/stages.ts"

const SEE = "See https://docs.docker.com/reference/dockerfile/ for what can stand there."
test.each([
  {
    name: "a base without its build arg",
    text: "ARG VARIANT\nFROM base:${VARIANT}",
    got: '"base:" as the image of FROM base:${VARIANT} (Dockerfile line 2: VARIANT has no value: pass --build-args=VARIANT=…, or build.args in slipway.yaml)',
  },
  {
    name: "a base out of two of them",
    text: "ARG A B\nFROM $A:$B",
    got: '":" as the image of FROM $A:$B (Dockerfile line 2: A, B have no value: pass --build-args=A=… --build-args=B=…, or build.args in slipway.yaml)',
  },
  {
    name: "a base whose variable belongs to a stage",
    text: "FROM x\nARG V=1\nFROM y:$V",
    got: '"y:" as the image of FROM y:$V (Dockerfile line 3: V has no value: write ARG V above the first FROM)',
  },
  {
    name: "an image to copy from that is none",
    text: "FROM x\nCOPY --from=A:b:c / /",
    got: "COPY --from=A:b:c, which is neither a stage nor the name of an image (Dockerfile line 2)",
  },
  {
    name: "a variable where none is replaced",
    text: "ARG V=1\nFROM x\nCOPY --from=y:$V / /",
    got: "COPY --from=y:$V, where variables are not replaced (Dockerfile line 3: write FROM y:$V AS <name> and take from=<name>)",
  },
  {
    name: "a value that is demanded",
    text: "FROM x:${V:?which}",
    got: "FROM x:${V:?which}: V: which (Dockerfile line 1: V has no value: write ARG V above the first FROM)",
  },
  {
    name: "a demanded value that is declared",
    text: "ARG V\nFROM x:${V:?which}",
    got: "FROM x:${V:?which}: V: which (Dockerfile line 2: V has no value: pass --build-args=V=…, or build.args in slipway.yaml)",
  },
  {
    name: "a demanded value of an ARG",
    text: "ARG V\nARG W=${V:?}\nFROM x:$W",
    got: "ARG W=${V:?}: V: it may not be unset (Dockerfile line 2: V has no value: pass --build-args=V=…, or build.args in slipway.yaml)",
  },
  {
    name: "another fault beside a variable without a value",
    text: "ARG V\nFROM x:$V${W:!}",
    got: "FROM x:$V${W:!}: W has the unknown modifier :! (Dockerfile line 2)",
  },
  {
    name: "a platform that is none",
    text: "FROM --platform=no/such/thing/here x",
    got: "FROM --platform=no/such/thing/here: no platform (Dockerfile line 1)",
  },
  {
    name: "a platform without a value",
    text: "ARG P\nFROM --platform=$P x",
    got: "FROM --platform=$P (Dockerfile line 2: P has no value: pass --build-args=P=…, or build.args in slipway.yaml)",
  },
  {
    name: "a heredoc without end",
    text: "FROM x\nRUN <<EOF\nFROM y:",
    got: "a heredoc without its end, a line EOF (Dockerfile line 2)",
  },
  {
    name: "a comment behind a FROM",
    text: "FROM x # y",
    got: "FROM x # y, which is neither FROM <image> nor FROM <image> AS <name> (Dockerfile line 1)",
  },
])("refuses $name, with line and way out", ({ text, got }) => {
  const platforms = { target: "linux/arm64", build: "linux/amd64" }
  const file = readDockerfile(text, { platforms, buildArgs: {} })
  expect(() => requireReadable(file)).toThrow(
    `DOCKERFILE_INVALID: expected a Dockerfile that can be built, got ${got}. ${SEE}`,
  )
})
