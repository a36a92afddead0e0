import { ByteReader, ByteWriter } from "../../net/bytes.ts"
import type { WireFault } from "./fault.ts"
import { encodeMessage } from "./message.ts"

/**
 * NOTIFICATION (RFC 4271 section 4.5), behind the header; the session is over once it is sent:
 *
 *   +---------------+---------------+---------------//---------------+
 *   |   code (1)    |  subcode (1)  |  data, up to the end           |
 *   +---------------+---------------+---------------//---------------+
 */
export type Notification = { readonly code: number; readonly subcode: number; readonly data: Uint8Array }

export const ceaseCode = 6

/** Subcodes of Cease: RFC 4486 section 3, RFC 8538 section 3.1 (hard reset), RFC 9384 section 3 (BFD). */
export const cease = {
  maximumPrefixes: 1,
  administrativeShutdown: 2,
  peerDeconfigured: 3,
  administrativeReset: 4,
  connectionRejected: 5,
  otherConfigurationChange: 6,
  collision: 7,
  outOfResources: 8,
  hardReset: 9,
  bfdDown: 10,
} as const

export type CeaseSubcode = (typeof cease)[keyof typeof cease]

const longestBody = 4096 - 19

/** A whole message. Data that would not fit is cut off: it is only for people and logs. */
export const encodeNotification = ({ code, subcode, data }: Notification): Uint8Array => {
  const kept = data.subarray(0, longestBody - 2)
  return encodeMessage("notification", new ByteWriter(2 + kept.length).u8(code).u8(subcode).raw(kept).finish())
}

/** The body of a NOTIFICATION, 2 bytes or more. Codes that are not known are no error (RFC 4271 section 6.4). */
export const decodeNotification = (body: Uint8Array): Notification => {
  const reader = new ByteReader(body)
  return { code: reader.u8(), subcode: reader.u8(), data: reader.raw(reader.left).slice() }
}

export const notificationOf = ({ code, subcode, data }: WireFault): Notification => ({ code, subcode, data })

export const ceaseOf = (subcode: CeaseSubcode, data: Uint8Array = new Uint8Array(0)): Notification => ({
  code: ceaseCode,
  subcode,
  data,
})

/** RFC 8538 section 3.1: the routes go at once although both sides keep them over a NOTIFICATION; the reason is packed inside. */
export const hardReset = ({ code, subcode, data }: Notification): Notification =>
  ceaseOf(cease.hardReset, Uint8Array.of(code, subcode, ...data))

/** What a hard reset has inside; other notifications are what they are. */
export const unpacked = (notification: Notification): Notification => {
  const { code, subcode, data } = notification
  const isHard = code === ceaseCode && subcode === cease.hardReset && data.length >= 2
  return isHard ? decodeNotification(data) : notification
}

const longestText = 255
const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: false })

/** RFC 9003 section 2: a length and UTF-8, at most 255 bytes of it, cut between characters. "" says nothing. */
export const shutdownData = (text: string): Uint8Array => {
  if (text === "") return new Uint8Array(0)
  const bytes = encoder.encode(text)
  let end = Math.min(bytes.length, longestText)
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return Uint8Array.of(end, ...bytes.subarray(0, end))
}

/**
 * What the peer's operator wrote: of a shutdown or a reset, packed in a hard reset or not. Undefined where there is no text or its
 * length is wrong. It comes from the network, so what would steer a terminal is left out.
 */
export const shutdownText = (notification: Notification): string | undefined => {
  const { code, subcode, data } = unpacked(notification)
  const mayHaveText = subcode === cease.administrativeShutdown || subcode === cease.administrativeReset
  const [length] = data
  if (code !== ceaseCode || !mayHaveText || length === undefined || length === 0 || length > data.length - 1)
    return undefined
  const text = decoder.decode(data.subarray(1, 1 + length)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
  return text.trim() === "" ? undefined : text.trim()
}
