import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { type Endpoint, endpointKey } from "./endpoint.ts"
import type { Happening } from "./happening.ts"
import type { WireFault } from "./wire/fault.ts"

/** What a person is told: the code, and the facts that fill its sentences. `node` of a happening without one is this node. */
export type Explained = { readonly code: ReasonCode; readonly facts: Facts }

/** The code for something that happened, or undefined where nobody has to do anything about it. */
export const explainHappening = ({ what, about }: Happening, self: string): Explained | undefined => {
  switch (what) {
    case "member-dead":
      return { code: "ML380", facts: { node: about } }
    case "claim-conflicting-address":
      return { code: "ML382", facts: { node: about } }
    case "probe-answered-over-tcp-only":
      return { code: "ML383", facts: { node: about } }
    case "exchange-refused-versions":
      return { code: "ML384", facts: { node: about } }
    case "mode-changed":
      return about === "compatible" ? { code: "ML385", facts: { node: self } } : undefined
    case "paused":
      return { code: "ML386", facts: { node: self, time: about } }
    default:
      return undefined
  }
}

/** The code for bytes that were refused. */
export const explainFault = (fault: WireFault, from: Endpoint): Explained => ({
  code: fault.startsWith("cipher-") ? "ML381" : "ML387",
  facts: { peer: endpointKey(from), fault },
})
