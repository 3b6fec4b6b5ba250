/** The page's look: readable in light and dark, on a phone and on paper. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #6a737d; --line: #d8dee4; --soft: #f4f6f8;
  --good: #1a7f37; --bad: #cf222e; --warn: #9a6700; --bar: #3b82c4 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #0d1117; --faint: #9198a1; --line: #30363d; --soft: #161b22; --good: #3fb950;
    --bad: #f85149; --warn: #d29922; --bar: #58a6ff }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
header { padding: 1.5rem max(1rem, calc(50% - 34rem)); border-bottom: 4px solid var(--good); background: var(--soft) }
header.failed { border-color: var(--bad) }
header.ok h1 { color: var(--good) }
header.failed h1 { color: var(--bad) }
a { color: var(--bar) }
h1 { margin: 0; font-size: 1.6rem }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line) }
main { padding: 0 max(1rem, calc(50% - 34rem)) 3rem }
code, pre, .ref { font-family: ui-monospace, monospace; font-size: .86em; overflow-wrap: anywhere }
.ref { margin: .3rem 0 0 }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .8rem; overflow-x: auto; white-space: pre-wrap }
.failure { border-left: 4px solid var(--bad) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--faint); font-weight: 600; font-size: .86em }
.stage { display: grid; grid-template-columns: 6rem 1fr 5rem; gap: .7rem; align-items: center; margin: .25rem 0 }
.track { background: var(--soft); border-radius: 4px; height: 1.1rem; position: relative }
.bar { background: var(--bar); border-radius: 4px; height: 100%; min-width: 3px; position: absolute; opacity: .85 }
.bar.failed { background: var(--bad) }
.bar.running { background: var(--faint); opacity: .5 }
.seconds { text-align: right; color: var(--faint); font-variant-numeric: tabular-nums }
.severity { font-weight: 600; color: var(--faint) }
.severity.critical, .severity.high, b { color: var(--bad) }
.severity.medium, .warnings { color: var(--warn) }
ul { padding-left: 1.2rem }
.checks { list-style: "✓  " }
.checks li::marker { color: var(--good) }
.added { color: var(--good) } .removed { color: var(--bad) } .hunk { color: var(--faint) }
`
