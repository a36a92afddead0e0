import type { Address } from "../ip/address.ts"
import type { Refusal } from "./eligible.ts"

/**
 * An address of a pool that a service is given only where it asks for it by name: a node carries it, or another machine
 * answers for it.
 */
export type Withheld = Refusal & {
  readonly address: Address
  /** Another machine answers for it now, so nobody announces it: who was given it without asking for it moves on. */
  readonly contested: boolean
}
