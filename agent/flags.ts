import type { Placement } from "./core/announce/context.ts"
import { nearest } from "./core/config/nearest.ts"
import { parseAddress } from "./core/ip/parse.ts"
import { accepted, type Flag, type FlagName, flags } from "./flag-table.ts"
import type { LogLevel } from "./ports/log.ts"
import { readTls, type TlsSettings } from "./tls-flags.ts"

export type Mode = "controller" | "speaker"

export type Options = {
  readonly mode: Mode
  /** "" where neither flag nor environment names it: the pod's own, or the default. */
  readonly namespace: string
  readonly nodeName: string
  readonly podName: string
  readonly kubeconfig: string
  /** Metrics; 0 serves none. */
  readonly port: number
  /** /healthz and /readyz; 0 serves none. */
  readonly healthProbePort: number
  readonly lbClass: string
  readonly logLevel: LogLevel
  readonly leaderElect: boolean
  readonly ignoreExcludeLb: boolean
  readonly placement: Placement
  readonly metricsPlain: boolean
  /** "": the program makes its own certificate. */
  readonly metricsCertDir: string
  readonly tls: TlsSettings
  /** Seconds; 0 for no refreshes. */
  readonly refreshInterval: number
  /** BGP connections of peers; 0 takes none. */
  readonly bgpListenPort: number
  /** Unix socket that questions are answered on; "" for none. */
  readonly querySocket: string
  readonly memberList: MemberListOptions
  /** Flags and variables of MetalLB that were given and change nothing here. */
  readonly unused: readonly string[]
}

/** What a speaker settles with the others, and how. */
export type MemberListOptions = {
  /** "": there is none. */
  readonly bindAddress: string
  readonly bindPort: number
  readonly labels: string
  readonly secretFolder: string
  readonly secretName: string
  readonly wide: boolean
  /** Seconds; undefined for never. */
  readonly failback: number | undefined
}

export type CommandLine =
  | { readonly kind: "run"; readonly options: Options }
  | { readonly kind: "query"; readonly socket: string; readonly question: string }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "mistake"; readonly message: string }

const byName = new Map<string, Flag>(flags.map(flag => [flag.name, flag]))
const allNames = [...byName.keys(), ...Object.keys(accepted), "help", "version"]

const check = (flag: Flag, value: string): string | undefined => {
  if (flag.type === "text") return undefined
  if (flag.type === "flag") return /^(true|false)$/.test(value) ? undefined : "allowed is true or false"
  if (flag.type === "port")
    return /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? undefined : "allowed is 0 to 65535"
  if (flag.type === "seconds")
    return /^\d{1,5}$/.test(value) && Number(value) <= 86_400 ? undefined : "allowed is 0 to 86400 seconds"
  if (flag.type === "wait")
    return value === "never" || (/^\d{1,5}$/.test(value) && Number(value) <= 86_400)
      ? undefined
      : "allowed is never, or 0 to 86400 seconds"
  return flag.type.oneOf.includes(value) ? undefined : `allowed is ${flag.type.oneOf.join(", ")}`
}

/** Reads `--name=value`, `--name value` and, as Go programs do, the same with one dash. */
export const readCommandLine = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine => {
  const given = new Map<string, string>()
  const unused: string[] = []
  const mistake = (message: string): CommandLine => ({ kind: "mistake", message })
  const rest = [...args]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^--?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word)
    if (match === null) return mistake(`"${word}" is no flag; every setting is --name=value`)
    const name = match[1] ?? ""
    const inline = match[2]
    if (name === "help" || name === "h") return { kind: "help" }
    if (name === "version") return { kind: "version" }
    const flag = byName.get(name)
    const bare = flag === undefined ? accepted[name] : flag.type === "flag"
    if (bare === undefined) {
      const near = nearest(name, allNames)
      return mistake(`unknown flag --${name}${near === undefined ? "" : `; did you mean --${near}?`}`)
    }
    const value = inline ?? (bare ? "true" : rest.shift())
    if (value === undefined) return mistake(`--${name} needs a value`)
    if (flag === undefined) unused.push(`--${name}`)
    else given.set(name, value)
  }
  for (const { name, env: variable } of flags as readonly Flag[]) {
    const value = variable === undefined ? undefined : env[variable]
    if (value !== undefined && value !== "" && !given.has(name)) given.set(name, value)
  }
  for (const flag of flags) {
    const value = given.get(flag.name)
    const wrong = value === undefined ? undefined : check(flag, value)
    if (wrong !== undefined) return mistake(`--${flag.name}=${value}: ${wrong}`)
  }
  return finish(name => given.get(name) ?? byName.get(name)?.fallback ?? "", unused)
}

const finish = (value: (name: FlagName) => string, unused: readonly string[]): CommandLine => {
  if (value("query") !== "") return { kind: "query", socket: value("query-socket"), question: value("query") }
  const mode = value("mode")
  if (mode !== "controller" && mode !== "speaker")
    return { kind: "mistake", message: "--mode is missing: --mode=controller or --mode=speaker" }
  if (mode === "speaker" && value("node-name") === "")
    return {
      kind: "mistake",
      message: "--node-name is missing (or METALLB_NODE_NAME): a speaker answers for one node of the cluster",
    }
  const bindAddress = value("ml-bindaddr")
  if (bindAddress !== "" && parseAddress(bindAddress) === undefined)
    return { kind: "mistake", message: `--ml-bindaddr=${bindAddress}: allowed is an IP address of this node` }
  if (value("ml-bindport") === "0")
    return { kind: "mistake", message: "--ml-bindport=0: allowed is 1 to 65535, since the others have to know it" }
  const tls = readTls({
    minVersion: value("tls-min-version"),
    cipherSuites: value("tls-cipher-suites"),
    curves: value("tls-curve-preferences"),
  })
  if (!tls.ok) return { kind: "mistake", message: tls.message }
  return {
    kind: "run",
    options: {
      mode,
      namespace: value("namespace"),
      nodeName: value("node-name"),
      podName: value("pod-name"),
      kubeconfig: value("kubeconfig"),
      port: Number(value("port")),
      healthProbePort: Number(value("health-probe-port")),
      lbClass: value("lb-class"),
      logLevel: value("log-level") as LogLevel,
      leaderElect: value("leader-elect") === "true",
      ignoreExcludeLb: value("ignore-exclude-lb") === "true",
      placement: value("placement") === "balanced" ? "balanced" : "hash",
      metricsPlain: value("metrics-plain") === "true",
      metricsCertDir: value("metrics-cert-dir"),
      tls: tls.settings,
      refreshInterval: Number(value("refresh-interval")),
      querySocket: value("query-socket"),
      bgpListenPort: Number(value("bgp-listen-port")),
      memberList: {
        bindAddress,
        bindPort: Number(value("ml-bindport")),
        labels: value("ml-labels"),
        secretFolder: value("ml-secret-key-path"),
        secretName: value("ml-secret-name"),
        wide: value("ml-wan-config") === "true",
        failback: value("failback") === "never" ? undefined : Number(value("failback")),
      },
      unused,
    },
  }
}

/** What --help prints. */
export const helpText = (): string => {
  const width = Math.max(...flags.map(flag => flag.name.length)) + 4
  const rows = (flags as readonly Flag[]).map(flag => {
    const notes = [
      flag.fallback === "" ? "" : `default ${flag.fallback}`,
      flag.env === undefined ? "" : `environment ${flag.env}`,
    ].filter(note => note !== "")
    return `  --${flag.name.padEnd(width)}${flag.help}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`
  })
  return `The agent of kubectl-metallb: assigns addresses to services (controller) or announces them (speaker).

Examples:
  # One controller outside the cluster, with the current context of a kubeconfig
  node agent.cjs --mode=controller --kubeconfig=$HOME/.kube/config --leader-elect=false

  # The speaker of node n1, beside others on the same host
  node agent.cjs --mode=speaker --node-name=n1 --port=9121 --health-probe-port=17473

  # Only services with spec.loadBalancerClass: example.com/metal
  node agent.cjs --mode=controller --lb-class=example.com/metal

Flags:
${rows.join("\n")}

Accepted so that MetalLB's manifests start unchanged, without effect:
${wrap(Object.keys(accepted).map(name => `--${name}`))}
`
}

const wrap = (words: readonly string[]): string => {
  const lines: string[] = []
  let line = " "
  for (const word of words) {
    if (line.length + word.length > 100) {
      lines.push(line)
      line = " "
    }
    line += ` ${word}`
  }
  return [...lines, line].join("\n")
}
