import type { Manner } from "../term/decide.ts"
import type { World } from "../world.ts"
import type { ExitCode, ExitName } from "./exit-codes.ts"
import type { Flags } from "./flags.ts"
import type { Output } from "./output.ts"

/** How a flag is written and what it takes. */
export type FlagSpec = {
  readonly name: string
  readonly short?: string
  /** "texts" may be given several times; "count" counts; "optional" takes a value only after "=", else `bare`. */
  readonly kind: "switch" | "text" | "texts" | "count" | "optional"
  /** Name of the value in the help, in capitals. */
  readonly value?: string
  /** What an "optional" flag means without a value. */
  readonly bare?: string
  readonly choices?: readonly string[]
  readonly default?: string
  /** Begins with a capital and has no full stop, as in kubectl. */
  readonly summary: string
}

export type Example = { readonly does: string; readonly line: string }

/** Everything about one command but its code's dependencies: those are imported when it runs. */
export type Command = {
  /** "pools add". */
  readonly name: string
  readonly summary: string
  readonly description: string
  /** "NAME", "[NAME]", "SERVICE|ADDRESS"; in order. */
  readonly arguments: readonly string[]
  readonly flags: readonly FlagSpec[]
  readonly examples: readonly Example[]
  readonly exits: readonly ExitName[]
  /** Whether it changes the cluster; reading commands also run on a saved snapshot. */
  readonly changes: boolean
  readonly run: (call: Call) => Promise<ExitCode>
}

/** One invocation of a command. */
export type Call = {
  readonly world: World
  readonly flags: Flags
  readonly arguments: readonly string[]
  readonly output: Output
  readonly manner: Manner
}
