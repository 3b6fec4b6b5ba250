import type { Repository } from "../oci/reference.ts"
import type { TagPattern } from "./tag-pattern.ts"

/** What a policy is for. */
export type PolicyTarget = { repository: Repository; harborProject?: number; manifestsPerImage: number }

/** A policy as the registry takes it, how it is put there, and what it cannot say. */
export type Policy = { document: unknown; apply: string; notes: string[] }

/** No registry knows what runs: what is deployed has a tag of this kind, which every policy keeps for ever. */
export const IN_USE = "in-use-*" as TagPattern
/** Where clients keep signatures and attestations without the referrers API; an image they belong to is never asked for. */
export const COMPANIONS = "sha256-*" as TagPattern
