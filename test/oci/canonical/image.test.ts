import { expect, test } from "vitest"
import { finishConfig, isBaseLayer } from "../../../lib/oci/canonical/image.ts"

const config = {
  architecture: "arm64",
  os: "linux",
  variant: "v8",
  created: "2026-11-25T05:00:00.123Z",
  config: { User: "65532", Labels: { "b.base": "kept", "a.mine": "old" } },
  rootfs: { type: "layers", diff_ids: ["sha256:old"] },
  history: [{ created: "2026-11-25T05:00:00.123Z", created_by: "import image layer sha256:aa" }],
}

test("every time is the commit's, every layer the new one, and the given labels win", () => {
  const finish = { created: "2026-01-02T03:04:05Z", labels: { "a.mine": "new" }, annotations: {} }
  expect(finishConfig(config, ["sha256:new"], finish)).toEqual({
    architecture: "arm64",
    os: "linux",
    variant: "v8",
    created: "2026-01-02T03:04:05Z",
    config: { User: "65532", Labels: { "a.mine": "new", "b.base": "kept" } },
    rootfs: { type: "layers", diff_ids: ["sha256:new"] },
    history: [{ created: "2026-01-02T03:04:05Z", created_by: "import image layer sha256:aa" }],
  })
})

test("without a time the engine's stay, and without labels none appear", () => {
  const bare = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: ["sha256:a"] } }
  expect(finishConfig(bare, ["sha256:a"], { labels: {}, annotations: {} })).toEqual({ ...bare, config: {} })
})

test.each([
  [{ created_by: "import image layer sha256:aa" }, true],
  [{ created_by: "COPY /out/app /app" }, false],
  [{}, false],
  [undefined, false],
])("%j came with the base image: %s", (history, base) => {
  expect(isBaseLayer(history)).toBe(base)
})
