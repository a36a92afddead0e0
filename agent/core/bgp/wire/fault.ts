/**
 * What can be wrong with what a peer sends, with the error code and subcode that its NOTIFICATION carries: RFC 4271 sections
 * 4.5 and 6, RFC 5492 section 5 (unsupported capability), RFC 6608 (unexpected message), RFC 7313 section 5 (route refresh),
 * RFC 9687 (send hold timer). Counted by name in the metrics, so each name is one cause.
 */
const table = {
  "header-marker": [1, 1],
  "header-length": [1, 2],
  "header-type": [1, 3],
  "open-parameter-form": [2, 0],
  "open-version": [2, 1],
  "open-peer-as": [2, 2],
  "open-identifier": [2, 3],
  "open-parameter-type": [2, 4],
  "open-hold-time": [2, 6],
  "open-capability": [2, 7],
  "update-attribute-list": [3, 1],
  "update-unrecognized": [3, 2],
  "update-missing": [3, 3],
  "update-flags": [3, 4],
  "update-length": [3, 5],
  "update-origin": [3, 6],
  "update-next-hop": [3, 8],
  "update-optional": [3, 9],
  "update-network": [3, 10],
  "update-as-path": [3, 11],
  "hold-timer": [4, 0],
  "unexpected-in-connect": [5, 0],
  "unexpected-in-open-sent": [5, 1],
  "unexpected-in-open-confirm": [5, 2],
  "unexpected-in-established": [5, 3],
  "refresh-length": [7, 1],
  "send-hold-timer": [8, 0],
} as const satisfies Record<string, readonly [number, number]>

export type FaultName = keyof typeof table

export const faultNames = Object.keys(table) as readonly FaultName[]

/** An error as its NOTIFICATION says it. `data` is what RFC 4271 section 6 wants in the data field, mostly nothing. */
export type WireFault = {
  readonly name: FaultName
  readonly code: number
  readonly subcode: number
  readonly data: Uint8Array
}

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: WireFault }

const nothing = new Uint8Array(0)

export const faultOf = (name: FaultName, data: Uint8Array = nothing): WireFault => {
  const [code, subcode] = table[name]
  return { name, code, subcode, data }
}

export const good = <T>(value: T): Read<T> => ({ ok: true, value })
export const bad = (name: FaultName, data?: Uint8Array): { readonly ok: false; readonly fault: WireFault } => ({
  ok: false,
  fault: faultOf(name, data),
})
