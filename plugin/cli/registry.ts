import type { Command } from "./command.ts"

/** One line of the table of commands; the command itself is loaded when it is called or its help is asked for. */
export type Entry = {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly group: Group
  readonly load: () => Promise<Command>
}

export type Group = "Install" | "Addresses" | "Nodes" | "Routers" | "Ask why" | "This program"

export const registry: readonly Entry[] = [
  {
    name: "install",
    summary: "Check the cluster, install the agents and wait until they are ready",
    group: "Install",
    load: async () => (await import("../commands/install.ts")).install,
  },
  {
    name: "uninstall",
    summary: "Name the services that lose their address, then remove the agents",
    group: "Install",
    load: async () => (await import("../commands/uninstall.ts")).uninstall,
  },
  {
    name: "status",
    summary: "One screen, problems first",
    group: "Install",
    load: async () => (await import("../commands/status.ts")).status,
  },
  {
    name: "check",
    aliases: ["doctor", "lint"],
    summary: "Judge the configuration as the agents do, in the cluster or in files",
    group: "Install",
    load: async () => (await import("../commands/check.ts")).check,
  },
  {
    name: "pools",
    aliases: ["pool", "pools list"],
    summary: "List the pools with used and free addresses",
    group: "Addresses",
    load: async () => (await import("../commands/pools-list.ts")).poolsList,
  },
  {
    name: "pools show",
    summary: "Show one pool and who holds its addresses",
    group: "Addresses",
    load: async () => (await import("../commands/pools-show.ts")).poolsShow,
  },
  {
    name: "pools add",
    summary: "Create or extend a pool, with its advertisement",
    group: "Addresses",
    load: async () => (await import("../commands/pools-add.ts")).poolsAdd,
  },
  {
    name: "pools rm",
    summary: "Remove a pool or a range of it",
    group: "Addresses",
    load: async () => (await import("../commands/pools-rm.ts")).poolsRm,
  },
  {
    name: "pools drain",
    summary: "Give no new address from a pool; what is held stays",
    group: "Addresses",
    load: async () => (await import("../commands/pools-drain.ts")).poolsDrain,
  },
  {
    name: "pools undrain",
    summary: "Give addresses from a draining pool again",
    group: "Addresses",
    load: async () => (await import("../commands/pools-drain.ts")).poolsUndrain,
  },
  {
    name: "pools unquarantine",
    summary: "Let an address be given again that another machine answered for",
    group: "Addresses",
    load: async () => (await import("../commands/pools-unquarantine.ts")).poolsUnquarantine,
  },
  {
    name: "pools import",
    summary: "Turn the ConfigMap of MetalLB before 0.13 into resources",
    group: "Addresses",
    load: async () => (await import("../commands/pools-import.ts")).poolsImport,
  },
  {
    name: "expose",
    summary: "Make a LoadBalancer service and wait until it answers",
    group: "Addresses",
    load: async () => (await import("../commands/expose.ts")).expose,
  },
  {
    name: "peers",
    aliases: ["peer", "peers list"],
    summary: "List the BGP sessions of every node, with what keeps them down",
    group: "Routers",
    load: async () => (await import("../commands/peers.ts")).peers,
  },
  {
    name: "peers show",
    summary: "Show the sessions with one BGP peer, node by node",
    group: "Routers",
    load: async () => (await import("../commands/peers.ts")).peersShow,
  },
  {
    name: "router-config",
    summary: "Write what a router needs to take the cluster's BGP sessions",
    group: "Routers",
    load: async () => (await import("../commands/router-config.ts")).routerConfig,
  },
  {
    name: "drain",
    summary: "Move every address off a node, without a lost request",
    group: "Nodes",
    load: async () => (await import("../commands/drain.ts")).drain,
  },
  {
    name: "undrain",
    summary: "Let a drained node announce again",
    group: "Nodes",
    load: async () => (await import("../commands/undrain.ts")).undrain,
  },
  {
    name: "why-ip",
    summary: "Say why a service has its address and node, or why not",
    group: "Ask why",
    load: async () => (await import("../commands/why-ip.ts")).whyIp,
  },
  {
    name: "history",
    summary: "Who announced an address, when that changed and why",
    group: "Ask why",
    load: async () => (await import("../commands/history.ts")).history,
  },
  {
    name: "explain",
    summary: "What a code means and how to fix it, offline",
    group: "Ask why",
    load: async () => (await import("../commands/explain.ts")).explain,
  },
  {
    name: "version",
    summary: "Versions of the plugin and of what runs in the cluster",
    group: "This program",
    load: async () => (await import("../commands/version.ts")).version,
  },
]

/** All names a user may type, for the table of suggestions. */
export const commandNames = (): readonly string[] => registry.map(({ name }) => name)

/** The longest entry whose name or alias begins the words, and the words after it. */
export const findCommand = (
  words: readonly string[],
): { readonly entry: Entry; readonly rest: readonly string[] } | undefined => {
  const two = words.slice(0, 2).join(" ")
  const one = words[0] ?? ""
  const named = (name: string) => registry.find(entry => entry.name === name || entry.aliases?.includes(name))
  const long = words.length > 1 ? named(two) : undefined
  if (long !== undefined) return { entry: long, rest: words.slice(2) }
  const short = named(one)
  return short === undefined ? undefined : { entry: short, rest: words.slice(1) }
}
