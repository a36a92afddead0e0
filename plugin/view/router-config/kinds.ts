import { birdConfig } from "./bird.ts"
import { frrConfig } from "./frr.ts"
import { opnsenseConfig } from "./opnsense.ts"
import { routerosConfig } from "./routeros.ts"
import type { RouterSide } from "./side.ts"
import { vyosConfig } from "./vyos.ts"

/** Routers whose configuration can be written, by the word of the command line. */
export const routerKinds = {
  frr: { write: side => frrConfig(side), forbidden: /[^\x20-\x7e]/ },
  bird: { write: side => birdConfig(side), forbidden: /[^\x20-\x7e]|"/ },
  vyos: { write: side => vyosConfig(side), forbidden: /[^\x20-\x7e]|'/ },
  routeros: { write: side => routerosConfig(side), forbidden: /[^\x20-\x7e]/ },
  opnsense: { write: side => opnsenseConfig(side), forbidden: /[^\x20-\x7e]/ },
} as const satisfies Record<string, RouterKind>

type RouterKind = {
  readonly write: (side: RouterSide) => string
  /** What a password must not contain, since the router's syntax has no way to write it. */
  readonly forbidden: RegExp
}

export type RouterKindName = keyof typeof routerKinds

export const routerKindNames = Object.keys(routerKinds) as RouterKindName[]

export const isRouterKind = (word: string): word is RouterKindName => Object.hasOwn(routerKinds, word)
