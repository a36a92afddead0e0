/** `npm run bench -- NAME [--runs N] [--only PART] [--json]` */
import { parseArgs } from "node:util"
import type { Bench } from "./bench.ts"

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  "allocate-core": async () => (await import("./allocate-core.ts")).allocateCore,
  install: async () => (await import("./install.ts")).install,
  bgp: async () => (await import("./bgp/bgp.ts")).bgp,
  "bgp-core": async () => (await import("./bgp-core/bgp-core.ts")).bgpCore,
  idle: async () => (await import("./idle.ts")).idle,
}

const help = async () => {
  const rows = await Promise.all(Object.values(benches).map(load => load()))
  return [
    "Measures what this project promises. Values are printed raw; nothing here fails for being slow.",
    "",
    "Usage: npm run bench -- NAME [--runs N] [--only PART]... [--json]",
    "",
    ...rows.map(b => `  ${b.name.padEnd(12)} ${b.summary}`),
    "",
    "With --json the last line of stdout is one JSON object.",
    "",
  ].join("\n")
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string" },
    only: { type: "string", multiple: true },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
})
const name = positionals[0]
const load = name === undefined ? undefined : benches[name]
const runs = values.runs === undefined ? undefined : Number(values.runs)

if (values.help === true) {
  process.stdout.write(await help())
} else if (load === undefined) {
  process.stderr.write(
    `error: ${name === undefined ? "a bench must be named" : `no bench is called "${name}"`}\n  fix    npm run bench -- ${Object.keys(benches).join(" | ")}\n`,
  )
  process.exit(2)
} else if (runs !== undefined && !(Number.isInteger(runs) && runs >= 1 && runs <= 10_000)) {
  process.stderr.write(`error: --runs ${values.runs} is not a whole number from 1 to 10000\n`)
  process.exit(2)
} else {
  const bench = await load()
  const result = await bench.run({ runs, only: values.only ?? [] }, line => process.stdout.write(`${line}\n`))
  if (values.json === true) process.stdout.write(`${JSON.stringify({ bench: bench.name, ...result })}\n`)
  process.exit(0)
}
