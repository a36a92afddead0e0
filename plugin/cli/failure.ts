import type { ReasonCode } from "../../agent/core/reasons.ts"
import type { ExitCode } from "./exit-codes.ts"

/** One thing that went wrong, in the user's words. */
export type Fault = {
  /** One line that stands alone: lower case, no full stop. */
  readonly message: string
  /** "server": the message is a whole sentence of the API server's, in kubectl's shape. */
  readonly from?: "server"
  readonly code?: ReasonCode
  /** The object and field, or the flag. */
  readonly where?: string
  /** The exact command or value. */
  readonly fix?: string
  /** How the command line should have been, printed as kubectl ends its usage errors. */
  readonly usageOf?: string
}

/** Ends a command with an exit code and what to say on stderr. All faults are shown, never only the first. */
export class Failure extends Error {
  readonly exit: ExitCode
  readonly faults: readonly Fault[]

  constructor(exit: ExitCode, ...faults: readonly Fault[]) {
    super(faults.map(fault => fault.message).join("; "))
    this.name = "Failure"
    this.exit = exit
    this.faults = faults
  }
}

/** Thrown where the user pressed Ctrl-C; what was half done is said by whoever catches it on the way. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted")
    this.name = "Interrupted"
  }
}

/** The lines of one fault: first a sentence that a log search finds, then where, fix and more. */
export const faultLines = (fault: Fault): readonly string[] => {
  const code = fault.code === undefined ? "" : ` [${fault.code}]`
  const first = fault.from === "server" ? `${fault.message}${code}` : `error: ${fault.message}${code}`
  const details = [
    ["where", fault.where],
    ["fix", fault.fix],
    ["more", fault.code === undefined ? undefined : `kubectl metallb explain ${fault.code}`],
  ] as const
  return [
    first,
    ...details.flatMap(([label, text]) =>
      text === undefined || text === ""
        ? []
        : text.split("\n").map((line, at) => `  ${(at === 0 ? label : "").padEnd(6)} ${line}`),
    ),
    ...(fault.usageOf === undefined ? [] : [`See '${fault.usageOf} -h' for help and examples`]),
  ]
}
