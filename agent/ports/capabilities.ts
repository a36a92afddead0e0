import type { Addon, CapabilitySets } from "../native/addon.ts"

/** Numbers of linux/capability.h, for those that this program can use. */
const numbers = { CAP_NET_BIND_SERVICE: 10, CAP_NET_RAW: 13 } as const

export type Capability = keyof typeof numbers

/** What the calling thread may do: `effective` now, `permitted` once raised. Each in the order of the numbers. */
export type Capabilities = { readonly effective: readonly Capability[]; readonly permitted: readonly Capability[] }

/** What is held, without changing anything. */
export const heldCapabilities = (addon: Addon): Capabilities => named(addon.capsHeld())

/**
 * Makes effective what is permitted of CAP_NET_BIND_SERVICE and CAP_NET_RAW, and returns what is held then. A container that runs
 * as non-root starts with file capabilities permitted but not effective, so that it also starts where they are dropped.
 * A thread inherits from the one that starts it: call this before the first socket and the first worker.
 */
export const raiseCapabilities = (addon: Addon): Capabilities =>
  named(addon.capsRaise(Object.values(numbers).reduce((set, number) => set | bit(number), 0n)))

const bit = (number: number) => 1n << BigInt(number)

const named = ({ effective, permitted }: CapabilitySets): Capabilities => {
  const names = (set: bigint) =>
    Object.entries(numbers)
      .filter(([, number]) => (set & bit(number)) !== 0n)
      .map(([name]) => name as Capability)
  return { effective: names(effective), permitted: names(permitted) }
}
