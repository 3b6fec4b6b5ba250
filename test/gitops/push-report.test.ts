import { expect, test } from "vitest"
import { parsePushReport } from "../../lib/gitops/push-report.ts"

// Captured from git 2.39.5 with core.abbrev=no.
const head = "To git://git/deploy.git\n"
const [from, to] = ["97b1cf20939ce949a0d338433a4d0dc48fe608ba", "936daf405d14ccf9d14551ea312d9e2de712a20f"]

test.each([
  {
    name: "an accepted push",
    text: `${head} \tHEAD:refs/heads/main\t${from}..${to}\nDone\n`,
    report: { status: "accepted", from, to },
  },
  {
    name: "a new branch",
    text: `${head}*\tHEAD:refs/heads/x\t[new branch]\nDone\n`,
    report: { status: "accepted", from: "", to: "" },
  },
  {
    name: "nothing to do",
    text: `${head}=\tHEAD:refs/heads/main\t[up to date]\nDone\n`,
    report: { status: "up-to-date" },
  },
  {
    name: "a tip that moved",
    text: `${head}!\tHEAD:refs/heads/main\t[rejected] (fetch first)\nDone\n`,
    report: { status: "behind", reason: "fetch first" },
  },
  {
    name: "a tip that is known to have moved",
    text: `${head}!\tHEAD:refs/heads/main\t[rejected] (non-fast-forward)\nDone\n`,
    report: { status: "behind", reason: "non-fast-forward" },
  },
  {
    name: "a hook's no",
    text: `${head}!\tHEAD:refs/heads/main\t[remote rejected] (pre-receive hook declined)\nDone\n`,
    report: { status: "refused", reason: "pre-receive hook declined" },
  },
  {
    name: "a full disk",
    text: `${head}!\tHEAD:refs/heads/main\t[remote rejected] (unpacker error)\nDone\n`,
    report: { status: "refused", reason: "unpacker error" },
  },
  {
    name: "a lost race within the server",
    text: `${head}!\tHEAD:refs/heads/main\t[remote rejected] (cannot lock ref 'refs/heads/main': is at a but expected b)\nDone\n`,
    report: { status: "refused", reason: "cannot lock ref 'refs/heads/main': is at a but expected b" },
  },
  { name: "silence", text: "", report: { status: "unanswered" } },
  { name: "a connection that was cut", text: head, report: { status: "unanswered" } },
])("reads $name", ({ text, report }) => {
  expect(parsePushReport(text)).toEqual(report)
})
