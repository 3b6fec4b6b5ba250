import { expect, test } from "vitest"
import { endsHeredoc, heredocsOf } from "../../lib/dockerfile/heredoc.ts"

test.each([
  { name: "a word", line: "RUN <<EOF", names: ["EOF"] },
  { name: "a file's name", line: "COPY <<nginx.conf /etc/x", names: ["nginx.conf"] },
  { name: "a blank before the word", line: "RUN << EOF", names: ["EOF"] },
  { name: "a word in quotes", line: "RUN <<\"E O\" <<'F'", names: ["E O", "F"] },
  { name: "a word with a quote within", line: 'RUN <<E"O"F', names: ["EOF"] },
  { name: "one for a descriptor", line: "RUN cat 3<<EOF", names: ["EOF"] },
  { name: "none in quotes", line: 'RUN echo "<<EOF"', names: [] },
  { name: "none with an open quote in the line", line: "RUN echo don't <<EOF", names: [] },
  { name: "none of three", line: "RUN cat <<<EOF", names: [] },
  { name: "none without a word", line: "RUN cat <<", names: [] },
  { name: "none that is not its word's begin", line: "RUN x=1<<2a<<b", names: [] },
])("finds $name", ({ line, names }) => {
  expect(heredocsOf(line).map(({ name }) => name)).toEqual(names)
})

test.each([
  { line: "EOF", opened: "RUN <<EOF", ends: true },
  { line: "EOF\r", opened: "RUN <<EOF", ends: true },
  { line: " EOF", opened: "RUN <<EOF", ends: false },
  { line: "\tEOF", opened: "RUN <<EOF", ends: false },
  { line: "\t\tEOF", opened: "RUN <<-EOF", ends: true },
  { line: " EOF", opened: "RUN <<-EOF", ends: false },
])("$line after $opened: $ends", ({ line, opened, ends }) => {
  const [heredoc] = heredocsOf(opened)
  expect(heredoc && endsHeredoc(line, heredoc)).toBe(ends)
})
