import assert from "node:assert/strict"
import { emptyFramer, push, take } from "../../agent/core/bgp/wire/framer.ts"
import { messageLimit } from "../../agent/core/bgp/wire/message.ts"
import { decodeNotification, shutdownText } from "../../agent/core/bgp/wire/notification.ts"
import { decodeRouteRefresh } from "../../agent/core/bgp/wire/refresh.ts"
import { notificationText } from "../../agent/core/bgp/wire/words.ts"
import { bytesOf, hexText } from "./bytes.ts"
import type { Target } from "./fuzz.ts"

const marker = "ff".repeat(16)

/** A stream of messages, NOTIFICATION and ROUTE-REFRESH above all: the same found whole and byte by byte, and texts that are safe. */
export const bgpStream: Target = {
  name: "bgp-stream",
  corpus: [
    `${marker} 0013 04 ${marker} 0015 03 0602 ${marker} 0017 05 0001 00 01`,
    `${marker} 0023 03 0602 0d 6261636b206174206e6f6f6e`,
    `${marker} 001a 03 0609 0602 02 6869 ${marker} 0017 05 0002 01 01`,
    `${marker} 0018 05 0001 02 01 00`,
  ].map(hexText),
  pieces: [marker, "0013 04", "0015 03", "0017 05", "ffff", "0602", "0609", "e2 80 ae", "1b 5b", "00", "c3 28"].map(
    hexText,
  ),
  check: text => {
    const stream = bytesOf(text)
    const whole = readAll([stream])
    assert.deepEqual(readAll(Array.from(stream, byte => Uint8Array.of(byte))), whole)
    for (const { type, body } of whole.messages) {
      if (type === "route-refresh") {
        const reading = decodeRouteRefresh(body)
        if (!reading.ok) assert.deepEqual([reading.fault.code, reading.fault.subcode], [7, 1])
      }
      if (type !== "notification") continue
      const notification = decodeNotification(body)
      assert.doesNotMatch(shutdownText(notification) ?? "", /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      assert.doesNotMatch(notificationText(notification), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    }
  },
}

const readAll = (chunks: readonly Uint8Array[]) => {
  const messages: { readonly type: string; readonly body: Uint8Array }[] = []
  let framer = emptyFramer()
  for (const chunk of chunks) {
    framer = push(framer, chunk)
    for (;;) {
      const taken = take(framer, messageLimit.standard)
      if (!taken.ok) return { messages, fault: taken.fault }
      if (taken.value === undefined) break
      const { message, rest } = taken.value
      messages.push({ type: message.type, body: message.body.slice() })
      framer = rest
    }
  }
  return { messages, fault: undefined }
}
