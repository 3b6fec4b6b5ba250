import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { ecrPolicy } from "../../lib/retention/ecr.ts"
import { parseRules } from "../../lib/retention/rules.ts"

const target = {
  repository: parseRepository("1234.dkr.ecr.eu-central-1.amazonaws.com/team/app"),
  manifestsPerImage: 16,
}
const render = (keep: string[], untagged?: number) => ecrPolicy({ ...parseRules(keep, undefined), untagged }, target)
const rulesOf = (keep: string[], untagged?: number) =>
  (render(keep, untagged).document as { rules: { rulePriority: number; selection: Record<string, unknown> }[] }).rules

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html, and the template in
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html
const claimed = (pattern: string, rulePriority: number) => ({
  rulePriority,
  description: `${pattern}: for ever`,
  selection: { tagStatus: "tagged", tagPatternList: [pattern], countType: "imageCountMoreThan", countNumber: 999_999 },
  action: { type: "expire" },
})

test("protects images to keep for ever with the first rules, and expires the others by age or count", () => {
  expect(render(["pr-* days=7", "v* latest", "main-* last=20"], 14).document).toEqual({
    rules: [
      claimed("in-use-*", 1),
      claimed("sha256-*", 2),
      claimed("v*", 3),
      claimed("latest", 4),
      {
        rulePriority: 5,
        description: "pr-*: 7 days",
        selection: {
          tagStatus: "tagged",
          tagPatternList: ["pr-*"],
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: 7,
        },
        action: { type: "expire" },
      },
      {
        rulePriority: 6,
        description: "main-*: the last 20",
        selection: {
          tagStatus: "tagged",
          tagPatternList: ["main-*"],
          countType: "imageCountMoreThan",
          countNumber: 20,
        },
        action: { type: "expire" },
      },
      {
        rulePriority: 7,
        description: "untagged: 14 days",
        selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 },
        action: { type: "expire" },
      },
    ],
  })
})

test("keeps the order if a limited rule decides first", () => {
  const patterns = rulesOf(["v0-* days=7", "v*"]).map(({ selection }) => selection["tagPatternList"])
  expect(patterns.slice(2)).toEqual([["v0-*"], ["v*"]])
})

test("has a rule for untagged images only with untagged", () => {
  expect(rulesOf(["v*"]).some(({ selection }) => selection["tagStatus"] !== "tagged")).toBe(false)
})

test.each([
  { name: "two limits", keep: ["* last=20 days=30"], error: /which needs two alternative limits/ },
  {
    name: "a count that would include images of another rule",
    keep: ["v*", "* last=20"],
    error: /got "\*: the last 20", .*ECR would also count v\* and keep fewer images\. Use a pattern/,
  },
  { name: "five stars", keep: ["*a*b*c*d*"], error: /more than 4 \* in a pattern/ },
])("refuses $name with the reason", ({ keep, error }) => expect(() => render(keep)).toThrow(error))

test("accepts an overlapping age, because the first rule decides in ECR too", () => {
  expect(rulesOf(["v*", "* days=30"])).toHaveLength(4)
})

test("renders the command that applies the policy", () => {
  expect(render(["v*"]).apply).toContain("--repository-name team/app ")
})
