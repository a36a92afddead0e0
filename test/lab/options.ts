import { parseArgs } from "node:util"
import { Failure } from "../setup/failure.ts"
import type { ProxyMode } from "./node-config.ts"

/** A command line of the lab, taken apart: `words` before "--", `command` after it. */
export type CommandLine = {
  readonly words: readonly string[]
  readonly command: readonly string[]
  readonly lab: string
  readonly nodes: number
  readonly proxy: ProxyMode
  readonly keep: boolean
  readonly force: boolean
  readonly follow: boolean
  readonly help: boolean
}

/** Reads the arguments after the program's name; `environment` may name the lab in LAB. Throws a Failure for what is unknown. */
export function readCommandLine(args: readonly string[], environment: Readonly<Record<string, string | undefined>>) {
  const split = args.indexOf("--")
  const own = split < 0 ? args : args.slice(0, split)
  const { values, positionals } = parse(own)
  const proxy = values.proxy ?? "iptables"
  if (proxy !== "iptables" && proxy !== "nftables") {
    throw new Failure(`--proxy ${proxy} is not known`, "use --proxy iptables or --proxy nftables")
  }
  return {
    words: positionals,
    command: split < 0 ? [] : args.slice(split + 1),
    lab: values.lab ?? (environment["LAB"] || "lb"),
    nodes: values.nodes === undefined ? 4 : Number(values.nodes),
    proxy,
    keep: values.keep ?? false,
    force: values.force ?? false,
    follow: values.follow ?? false,
    help: values.help ?? false,
  } satisfies CommandLine
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        lab: { type: "string" },
        nodes: { type: "string" },
        proxy: { type: "string" },
        keep: { type: "boolean" },
        force: { type: "boolean" },
        follow: { type: "boolean", short: "f" },
        help: { type: "boolean", short: "h" },
      },
    })
  } catch (error) {
    const message = error instanceof Error ? error.message.split(". ")[0] : String(error)
    throw new Failure(
      `${message}`,
      "put -- before options of the command that is to be run; npm run lab -- --help shows the lab's own",
    )
  }
}
