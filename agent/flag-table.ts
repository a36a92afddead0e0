import { logLevels } from "./ports/log.ts"

export type Flag = {
  readonly name: string
  readonly env?: string
  readonly type: "text" | "port" | "seconds" | "wait" | "flag" | { readonly oneOf: readonly string[] }
  readonly fallback: string
  readonly help: string
}

/** Every flag that does something. */
export const flags = [
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
    name: "placement",
    env: "METALLB_PLACEMENT",
    type: { oneOf: ["hash", "balanced"] },
    fallback: "hash",
    help: "Who announces what: by hash as MetalLB, or balanced; the same on every node",
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
  {
    name: "ml-bindaddr",
    env: "METALLB_ML_BIND_ADDR",
    type: "text",
    fallback: "",
    help: "Own address in the member list; without it each node that Kubernetes calls ready counts",
  },
  {
    name: "ml-bindport",
    env: "METALLB_ML_BIND_PORT",
    type: "port",
    fallback: "7946",
    help: "Port of the member list, UDP and TCP, the same on every node",
  },
  {
    name: "ml-labels",
    env: "METALLB_ML_LABELS",
    type: "text",
    fallback: "app=metallb,component=speaker",
    help: "Labels of the pods of other speakers",
  },
  {
    name: "ml-secret-key-path",
    env: "METALLB_ML_SECRET_KEY_PATH",
    type: "text",
    fallback: "",
    help: "Folder with the file secretkey, which all speakers share",
  },
  {
    name: "ml-secret-name",
    env: "METALLB_ML_SECRET_NAME",
    type: "text",
    fallback: "",
    help: "The Secret itself: a controller makes it, a speaker without the file reads it (memberlist)",
  },
  {
    name: "ml-wan-config",
    type: "flag",
    fallback: "false",
    help: "Slow timers for the member list, for speakers that are far apart",
  },
  {
    name: "failback",
    env: "METALLB_FAILBACK",
    type: "wait",
    fallback: "10",
    help: "Seconds until a better node takes an address back: never, or 0 for at once",
  },
] as const satisfies readonly Flag[]

export type FlagName = (typeof flags)[number]["name"]

/** Flags that MetalLB's manifests and charts pass and that have nothing to switch here; true: takes no value of its own. */
export const accepted: Readonly<Record<string, boolean>> = {
  host: false,
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
