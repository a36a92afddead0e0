import { BfdChild, type SessionText } from "./bfd-child.ts"
import { type Chain, makeChain } from "./chain.ts"

/** 50 ms x 3. */
export const fast = { receiveInterval: 50, transmitInterval: 50 }
export const node = "10.81.1.1"
export const router = "10.81.1.254"

type Ends = { readonly ours: BfdChild; readonly theirs: BfdChild }

/** Our BFD at both ends of the first link, or of the whole chain. The chain is there for all tests of a file. */
export class BfdEnds {
  #chain: Chain | undefined
  #started: readonly BfdChild[] = []

  /** Made when it is first asked for. Needs root. */
  get chain(): Chain {
    this.#chain ??= makeChain()
    return this.#chain
  }

  /** `wrapper`: a command that runs ours. */
  start(
    mine: readonly SessionText[],
    other: readonly SessionText[],
    { host = "router", wrapper = [] }: { readonly host?: "router" | "peer"; readonly wrapper?: readonly string[] } = {},
  ): Ends {
    const ours = new BfdChild([...this.chain.enter("node"), ...wrapper], mine)
    this.#started = [ours]
    const theirs = new BfdChild(this.chain.enter(host), other)
    this.#started = [ours, theirs]
    return { ours, theirs }
  }

  /** A session "r" with the router, which calls it "n". */
  overOneHop(): Ends {
    return this.start([{ name: "r", peer: router, ...fast }], [{ name: "n", peer: node, ...fast }])
  }

  async end(): Promise<void> {
    await Promise.all(this.#started.map(child => child.kill()))
    this.#started = []
  }

  remove(): void {
    this.#chain?.remove()
  }
}
