import { FailOn } from "../../src/enums.ts"
import type { Exception, ExceptionOutcome } from "../scan/exception.ts"
import type { Finding } from "../scan/finding.ts"
import type { ImageOutcome } from "./scan-deployed.ts"

/** Whether a run succeeds. An image that was not scanned fails it whatever `failOn` is: nothing is known about it. */
export function isOk(images: ImageOutcome[], failOn: FailOn): boolean {
  return images.every(
    (image) => image.status === "scanned" && (failOn === FailOn.NONE || image.scan.verdict === "passed"),
  )
}

const NOTICE_DAYS = 14
const DAY = 86_400_000

/** An exception that ends soon, the days that are left, and the images whose findings it covers. */
export type EndingException = { exception: Exception; days: number; images: string[] }

/** What the exceptions do over all images; an exception is only unused if it matches no finding of any image. */
export type ExceptionSummary = { ending: EndingException[]; expired: Exception[]; unused: Exception[] }

type AppliedExceptions = { ref: string; exceptions: Pick<ExceptionOutcome, "applied"> }

/** `now` decides in days of UTC, as exceptions do: the day of `expires` itself no longer counts. */
export function summariseExceptions(all: Exception[], scans: AppliedExceptions[], now: Date): ExceptionSummary {
  const today = Date.parse(now.toISOString().slice(0, 10))
  const daysOf = ({ expires }: Exception) => Math.round((Date.parse(expires) - today) / DAY)
  const imagesOf = (exception: Exception) =>
    scans.flatMap(({ ref, exceptions }) => (exceptions.applied.some((one) => one.exception === exception) ? [ref] : []))
  const valid = all.filter((exception) => daysOf(exception) > 0)
  return {
    ending: valid
      .filter((exception) => daysOf(exception) <= NOTICE_DAYS)
      .map((exception) => ({ exception, days: daysOf(exception), images: imagesOf(exception) })),
    expired: all.filter((exception) => !valid.includes(exception)),
    unused: valid.filter((exception) => imagesOf(exception).length === 0),
  }
}

/** What removes a finding: another package, a newer base image that has that package, or something else. */
export type Fix = { kind: "package" | "base" | "image" | "none"; text: string }

/**
 * A package of the distribution usually comes with the base image, so a newer one may bring the fix; `bases` knows whether
 * it does.
 */
export function fixOf({ kind, layer, package: name, fixed }: Finding): Fix {
  switch (kind) {
    case "secret":
      return { kind: "image", text: "remove the secret, and rotate it" }
    case "misconfiguration":
      return { kind: "image", text: "change the image" }
    case "license":
      return { kind: "image", text: "replace the package" }
    case "vulnerability":
      if (fixed === "") return { kind: "none", text: "no fix yet" }
      if (layer === "os") return { kind: "base", text: `newer base image or package update: ${name} ${fixed}` }
      return { kind: "package", text: `package update: ${name} ${fixed}` }
  }
}
