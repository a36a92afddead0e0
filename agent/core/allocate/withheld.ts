import type { Address } from "../ip/address.ts"
import type { ObjectKey } from "../model.ts"
import type { Refusal } from "./eligible.ts"

/**
 * An address of a pool that a service is given only where it asks for it by name: a node carries it, or another machine
 * answers for it. One that is kept for services is given to these, with or without being asked for, and to nobody else.
 */
export type Withheld = Refusal & {
  readonly address: Address
  /** Another machine answers for it now, so nobody announces it: who was given it without asking for it moves on. */
  readonly contested: boolean
  readonly keptFor?: readonly ObjectKey[]
}
