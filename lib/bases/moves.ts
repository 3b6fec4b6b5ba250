import type { Severity } from "../../src/enums.ts"
import type { ResolvedBase } from "../dockerfile/base-images.ts"
import { type Digest, digestOf } from "../oci/reference.ts"
import { type MergedFinding, reaches } from "../scan/finding.ts"

/** Whether a platform's image differs between two digests of a base; unknown if the registry has removed the earlier one. */
export type PlatformMove = { platform: string; status: "changed" | "unchanged" | "unknown" }

/**
 * A base image of a release, and the digest that its tag has now. `fixes` are findings of the release that the newer
 * base does not have; undefined if they are not compared.
 */
export type BaseMove = { name: string; from: Digest } & (
  | { status: "pinned" | "unmoved" }
  | { status: "moved"; to: Digest; platforms: PlatformMove[]; fixes?: MergedFinding[] }
)
export type MovedBase = Extract<BaseMove, { status: "moved" }>

type PlatformDigest = { platform: string; digest: string }

/** Compares two layouts of a base. The digest of a platform in them only depends on that platform's image. */
export function comparePlatforms(before: PlatformDigest[], after: PlatformDigest[]): PlatformMove[] {
  return after.map(({ platform, digest }) => {
    const old = before.find((one) => one.platform === platform)?.digest
    return { platform, status: old === undefined ? "unknown" : old === digest ? "unchanged" : "changed" }
  })
}

/** A name with a digest names one image forever. */
export function isPinned(name: string): boolean {
  return name.includes("@")
}

/** Whether the digest is another one for a platform of the release: an index also moves for other platforms. */
export function isMoved(base: BaseMove): base is MovedBase {
  return base.status === "moved" && base.platforms.some(({ status }) => status !== "unchanged")
}

/** The platforms that have a newer image, or may have one. */
export function movedPlatforms({ platforms }: MovedBase): string[] {
  return platforms.filter(({ status }) => status !== "unchanged").map(({ platform }) => platform)
}

/** The findings at or above a severity that the newer bases fix. */
export function fixesAt(bases: BaseMove[], threshold: Severity): MergedFinding[] {
  return bases
    .flatMap((base) => (isMoved(base) ? (base.fixes ?? []) : []))
    .filter((one) => reaches(one.severity, threshold))
}

/** Hexadecimal digits that identify a set of base images in a tag. */
const ID_LENGTH = 10

/** The same name for the same digests of the same base images, in any order. */
export function basesId(bases: ResolvedBase[]): string {
  const lines = bases.map(({ name, digest }) => `${name} ${digest}`)
  return digestOf([...new Set(lines)].sort().join("\n")).slice("sha256:".length, "sha256:".length + ID_LENGTH)
}
