import type { FlagSpec } from "./command.ts"

export const outputFormats = ["table", "wide", "json", "yaml", "name"] as const
export type OutputFormat = (typeof outputFormats)[number]

/** Flags that mean the same in every command. */
export const globalFlags: readonly FlagSpec[] = [
  { name: "kubeconfig", kind: "text", value: "FILE", summary: "Path to the kubeconfig file" },
  { name: "context", kind: "text", value: "NAME", summary: "Name of the kubeconfig context" },
  { name: "cluster", kind: "text", value: "NAME", summary: "Name of the kubeconfig cluster" },
  { name: "user", kind: "text", value: "NAME", summary: "Name of the kubeconfig user" },
  { name: "as", kind: "text", value: "NAME", summary: "User to impersonate" },
  { name: "as-group", kind: "texts", value: "NAME", summary: "Group to impersonate, may be repeated" },
  {
    name: "request-timeout",
    kind: "text",
    value: "TIME",
    default: "30s",
    summary: "How long one request may take, 0 for ever",
  },
  { name: "namespace", short: "n", kind: "text", value: "NAME", summary: "Namespace of your services" },
  {
    name: "install-namespace",
    kind: "text",
    value: "NAME",
    summary: "Namespace of the agents, found by itself if not given",
  },
  {
    name: "output",
    short: "o",
    kind: "text",
    value: "FORMAT",
    choices: outputFormats,
    default: "table",
    summary: "Output format: table, wide, json, yaml or name",
  },
  { name: "yes", short: "y", kind: "switch", summary: "Answer every question with yes" },
  { name: "quiet", short: "q", kind: "count", summary: "Results and errors only; twice: the exit code alone" },
  { name: "v", kind: "text", value: "N", default: "0", summary: "Log level on stderr, 6 shows the requests" },
  {
    name: "color",
    kind: "text",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    default: "auto",
    summary: "Colour: auto, always or never",
  },
  { name: "ascii", kind: "switch", summary: "Only ASCII characters" },
  { name: "help", short: "h", kind: "switch", summary: "Show this help" },
]

/** For commands that only read. */
export const snapshotFlag: FlagSpec = {
  name: "from-snapshot",
  kind: "text",
  value: "FILE",
  summary: "Read a saved cluster in the place of a live one",
}

export const allNamespacesFlag: FlagSpec = {
  name: "all-namespaces",
  short: "A",
  kind: "switch",
  summary: "Look at all namespaces",
}

export const dryRunFlag: FlagSpec = {
  name: "dry-run",
  kind: "optional",
  value: "WHERE",
  bare: "client",
  choices: ["none", "client", "server"],
  default: "none",
  summary: "Only show it (client), or let the server try it (server)",
}

export const timeoutFlag = (value: string): FlagSpec => ({
  name: "timeout",
  kind: "text",
  value: "TIME",
  default: value,
  summary: "How long to wait, such as 90s or 2m; 0 checks once",
})

export const waitFlag: FlagSpec = {
  name: "wait",
  kind: "switch",
  default: "true",
  summary: "Wait for it; --wait=false returns at once",
}

/** The values of one invocation's flags. Asking for a flag that the command does not have is a bug and throws. */
export class Flags {
  readonly #values: ReadonlyMap<string, readonly string[]>
  readonly #specs: ReadonlyMap<string, FlagSpec>

  /** Keys are the flags' names; a switch has "true" or "false", a counted flag one for each time. */
  constructor(specs: readonly FlagSpec[], values: ReadonlyMap<string, readonly string[]>) {
    this.#specs = new Map(specs.map(spec => [spec.name, spec]))
    this.#values = values
  }

  given(name: string): boolean {
    this.#spec(name)
    return this.#values.has(name)
  }

  /** A switch; "--wait=false" turns one off that is on by default. */
  on(name: string): boolean {
    return this.text(name) === "true"
  }

  count(name: string): number {
    this.#spec(name)
    return this.#values.get(name)?.length ?? 0
  }

  /** The last value given, else the default, else undefined. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1) ?? this.#spec(name).default
  }

  texts(name: string): readonly string[] {
    this.#spec(name)
    return this.#values.get(name) ?? []
  }

  get format(): OutputFormat {
    return outputFormats.find(format => format === this.text("output")) ?? "table"
  }

  #spec(name: string): FlagSpec {
    const spec = this.#specs.get(name)
    if (spec === undefined) throw new Error(`the command has no flag --${name}`)
    return spec
  }
}
