import type { Api } from "./cluster/api.ts"
import type { EmbeddedFile } from "./cluster/embedded.ts"
import type { Environment, Terminal } from "./term/terminal.ts"

/** Everything outside a command's own code. main.ts builds the real one, tests build theirs. */
export type World = {
  readonly terminal: Terminal
  readonly env: Environment
  readonly clock: Clock
  /** Bytes that nobody can foretell. */
  readonly randomBytes: (length: number) => Uint8Array
  /** "v0.1.0". */
  readonly version: string
  readonly connect: (wishes: ConnectWishes) => Promise<Connection>
  /** "-" is standard input. */
  readonly readFile: (path: string) => Promise<string>
  readonly manifests: () => readonly EmbeddedFile[]
  readonly network: () => Promise<Network>
  /** Keeps the report of a bug where the user can find it and returns its path. */
  readonly saveReport: (text: string) => string
  /** Aborted by the first Ctrl-C; the second one ends the process. */
  readonly interrupted: AbortSignal
}

export type Clock = {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Rejects with Interrupted when the signal is aborted. */
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** What the user chose of the kubeconfig; undefined leaves the kubeconfig's own choice. */
export type ConnectWishes = {
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  readonly cluster: string | undefined
  readonly user: string | undefined
  readonly as: string | undefined
  readonly asGroups: readonly string[]
  readonly requestTimeoutMs: number
  /** Called after each request, for --v=6. */
  readonly log: ((line: string) => void) | undefined
  /** Called for each warning that the server sends. */
  readonly warn: (text: string) => void
}

export type Connection = {
  readonly api: Api
  readonly context: string
  /** Of the context; "default" where it names none. */
  readonly namespace: string
  readonly server: string
}

export type Network = {
  /** Whether an interface of this machine has an address in the same subnet. */
  readonly isLocal: (address: string) => boolean
  /** Opens a TCP connection and closes it again. */
  readonly reach: (address: string, port: number, timeoutMs: number) => Promise<Reached>
}

export type Reached = "answered" | "refused" | "silent"
