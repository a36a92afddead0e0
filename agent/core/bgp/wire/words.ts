import { type Notification, shutdownText, unpacked } from "./notification.ts"

/** Names as the registries of IANA have them, in lower case: https://www.iana.org/assignments/bgp-parameters */
const codes: Readonly<Record<number, string>> = {
  1: "message header error",
  2: "OPEN message error",
  3: "UPDATE message error",
  4: "hold timer expired",
  5: "finite state machine error",
  6: "cease",
  7: "ROUTE-REFRESH message error",
  8: "send hold timer expired",
}

const subcodes: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  1: { 1: "connection not synchronized", 2: "bad message length", 3: "bad message type" },
  2: {
    1: "unsupported version number",
    2: "bad peer AS",
    3: "bad BGP identifier",
    4: "unsupported optional parameter",
    5: "authentication failure",
    6: "unacceptable hold time",
    7: "unsupported capability",
    11: "role mismatch",
  },
  3: {
    1: "malformed attribute list",
    2: "unrecognized well-known attribute",
    3: "missing well-known attribute",
    4: "attribute flags error",
    5: "attribute length error",
    6: "invalid ORIGIN attribute",
    8: "invalid NEXT_HOP attribute",
    9: "optional attribute error",
    10: "invalid network field",
    11: "malformed AS_PATH",
  },
  5: {
    1: "unexpected message in OpenSent",
    2: "unexpected message in OpenConfirm",
    3: "unexpected message in Established",
  },
  6: {
    1: "maximum number of prefixes reached",
    2: "administrative shutdown",
    3: "peer de-configured",
    4: "administrative reset",
    5: "connection rejected",
    6: "other configuration change",
    7: "connection collision resolution",
    8: "out of resources",
    9: "hard reset",
    10: "BFD down",
  },
  7: { 1: "invalid message length" },
}

/** A NOTIFICATION in one line: `cease, administrative shutdown: "back at noon" (6/2)`. */
export const notificationText = (notification: Notification): string => {
  const inner = unpacked(notification)
  const text = shutdownText(notification)
  const words = [
    inner === notification ? undefined : "hard reset",
    codes[inner.code] ?? "unknown error",
    subcodes[inner.code]?.[inner.subcode],
  ].filter(word => word !== undefined)
  return `${words.join(", ")}${text === undefined ? "" : `: "${text}"`} (${inner.code}/${inner.subcode})`
}
