import type { Address } from "../core/ip/address.ts"
import { listening } from "../core/probe/ask.ts"
import type { Evidence } from "../core/probe/frame.ts"
import {
  type KnownNodes,
  type ProbeEffect,
  type ProbeEvent,
  type ProbeLink,
  type Prober as ProberState,
  proberAtStart,
  type Target,
  type Verdict,
} from "../core/probe/state.ts"
import { step } from "../core/probe/step.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { Metrics } from "../ports/metrics.ts"
import type { Ears } from "./ears.ts"

/** Asks the link for addresses that nobody of the cluster has announced yet, on one timer and the sockets of the ears. */
export type Prober = {
  /** Everything that is to be asked for now. */
  readonly want: (targets: readonly Target[]) => void
  readonly nodes: (nodes: KnownNodes) => void
  readonly links: (links: readonly ProbeLink[]) => void
  readonly answered: (evidence: Evidence, interfaceName: string) => void
  readonly stop: () => void
}

export type Off = Extract<ProbeEffect, { kind: "off" }>

export type ProbeListener = {
  /** Given once for each address that was wanted. */
  readonly verdict: (address: Address, verdict: Verdict) => void
  /** A proxy answers on a link, so nothing is asked there for an hour. */
  readonly off: (off: Off) => void
}

export const createProber = (
  { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics },
  ears: Pick<Ears, "send" | "setQuestions">,
  listener: ProbeListener,
): Prober => {
  const sent = metrics.counter("metallb_layer2_probes_sent", "Questions for addresses before they are announced.")
  const checks = metrics.counter(
    "metallb_layer2_address_checks_total",
    "New addresses that were asked for before their first announcement, by what was found.",
  )
  let state: ProberState = proberAtStart
  let timer: Timer | undefined

  /** Whoever stood still reads what has arrived before silence is taken for an answer. */
  const tick = () => {
    timer = clock.after(0, () => take({ kind: "tick" }))
  }

  const take = (event: ProbeEvent) => {
    const now = clock.monotonic()
    const { next, effects, wakeAt } = step(state, event, now)
    state = next
    // Answers come fast: whoever asks listens already.
    ears.setQuestions(listening(state))
    timer?.cancel()
    timer = wakeAt === undefined ? undefined : clock.after(Math.max(0, wakeAt - now), tick)
    const refused: ProbeEvent[] = []
    for (const effect of effects) {
      if (effect.kind === "off") listener.off(effect)
      else if (effect.kind === "verdict") {
        checks.add({ verdict: effect.verdict.kind })
        listener.verdict(effect.address, effect.verdict)
      } else {
        const { interface: name, address, frame } = effect
        if (ears.send(name, address.family, frame)) sent.add({ interface: name })
        else refused.push({ kind: "refused", interface: name, address })
      }
    }
    for (const refusal of refused) take(refusal)
  }

  return {
    want: targets => {
      if (targets.length > 0 || state.subjects.size > 0) take({ kind: "want", targets })
    },
    nodes: nodes => take({ kind: "nodes", nodes }),
    links: links => take({ kind: "links", links }),
    answered: (evidence, interfaceName) => take({ kind: "heard", interface: interfaceName, ...evidence }),
    stop: () => timer?.cancel(),
  }
}
