import { expect, test } from "vitest"

const { leftovers } = await import(new URL("./lib/network.mjs", import.meta.url).href)

const instance = { network: "dagger", subnet: "10.87.0.0/16" }
const chain = "CNI-d8a27c17f56527c8881755fe"
const other = "CNI-00308df7438c64fe18288bc8"

test("removes the rules of an engine's containers, and then their chains", () => {
  const saved = [
    ":POSTROUTING ACCEPT [0:0]",
    `:${chain} - [0:0]`,
    `-A POSTROUTING -s 10.87.0.73/32 -m comment --comment "name: \\"dagger\\" id: \\"abc\\"" -j ${chain}`,
    `-A ${chain} -d 10.87.0.0/16 -m comment --comment "name: \\"dagger\\" id: \\"abc\\"" -j ACCEPT`,
  ].join("\n")
  expect(leftovers(saved, instance)).toEqual([
    `-D POSTROUTING -s 10.87.0.73/32 -m comment --comment "name: \\"dagger\\" id: \\"abc\\"" -j ${chain}`,
    `-D ${chain} -d 10.87.0.0/16 -m comment --comment "name: \\"dagger\\" id: \\"abc\\"" -j ACCEPT`,
    `-F ${chain}`,
    `-X ${chain}`,
  ])
})

test("removes the firewall rules of the engine's addresses", () => {
  const saved = "-A CNI-FORWARD -d 10.87.0.73/32 -m conntrack -j ACCEPT\n-A CNI-FORWARD -s 10.87.0.73/32 -j ACCEPT"
  expect(leftovers(saved, instance)).toHaveLength(2)
})

test.each([
  [
    "another engine's container",
    `-A POSTROUTING -s 10.88.0.2/32 -m comment --comment "name: \\"b\\" id: \\"abc\\"" -j ${other}`,
  ],
  ["an address outside its network", "-A CNI-FORWARD -s 10.187.0.73/32 -j ACCEPT"],
  ["another program's rule", "-A FORWARD -s 10.87.0.73/32 -j DROP"],
  ["a policy", ":FORWARD DROP [0:0]"],
])("keeps %s", (_, line) => {
  expect(leftovers(line, instance)).toEqual([])
})
