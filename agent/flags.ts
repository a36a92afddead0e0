import { nearest } from "./core/config/nearest.ts"
import { type LogLevel, logLevels } from "./ports/log.ts"
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
  /** Flags and variables of MetalLB that were given and change nothing here. */
  readonly unused: readonly string[]
}

export type CommandLine =
  | { readonly kind: "run"; readonly options: Options }
  | { readonly kind: "query"; readonly socket: string; readonly question: string }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "mistake"; readonly message: string }

type Flag = {
  readonly name: string
  readonly env?: string
  readonly type: "text" | "port" | "seconds" | "flag" | { readonly oneOf: readonly string[] }
  readonly fallback: string
  readonly help: string
}

const flags = [
  { name: "mode", type: { oneOf: ["controller", "speaker"] }, fallback: "", help: "What this process is; required" },
  {
    name: "namespace",
    env: "METALLB_NAMESPACE",
    type: "text",
    fallback: "",
    help: "Where the configuration lives (default: the pod's own namespace, else metallb-system)",
  },
  {
    name: "node-name",
    env: "METALLB_NODE_NAME",
    type: "text",
    fallback: "",
    help: "Kubernetes' name of the node this speaker answers for; a speaker needs it",
  },
  { name: "pod-name", env: "METALLB_POD_NAME", type: "text", fallback: "", help: "Own pod (default: the host name)" },
  {
    name: "kubeconfig",
    type: "text",
    fallback: "",
    help: "Kubeconfig to use (default: KUBECONFIG, else the pod's service account, else ~/.kube/config)",
  },
  {
    name: "port",
    type: "port",
    fallback: "9120",
    help: "Port of /metrics, 0 for none; HTTPS, for readers whose token the cluster knows and allows",
  },
  {
    name: "metrics-plain",
    type: "flag",
    fallback: "false",
    help: "Serve /metrics in plain HTTP to anybody, on 127.0.0.1 only",
  },
  {
    name: "metrics-cert-dir",
    type: "text",
    fallback: "",
    help: "Folder with tls.crt and tls.key for /metrics, read again on change (default: a pair of its own)",
  },
  {
    name: "tls-min-version",
    type: "text",
    fallback: "VersionTLS13",
    help: "Oldest version of TLS for /metrics: VersionTLS12 or VersionTLS13",
  },
  {
    name: "tls-cipher-suites",
    type: "text",
    fallback: "",
    help: "Suites for TLS 1.2, by Go's names, with commas between them",
  },
  {
    name: "tls-curve-preferences",
    type: "text",
    fallback: "",
    help: "Groups for the key exchange, by IANA's numbers, with commas between them",
  },
  {
    name: "health-probe-port",
    type: "port",
    fallback: "17472",
    help: "Port of /healthz and /readyz, 0 for none; a speaker listens on 127.0.0.1 only",
  },
  {
    name: "lb-class",
    type: "text",
    fallback: "",
    help: "Serve services of this loadBalancerClass, instead of those that name none",
  },
  { name: "log-level", type: { oneOf: logLevels }, fallback: "info", help: `One of ${logLevels.join(", ")}` },
  {
    name: "leader-elect",
    type: "flag",
    fallback: "true",
    help: "Only one of several controllers acts; =false for one controller run by hand",
  },
  {
    name: "ignore-exclude-lb",
    type: "flag",
    fallback: "false",
    help: "Announce also from nodes labelled node.kubernetes.io/exclude-from-external-load-balancers",
  },
  {
    name: "refresh-interval",
    env: "METALLB_REFRESH_INTERVAL",
    type: "seconds",
    fallback: "60",
    help: "Seconds between announcements of an address that nobody asked for; 0 for never",
  },
  {
    name: "query-socket",
    type: "text",
    fallback: "/run/metallb/query.sock",
    help: "Where a speaker answers the plugin's questions, for its own user alone; empty for nowhere",
  },
  { name: "query", type: "text", fallback: "", help: "Ask the speaker on this host, print its answer and end" },
  { name: "bgp-listen-port", type: "port", fallback: "0", help: "Port that BGP peers may connect to, 0 for none" },
] as const satisfies readonly Flag[]

type FlagName = (typeof flags)[number]["name"]

/** Flags that MetalLB's manifests and charts pass and that have nothing to switch here; true: takes no value of its own. */
const accepted: Readonly<Record<string, boolean>> = {
  host: false,
  "ml-bindaddr": false,
  "ml-bindport": false,
  "ml-labels": false,
  "ml-secret-key-path": false,
  "ml-secret-name": false,
  "ml-wan-config": true,
  deployment: false,
  "webhook-mode": false,
  "webhook-secret": false,
  "webhook-http2": true,
  "cert-service-name": false,
  "cert-dir": false,
  "disable-cert-rotation": true,
  "pprof-bind-address": false,
  "bgp-debounce-timeout": false,
  "frrk8s-namespace": false,
  "frrk8s-secret-passthrough": true,
}

const byName = new Map<string, Flag>(flags.map(flag => [flag.name, flag]))
const allNames = [...byName.keys(), ...Object.keys(accepted), "help", "version"]

const check = (flag: Flag, value: string): string | undefined => {
  if (flag.type === "text") return undefined
  if (flag.type === "flag") return /^(true|false)$/.test(value) ? undefined : "allowed is true or false"
  if (flag.type === "port")
    return /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? undefined : "allowed is 0 to 65535"
  if (flag.type === "seconds")
    return /^\d{1,5}$/.test(value) && Number(value) <= 86_400 ? undefined : "allowed is 0 to 86400 seconds"
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
      metricsPlain: value("metrics-plain") === "true",
      metricsCertDir: value("metrics-cert-dir"),
      tls: tls.settings,
      refreshInterval: Number(value("refresh-interval")),
      querySocket: value("query-socket"),
      bgpListenPort: Number(value("bgp-listen-port")),
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
