import { z } from "zod"
import type { WantedImage } from "./verdict.ts"

const Containers = z.array(z.object({ image: z.string().default("") })).default([])

/** The part of a workload that names its images. */
export const PodTemplate = z.object({
  spec: z.object({ containers: Containers, initContainers: Containers }),
})
export type PodTemplate = z.infer<typeof PodTemplate>

/** A workload that is scaled to zero has arrived, but nobody must read that as a release that runs. */
export const NO_PODS = "scaled to 0 replicas: its template has the image, and no pod runs it"

export function imagesOf({ spec }: PodTemplate): string[] {
  return [...spec.initContainers, ...spec.containers].map(({ image }) => image)
}

/** Content has one name everywhere, so a mirror's repository counts as well. */
export function carries(images: string[], { digest }: WantedImage): boolean {
  return images.some((image) => image.endsWith(`@${digest}`))
}

/** The others that have the wanted image's repository, whatever tag or digest. */
export function ofRepository(images: string[], { repository }: WantedImage): string[] {
  return images.filter((image) => image.replace(/@.*$/, "").replace(/:[^/:]+$/, "") === repository)
}
