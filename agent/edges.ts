import type { Crypto } from "./core/crypto.ts"
import type { ParseYaml } from "./core/yaml/tree.ts"
import type { Clock } from "./ports/clock.ts"
import type { KubeClient } from "./ports/kube/client.ts"
import type { Log } from "./ports/log.ts"
import type { Metrics } from "./ports/metrics.ts"
import type { Questions } from "./ports/query-socket.ts"
import type { Random } from "./ports/random.ts"

/** The outside world as both modes see it: real in run.ts, virtual in tests. */
export type Edges = {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly log: Log
  readonly metrics: Metrics
  readonly client: KubeClient
  /** Loaded when the first ConfigMap is seen: most clusters have none. */
  readonly parseYaml: () => Promise<ParseYaml>
}

/** A mode at work. */
export type Running = {
  /** What it still waits for before it is ready, a line each. */
  readonly missing: () => readonly string[]
  /** What it answers to people who ask it; nothing where absent. */
  readonly questions?: Questions
  /** Ends within a second; what is under way is given that long. */
  readonly stop: () => Promise<void>
}
