import { describe, expect, test } from "vitest"
import { policyFiles } from "../../lib/policy/policy-files.ts"
import { admissionOf, NOW } from "./admissions.ts"

const FILES = {
  validating: "kyverno/image-validating-policy.yaml",
  cluster: "kyverno/cluster-policy.yaml",
  controller: "policy-controller/cluster-image-policy.yaml",
  root: "policy-controller/trust-root.yaml",
}
type FileName = keyof typeof FILES
/** The comment lines on top of a file, as one text. */
const headOf = (name: string, file: FileName) => {
  const text = policyFiles(admissionOf(name), NOW)[FILES[file]] ?? ""
  return (text.match(/^(# .*\n)*/)?.[0] ?? "").replaceAll("\n# ", " ")
}

type Note = { says: string; file: FileName; told: string[]; untold: string[] }
const NOTES: Note[] = [
  {
    says: "It reads the older signature format only, which this image does not have: sign with --format=BOTH first.",
    file: "controller",
    told: ["a key and a bundle"],
    untold: ["a key and both forms", "a key and the older form", "an identity and a bundle"],
  },
  {
    says: "For Kyverno 1.19 or later. Earlier releases admit no image by a bundle that a key made (kyverno#16267): sign with --format=BOTH",
    file: "cluster",
    told: ["a key and a bundle"],
    untold: ["a key and both forms", "a key and the older form", "an identity and a bundle"],
  },
  {
    says: "Kyverno 1.19 warns that ClusterPolicy is deprecated and will be removed",
    file: "cluster",
    told: ["a key and a bundle", "a key and both forms", "an identity and a bundle"],
    untold: [],
  },
  {
    says: "The trusted root of a private Sigstore instance cannot stand in this kind, for a bundle",
    file: "cluster",
    told: ["a private instance with timestamps", "a private instance with both logs"],
    untold: ["an identity and a bundle", "a private instance and the older form", "a key and a bundle"],
  },
  {
    says: "Kyverno 1.19.0 does not find a bundle made with a key (kyverno#17363): use 1.19.1 or later.",
    file: "validating",
    told: ["a key and a bundle", "a key and both forms"],
    untold: ["a key and the older form", "an identity and a bundle"],
  },
  {
    says: "Kyverno looks at bundles only, and takes any statement of the signer for a signature",
    file: "validating",
    told: ["a key and the older form", "an identity and the older form"],
    untold: ["a key and both forms", "a key and a bundle"],
  },
  {
    says: "an image that has the older format alone is refused",
    file: "validating",
    told: ["a key and both forms", "an identity and a bundle"],
    untold: ["a key and the older form"],
  },
  {
    says: "Kyverno reads Sigstore's public TUF repository before it looks at the trusted root below: in a cluster without internet, name a mirror of it in spec.attestors[0].cosign.tuf",
    file: "validating",
    told: ["a private instance with timestamps", "a private instance and the older form"],
    untold: ["an identity and a bundle", "a key and a bundle"],
  },
  {
    says: "takes the instance's keys from the TrustRoot in trust-root.yaml: apply both",
    file: "controller",
    told: ["a private instance with timestamps"],
    untold: ["an identity and a bundle", "a key and a bundle"],
  },
  {
    says: "Where a timestamp is asked for, policy-controller does not ask for the log's entry as well.",
    file: "controller",
    told: ["a private instance with timestamps and a log"],
    untold: ["a private instance with timestamps", "a private instance with a log"],
  },
  {
    says: "policy-controller 0.13 does not find a log by a key that stands in a TrustRoot when it reads a bundle, so no image is admitted",
    file: "controller",
    told: ["a private instance with a log", "a private instance with both logs"],
    untold: [
      ...["a private instance with timestamps", "a private instance with timestamps and a log"],
      ...["a private instance with both logs and the older form", "an identity and a bundle"],
    ],
  },
  ...(["controller", "root"] as const).map((file) => ({
    says: "Keys of the trusted root whose time is over were left out",
    file,
    told: ["a private instance whose keys were rotated"],
    untold: ["a private instance with timestamps"],
  })),
]

describe.each(NOTES)("$file: $says", ({ says, file, told, untold }) => {
  test.each(told)("stands on top for %s", (name) => expect(headOf(name, file)).toContain(says))
  if (untold.length > 0) {
    test.each(untold)("does not for %s", (name) => expect(headOf(name, file)).not.toContain(says))
  }
})
