import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Cable } from "./cable.ts"
import { afi, daemons, endsOf, outputOf } from "./daemons.ts"
import { noAdminDown } from "./lacks-shown.ts"
import { waitUntil } from "./patience.ts"
import { ownPrefix, type Router, type RouterKind, type RouterPlan, type SeenRoute } from "./router.ts"

/** `name`: of the session in its configuration. */
const createWith =
  (name: string, configure: typeof configuration) =>
  (cable: Cable, plan: RouterPlan): Router => {
    const { folder } = cable
    const { router, speaker } = endsOf(cable, plan)
    // What it makes of a range, for the first neighbour that comes.
    const session = plan.transport === "unnumbered" ? "dynbgp1" : name
    const processes = daemons(cable)
    const control = join(folder, "bird.ctl")
    const birdc = (...words: readonly string[]) => processes.run("birdc", "-r", "-s", control, ...words)
    const command = (...words: readonly string[]) => processes.run("birdc", "-s", control, ...words)
    const file = join(folder, "bird.conf")

    return {
      start: async () => {
        writeFileSync(file, configure(plan, router, speaker, join(folder, "bird.log")))
        processes.spawn("bird", ["bird", "-f", "-c", file, "-s", control, "-P", join(folder, "bird.pid")])
        await waitUntil("BIRD answers", async () => (await birdc("show", "status")).includes("up and running"))
      },
      isUp: async () => /BGP state:\s+Established/.test(await birdc("show", "protocols", "all", session)),
      routes: async () => routesOf(await birdc("show", "route", "all", "protocol", session)),
      refresh: () => command("reload", "in", session),
      shutDown: text => command("disable", session, `"${text}"`),
      says: async words =>
        words.test(await birdc("show", "protocols", "all", session)) ||
        words.test(readFileSync(join(folder, "bird.log"), "utf8")),
      signal: processes.signal,
      stop: processes.stop,
    }
  }

const configuration = (plan: RouterPlan, router: string, speaker: string, log: string): string => {
  const { asn, speakerAsn, families, connects, holdTime, password, ttlSecurity, gracefulRestart, bfd } = plan
  const isUnnumbered = plan.transport === "unnumbered"
  const isExtended = isUnnumbered || plan.extendedNextHop
  return `log "${log}" all;
debug protocols { states, events };
router id 10.79.0.2;
protocol device { scan time 1; }
protocol kernel { ipv4 { import none; export all; }; }
protocol kernel { ipv6 { import none; export all; }; }
${bfd === undefined ? "" : `protocol bfd { interface "*" { interval ${bfd} ms; multiplier 3; }; }`}
${plan.originates ? `protocol static { ipv4; route ${ownPrefix} blackhole; }` : ""}
${isUnnumbered ? 'protocol radv { interface "eth0" { min ra interval 3; max ra interval 4; default lifetime 0; }; }' : ""}
protocol bgp speaker {
  ${isUnnumbered ? `local as ${asn};` : `local ${router} as ${asn};`}
  ${isUnnumbered ? `neighbor range fe80::/10 as ${speakerAsn};\n  interface "eth0";` : `neighbor ${speaker} as ${speakerAsn};`}
  hold time ${holdTime};
  connect retry time 1;
  connect delay time 1;
  error wait time 1, 2;
  ${connects && !isUnnumbered ? "" : "passive on;"}
  ${password === undefined ? "" : `password "${password}";`}
  ${ttlSecurity ? "ttl security on;" : ""}
  graceful restart ${gracefulRestart ? "on" : "off"};
  ${bfd === undefined ? "" : "bfd on;"}
${families.map(family => `  ${afi(family)} { import all; export ${plan.originates ? "all" : "none"}; ${isExtended && family === "IPv4" ? "extended next hop on; " : ""}};`).join("\n")}
}
`
}

/** `show route all` writes a line for the route and indented ones for its attributes. */
const routesOf = (text: string): readonly SeenRoute[] => {
  const found: SeenRoute[] = []
  let prefix = ""
  let fields = new Map<string, string>()
  const finish = () => {
    if (prefix !== "") found.push(routeOf(prefix, fields))
    prefix = ""
  }
  for (const line of text.split("\n")) {
    const [, start] = /^([0-9a-f.:]+\/\d+)\s/.exec(line) ?? []
    const [, name = "", value = ""] = /^\s+(?:BGP\.)?(\w+):\s*(.*)$/.exec(line) ?? []
    if (start !== undefined) {
      finish()
      prefix = start
      fields = new Map()
    } else if (name !== "") fields.set(name, value)
  }
  finish()
  return found
}

const routeOf = (prefix: string, fields: ReadonlyMap<string, string>): SeenRoute => {
  const list = (name: string) =>
    [...(fields.get(name) ?? "").matchAll(/\(([^)]*)\)/g)].map(([, inner = ""]) => inner.replace(/\s*,\s*/g, ":"))
  return {
    prefix,
    nextHop: fields.get("next_hop")?.split(" ")[0] ?? "",
    asPath: (fields.get("as_path") ?? "")
      .split(" ")
      .filter(word => word !== "")
      .map(Number),
    communities: list("community"),
    large: list("large_community"),
    extended: list("ext_community"),
  }
}

export const bird: RouterKind = {
  name: "BIRD",
  version: async () => /version (\S+)/.exec(await outputOf("bird", "--version"))?.[1] ?? "",
  lacks: {
    "bfd off on purpose": noAdminDown,
  },
  create: createWith("speaker", configuration),
}

/** BIRD with a whole configuration for a plan; `name`: what the session is called there. */
export const birdGiven = (name: string, configure: typeof configuration): RouterKind => ({
  ...bird,
  create: createWith(name, configure),
})
