import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"

/**
 * Removes what the containers of a stopped engine left in this machine's network. A killed engine leaves rules, a chain and
 * a link for each container, and iptables reads them all whenever a container starts.
 */
export function clearNetwork({ network, subnet }) {
  for (const link of linksOf(network)) run("ip", ["link", "delete", link])
  for (const table of ["nat", "filter"]) {
    const saved = run("iptables-save", ["-t", table])
    const commands = leftovers(saved, { network, subnet })
    if (commands.length > 0) run("iptables-restore", ["--noflush"], [`*${table}`, ...commands, "COMMIT", ""].join("\n"))
  }
}

/** The commands for iptables-restore that delete one engine's rules and chains from the output of iptables-save. */
export function leftovers(saved, { network, subnet }) {
  const rules = saved.split("\n").filter((line) => line.startsWith("-A ") && isOf(line, { network, subnet }))
  const chains = rules.flatMap((line) => line.match(/ -j (CNI-[0-9a-f]{24})$/)?.[1] ?? [])
  const deleted = rules.map((line) => line.replace(/^-A /, "-D "))
  return [...deleted, ...chains.map((chain) => `-F ${chain}`), ...chains.map((chain) => `-X ${chain}`)]
}

// A rule of the bridge plugin names the network; one of the firewall plugin has only the container's address.
function isOf(line, { network, subnet }) {
  if (line.includes(`name: \\"${network}\\" id: `)) return true
  const [prefix] = subnet.split(".0.0/")
  return (
    line.startsWith("-A CNI-FORWARD ") &&
    new RegExp(` -[sd] ${prefix.replace(".", "\\.")}\\.\\d+\\.\\d+/32 `).test(line)
  )
}

/** The links of containers on the engine's bridge; the bridge is reused. */
function linksOf(network) {
  try {
    return readdirSync(`/sys/class/net/${network}0/brif`)
  } catch {
    return []
  }
}

// Leftovers only slow an engine down, so a failure here does not stop it.
function run(command, args, input) {
  return spawnSync(command, args, { encoding: "utf8", input, timeout: 60_000 }).stdout ?? ""
}
