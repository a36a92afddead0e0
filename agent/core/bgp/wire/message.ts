/**
 * The header of every message (RFC 4271 section 4.1):
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *   |                                                               |
 *   +                 marker (16 bytes, all ones)                   +
 *   |                                                               |
 *   +-------------------------------+---------------+---------------+
 *   | length with header, 19..4096  |     type      |   body ...
 *   +-------------------------------+---------------+
 */
export const headerLength = 19

export const messageTypes = { open: 1, update: 2, notification: 3, keepalive: 4, "route-refresh": 5 } as const

export type MessageType = keyof typeof messageTypes

/** One message as it was on the wire, its header checked. `body` is a view of what is behind the header. */
export type Message = { readonly type: MessageType; readonly body: Uint8Array }

/** RFC 4271 section 4, and RFC 8654 section 4 towards whoever announced to take extended messages. */
export const messageLimit = { standard: 4096, extended: 65_535 } as const

/** Least lengths by type (RFC 4271 section 4, RFC 2918 section 3); a KEEPALIVE is never longer either. */
export const leastLength: Readonly<Record<MessageType, number>> = {
  open: 29,
  update: 23,
  notification: 21,
  keepalive: headerLength,
  "route-refresh": 23,
}

const names = new Map<number, MessageType>(
  Object.entries(messageTypes).map(([name, number]) => [number, name as MessageType]),
)

/** Undefined for a type that this speaker does not know. */
export const messageTypeOf = (number: number): MessageType | undefined => names.get(number)

/** A whole message. The caller keeps it within the peer's limit: 16 bits hold no more than 65,535. */
export const encodeMessage = (type: MessageType, body: Uint8Array): Uint8Array => {
  const length = headerLength + body.length
  const bytes = new Uint8Array(length).fill(0xff, 0, 16)
  const view = new DataView(bytes.buffer)
  view.setUint16(16, length)
  view.setUint8(18, messageTypes[type])
  bytes.set(body, headerLength)
  return bytes
}

/** RFC 4271 section 4.4: the header alone. */
export const encodeKeepalive = (): Uint8Array => encodeMessage("keepalive", new Uint8Array(0))
