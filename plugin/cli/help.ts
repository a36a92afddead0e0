import { wrap } from "../view/wrap.ts"
import type { Command, FlagSpec } from "./command.ts"
import { exitRows } from "./exit-codes.ts"
import { globalFlags } from "./flags.ts"
import { type Group, registry } from "./registry.ts"

/** Help fits a terminal of 100 columns. */
const helpWidth = 90

const groups: readonly Group[] = ["Install", "Addresses", "Nodes", "Routers", "Ask why", "This program"]

const widestName = Math.max(...registry.map(({ name }) => name.length))

/** The help of the program: examples first, for people who scroll. */
export const mainHelp = (): string =>
  [
    "LoadBalancer services for bare-metal clusters: install, pools, and answers to why.",
    "",
    "Examples:",
    ...examples([
      { does: "Install, with a first pool", line: "kubectl metallb install --pool public=192.168.1.11-192.168.1.13" },
      { does: "Give a deployment an address", line: "kubectl metallb expose deployment/web --port 80:8080" },
      { does: "Ask why a service has no address", line: "kubectl metallb why-ip web -n shop" },
    ]),
    ...groups.flatMap(group => [
      "",
      `${group}:`,
      ...pairs(
        registry.filter(entry => entry.group === group).map(({ name, summary }) => [name.padEnd(widestName), summary]),
      ),
    ]),
    "",
    "Usage:",
    "  kubectl metallb COMMAND [flags]",
    "",
    "Flags come after the word metallb; kubectl does not pass on those in front of it.",
    "Use 'kubectl metallb COMMAND --help' for the flags and exit codes of a command.",
  ].join("\n")

/** The help of one command. */
export const commandHelp = (command: Command): string =>
  [
    ...wrap(command.description, helpWidth),
    "",
    "Examples:",
    ...examples(command.examples),
    "",
    "Usage:",
    `  kubectl metallb ${[command.name, ...command.arguments, "[flags]"].join(" ")}`,
    ...(command.flags.length === 0 ? [] : ["", "Flags:", ...pairs(command.flags.map(flagRow))]),
    "",
    "Flags of every command:",
    ...pairs(globalFlags.map(flagRow)),
    "",
    "Exit codes:",
    ...pairs(exitRows(command.exits)),
  ].join("\n")

const examples = (list: Command["examples"]): readonly string[] =>
  list.flatMap(({ does, line }, index) => [...(index === 0 ? [] : [""]), `  # ${does}`, `  ${line}`])

const pairs = (rows: readonly (readonly [string, string])[]): readonly string[] => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`)
}

const flagRow = (flag: FlagSpec): readonly [string, string] => {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `
  const value = flag.value === undefined ? "" : flag.kind === "optional" ? `[=${flag.value}]` : ` ${flag.value}`
  const given =
    flag.default === undefined || flag.default === "" || flag.kind === "optional" ? "" : ` (default ${flag.default})`
  return [`${short}--${flag.name}${value}`, `${flag.summary}${given}`]
}
