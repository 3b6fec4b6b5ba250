import { CACHE_DIR, nearestText, type Project, type Recipe, type Runner } from "./runner.ts"

/** https://doc.rust-lang.org/cargo/commands/cargo-test.html */
export const RUST: Runner = {
  name: "rust",
  looksFor: "Cargo.toml",
  reads: ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "rust-toolchain"],
  plan,
}

function plan(project: Project): Recipe | undefined {
  const { "Cargo.toml": manifest, "Cargo.lock": lock } = project.text
  if (manifest === undefined) return undefined
  const members = /^\[workspace\]/m.test(manifest) ? " --workspace" : ""
  return {
    image: `rust:${rustVersion(nearestText(project, "rust-toolchain.toml", "rust-toolchain"))}`,
    commands: [`cargo test${members}${lock === undefined ? "" : " --locked"}`],
    env: { CARGO_HOME: `${CACHE_DIR}/cargo`, CARGO_TARGET_DIR: `${CACHE_DIR}/target`, CARGO_TERM_COLOR: "never" },
    lockFiles: ["Cargo.lock", "Cargo.toml"],
    exclude: ["target"],
  }
}

/** The pinned release; rustup installs a channel ("stable", "nightly"), which has no image, into the newest one. */
export function rustVersion(toolchain = ""): string {
  return toolchain.match(/(?:^|channel\s*=\s*["'])\s*(1\.\d+(?:\.\d+)?)/m)?.[1] ?? "1"
}
