/** `npm run bench -- NAME [--runs N] [--only PART] [--json]` */
import { parseArgs } from "node:util"
import { endOnSignals } from "../lab/started.ts"
import { Failure, sentence } from "../setup/failure.ts"
import type { Bench } from "./bench.ts"

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  allocate: async () => (await import("./allocate/allocate.ts")).allocate,
  "allocate-core": async () => (await import("./allocate-core.ts")).allocateCore,
  install: async () => (await import("./install.ts")).install,
  bgp: async () => (await import("./bgp/bgp.ts")).bgp,
  "bgp-core": async () => (await import("./bgp-core/bgp-core.ts")).bgpCore,
  idle: async () => (await import("./idle.ts")).idle,
  arp: async () => (await import("./arp.ts")).arp,
  service: async () => (await import("./service.ts")).service,
  requests: async () => (await import("./requests.ts")).requests,
  quiet: async () => (await import("./quiet.ts")).quiet,
  soak: async () => (await import("./soak/soak.ts")).soak,
  failover: async () => (await import("./failover/failover.ts")).failover,
}

const help = async () => {
  const rows = await Promise.all(Object.values(benches).map(load => load()))
  return [
    "Measures what this project promises. Values are printed raw; nothing here fails for being slow. It ends with 1 where soak or failover saw two",
    "owners of an address for over 250 ms, or soak saw nobody answer for over 2.5 s where somebody could, or memory grow by over 3 MB.",
    "",
    "Usage: npm run bench -- NAME [--runs N] [--only PART]... [--services N] [--minutes N] [--json]",
    "",
    ...rows.map(b => `  ${b.name.padEnd(14)} ${b.summary}`),
    "",
    "With --json the last line of stdout is one JSON object.",
    "",
  ].join("\n")
}

/** A whole number from 1 to `most`, or undefined where the option was not given. Throws a Failure. */
const wholeNumber = (option: string, text: string | undefined, most: number): number | undefined => {
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new Failure(`--${option} ${text} cannot be used`, `give a whole number from 1 to ${most}`)
}

const main = async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: "string" },
      only: { type: "string", multiple: true },
      services: { type: "string" },
      minutes: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  })
  if (values.help === true) {
    process.stdout.write(await help())
    return
  }
  const [name] = positionals
  const load = name !== undefined && Object.hasOwn(benches, name) ? benches[name] : undefined
  if (load === undefined) {
    const what = name === undefined ? "a bench must be named" : `no bench is called ${JSON.stringify(name)}`
    throw new Failure(what, `npm run bench -- ${Object.keys(benches).join(" | ")}`)
  }
  const bench = await load()
  const only = values.only ?? []
  const stranger = bench.parts && only.find(part => !bench.parts?.includes(part))
  if (stranger !== undefined) {
    throw new Failure(`${bench.name} has no part ${JSON.stringify(stranger)}`, `one of: ${bench.parts?.join(", ")}`)
  }
  const options = {
    runs: wholeNumber("runs", values.runs, 10_000),
    only,
    services: wholeNumber("services", values.services, 10_000),
    minutes: wholeNumber("minutes", values.minutes, 24 * 60),
  }
  const result = await bench.run(options, line => process.stdout.write(`${line}\n`))
  if (values.json === true) process.stdout.write(`${JSON.stringify({ bench: bench.name, ...result })}\n`)
  const broken = result["broken"]
  if (Array.isArray(broken) && broken.length > 0) throw new Error(`promises were broken:\n  ${broken.join("\n  ")}`)
}

endOnSignals(line => process.stderr.write(`${line}\n`))
try {
  await main()
  process.exit(0)
} catch (error) {
  process.stderr.write(sentence(error))
  process.exit(error instanceof Failure ? 2 : 1)
}
