import { expect, test } from "vitest"
import { offlineDockerfile } from "../../lib/scan/offline-dockerfile.ts"

const plain = { args: ["trivy", "image"], variables: {}, folders: {}, volumes: {} }

test("runs the program alone, without a network", () => {
  expect(offlineDockerfile(plain)).toBe('ARG TOOL\nFROM $TOOL\nRUN --network=none ["trivy","image"]\n')
})

test("shows it folders of the context and volumes, which do not become part of the result", () => {
  const text = offlineDockerfile({
    ...plain,
    folders: { "/in/layout": "folder-0" },
    volumes: { "/cache": "slipway-trivy" },
  })
  expect(text).toContain(
    "RUN --network=none --mount=type=bind,source=folder-0,target=/in/layout" +
      ' --mount=type=cache,sharing=shared,id=slipway-trivy,target=/cache ["trivy","image"]',
  )
})

test("mounts nothing for reading and writing: the engine v0.21.8 ends by itself over a bind mount of that kind", () => {
  expect(offlineDockerfile({ ...plain, folders: { "/in": "folder-0" } })).not.toMatch(/,rw\b|readwrite/)
})

test.each([
  { value: "2026-11-25T05:22:16.93Z", line: 'ENV A="2026-11-25T05:22:16.93Z"' },
  { value: '$HOME "and" \\ more', line: 'ENV A="\\$HOME \\"and\\" \\\\ more"' },
])("the value $value stays as it is", ({ value, line }) => {
  expect(offlineDockerfile({ ...plain, variables: { A: value } }).split("\n")).toContain(line)
})
