import { expect, test } from "vitest"
import { parsePushTurn } from "../../lib/gitops/push-turn.ts"

const [ours, first, second] = ["a", "b", "c"].map((digit) => digit.repeat(40))
const head = "To git://git/deploy.git\n"

test.each([
  {
    name: "the first push",
    stdout: `tries 1\ncommit ${ours}\n${head} \tHEAD:refs/heads/main\t1111111..2222222\nDone\n`,
    turn: { commit: ours, tries: 1, overtaken: [], report: { status: "accepted", from: "1111111", to: "2222222" } },
  },
  {
    name: "a push after two others",
    stdout: `overtaken ${first}\novertaken ${second}\ntries 3\ncommit ${ours}\n${head} \tHEAD:refs/heads/main\t1111111..2222222\nDone\n`,
    turn: {
      ...{ commit: ours, tries: 3, overtaken: [first, second] },
      report: { status: "accepted", from: "1111111", to: "2222222" },
    },
  },
  {
    name: "a refusal",
    stdout: `tries 1\ncommit ${ours}\n${head}!\tHEAD:refs/heads/main\t[remote rejected] (pre-receive hook declined)\n`,
    turn: { commit: ours, tries: 1, overtaken: [], report: { status: "refused", reason: "pre-receive hook declined" } },
  },
  { name: "nothing at all", stdout: "", turn: { tries: 1, overtaken: [], report: { status: "unanswered" } } },
])("reads $name", ({ stdout, turn }) => expect(parsePushTurn(stdout)).toEqual(turn))
