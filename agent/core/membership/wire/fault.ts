/** Why bytes from the network were not taken. Counted by name in the metrics, so each name is one cause. */
export const wireFaults = [
  "truncated",
  "msgpack-type",
  "msgpack-depth",
  "msgpack-size",
  "field-type",
  "field-range",
  "field-length",
  "message-empty",
  "message-short",
  "message-type",
  "message-nesting",
  "message-count",
  "compression-algorithm",
  "compression-code",
  "compression-end",
  "compression-size",
  "checksum",
  "label-empty",
  "label-mismatch",
  "cipher-version",
  "cipher-short",
  "cipher-key",
  "cipher-padding",
  "cipher-missing",
  "cipher-unexpected",
  "stream-size",
] as const

export type WireFault = (typeof wireFaults)[number]

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: WireFault }

export const good = <T>(value: T): Read<T> => ({ ok: true, value })
export const bad = (fault: WireFault): { readonly ok: false; readonly fault: WireFault } => ({ ok: false, fault })
