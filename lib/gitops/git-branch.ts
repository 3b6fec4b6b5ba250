import { quote, SlipwayError } from "../error.ts"

/** A branch's short name: "main", never "refs/heads/main". */
export type GitBranch = string & { readonly brand: "GitBranch" }

// https://git-scm.com/docs/git-check-ref-format, as what must not occur
const FORBIDDEN = /^[-/]|[\p{Cc} ~^:?*[\\]|\.\.|\/\/|@\{|(?:^|\/)\.|\.lock(?:\/|$)|[/.]$|^@$|^refs\//u

/** Refused at the edge, so that no option and no second ref can be smuggled into a refspec. */
export function parseGitBranch(text: string): GitBranch {
  if (text && !FORBIDDEN.test(text)) return text as GitBranch
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "the name of a branch, such as main",
    got: quote(text),
    fix: "Name the branch without refs/heads/; see `git help check-ref-format`.",
  })
}
