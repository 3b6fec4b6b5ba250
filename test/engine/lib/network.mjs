import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"

/**
 * Takes away what a stopped engine's containers left in this machine's network. An engine that was killed leaves rules,
 * a chain and a link for each of them, and iptables reads them all for every container that starts.
 */
export function clearNetwork({ network, subnet }) {
  for (const link of linksOf(network)) run("ip", ["link", "delete", link])
  for (const table of ["nat", "filter"]) {
    const saved = run("iptables-save", ["-t", table])
    const commands = leftovers(saved, { network, subnet })
    if (commands.length > 0) run("iptables-restore", ["--noflush"], [`*${table}`, ...commands, "COMMIT", ""].join("\n"))
  }
}

/** The commands for iptables-restore that delete one engine's rules and chains from what iptables-save printed. */
export function leftovers(saved, { network, subnet }) {
  const rules = saved.split("\n").filter((line) => line.startsWith("-A ") && isOf(line, { network, subnet }))
  const chains = rules.flatMap((line) => line.match(/ -j (CNI-[0-9a-f]{24})$/)?.[1] ?? [])
  const deleted = rules.map((line) => line.replace(/^-A /, "-D "))
  return [...deleted, ...chains.map((chain) => `-F ${chain}`), ...chains.map((chain) => `-X ${chain}`)]
}

// A rule of the bridge plugin's names the network; one of the firewall plugin's only has the container's address.
function isOf(line, { network, subnet }) {
  if (line.includes(`name: \\"${network}\\" id: `)) return true
  const [prefix] = subnet.split(".0.0/")
  return (
    line.startsWith("-A CNI-FORWARD ") &&
    new RegExp(` -[sd] ${prefix.replace(".", "\\.")}\\.\\d+\\.\\d+/32 `).test(line)
  )
}

/** The ends of containers' links on the engine's bridge; the bridge itself is used again. */
function linksOf(network) {
  try {
    return readdirSync(`/sys/class/net/${network}0/brif`)
  } catch {
    return []
  }
}

// What cannot be cleared only makes an engine slower; no engine is stopped for it.
function run(command, args, input) {
  return spawnSync(command, args, { encoding: "utf8", input, timeout: 60_000 }).stdout ?? ""
}
