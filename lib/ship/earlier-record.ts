import type { Digest } from "../oci/reference.ts"
import type { AttestedStatement } from "../sign/verification.ts"
import { ReleaseRecord } from "./record.ts"

/** The record that an earlier run attested of a digest. One of another digest or of another version says nothing here. */
export function earlierRecord(statements: AttestedStatement[], digest: Digest): ReleaseRecord | undefined {
  const sha256 = digest.replace("sha256:", "")
  const about = statements.filter(({ subjects }) => subjects.some((subject) => subject.sha256 === sha256))
  for (const { predicate } of about.reverse()) {
    const record = ReleaseRecord.safeParse(predicate)
    if (record.success && record.data.image?.digest === digest) return record.data
  }
  return undefined
}
