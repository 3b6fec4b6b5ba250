import type { Directory } from "@dagger.io/dagger"
import { readSourceFile } from "../../config/file.ts"
import type { Run } from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import { type DigestRef, parseDigestRef } from "../../oci/reference.ts"
import { findSignature } from "../../sign/signature.ts"
import { renderSigner } from "../../sign/signer.ts"
import { splitImage } from "../overlay/verdict.ts"
import { type AdmissionRule, admissionRules, signerOfRule } from "./admission.ts"
import { containerImages, type KubeObject } from "./objects.ts"
import type { Checks } from "./options.ts"
import type { Violation } from "./violations.ts"

/** Reads the policies of a file, or of all YAML files in a folder. */
export async function readAdmission(tree: Directory, path: string): Promise<AdmissionRule[]> {
  const files = /\.ya?ml$/.test(path)
    ? [path]
    : (await tree.glob(`${path}/**/*.yaml`)).concat(await tree.glob(`${path}/**/*.yml`))
  const rules = await Promise.all(files.map(async (file) => admissionRules(await readSourceFile(tree, file), file)))
  if (rules.flat().length) return rules.flat()
  throw new SlipwayError("CHECKER_FAILED", {
    expected: `admission policies in ${path} of the GitOps repository`,
    got: "none",
    fix: "Set checks.admission to the file or folder that signature admission-policies wrote there.",
  })
}

type AdmissionRun = Pick<Checks, "tools" | "access"> & { run: Run }

/** The images that the cluster would refuse: each policy that matches one needs a signature by its signer. */
export async function refusedImages(
  objects: KubeObject[],
  rules: AdmissionRule[],
  context: AdmissionRun,
): Promise<Violation[]> {
  const refusals = new Map<string, Promise<string | undefined>>()
  const judge = (image: string, rule: AdmissionRule) => {
    const key = JSON.stringify([image, rules.indexOf(rule)])
    const judging = refusals.get(key) ?? refusal(image, rule, context)
    refusals.set(key, judging)
    return judging
  }
  const found = objects.flatMap(({ name, value }) =>
    [...new Set(containerImages(value))].flatMap((image) =>
      rules
        .filter((rule) => rule.matches(image))
        .map(async (rule): Promise<Violation[]> => {
          const reason = await judge(image, rule)
          if (reason === undefined) return []
          return [
            { check: "admission", resource: name, rule: rule.policy, message: `${image} is not admitted: ${reason}` },
          ]
        }),
    ),
  )
  return (await Promise.all(found)).flat()
}

/** Why a policy refuses an image; nothing if it admits it. A registry that does not respond is an error. */
async function refusal(image: string, rule: AdmissionRule, context: AdmissionRun): Promise<string | undefined> {
  const ref = refOf(image)
  if (!ref) return "it is not named by its digest, so its signature cannot be checked"
  const reasons: string[] = []
  for (const admitted of rule.signers) {
    const signer = signerOfRule(admitted)
    for (const format of rule.formats) {
      const { tools, run } = context
      const access = await context.access(ref)
      const options = { signer, format, access, run, cosignImage: tools.cosign, craneImage: tools.crane }
      const found = await findSignature(ref, { ...options, moment: `admission ${format}` })
      if (found.signed) return undefined
      reasons.push(`no signature by ${await renderSigner(signer)}`)
    }
  }
  return [...new Set(reasons)].join(", ")
}

function refOf(image: string): DigestRef | undefined {
  const { name, digest } = splitImage(image) ?? {}
  if (!name || !digest) return undefined
  try {
    return parseDigestRef(`${name}@${digest}`)
  } catch {
    return undefined
  }
}
