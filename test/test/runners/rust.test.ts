import { expect, test } from "vitest"
import { RUST, rustVersion } from "../../../lib/test/runners/rust.ts"
import { projectOf } from "../project-of.ts"

test.each([
  { name: "a pinned release", text: '[toolchain]\nchannel = "1.79.0"\n', version: "1.79.0" },
  { name: "the old file format", text: "1.80\n", version: "1.80" },
  { name: "a channel", text: '[toolchain]\nchannel = "nightly"\n', version: "1" },
  { name: "nothing", text: undefined, version: "1" },
])("reads the Rust version for $name", ({ text, version }) => {
  expect(rustVersion(text)).toBe(version)
})

test.each([
  { name: "a package", files: { "Cargo.toml": "[package]\n" }, command: "cargo test" },
  {
    name: "a locked package",
    files: { "Cargo.toml": "[package]\n", "Cargo.lock": "" },
    command: "cargo test --locked",
  },
  { name: "a workspace", files: { "Cargo.toml": "[workspace]\n" }, command: "cargo test --workspace" },
])("tests $name", ({ files, command }) => {
  expect(RUST.plan(projectOf(files))).toMatchObject({ image: "rust:1", commands: [command] })
})

test("skips a project without Cargo.toml", () => {
  expect(RUST.plan(projectOf({ "main.rs": "" }))).toBeUndefined()
})
