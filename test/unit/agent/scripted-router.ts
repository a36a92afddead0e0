import { decodeUpdate } from "../../../agent/core/bgp/wire/decode-update.ts"
import { emptyFramer, push, take } from "../../../agent/core/bgp/wire/framer.ts"
import { encodeKeepalive, type Message, messageLimit } from "../../../agent/core/bgp/wire/message.ts"
import { decodeNotification } from "../../../agent/core/bgp/wire/notification.ts"
import { encodeOpen } from "../../../agent/core/bgp/wire/open.ts"
import { notificationText } from "../../../agent/core/bgp/wire/words.ts"
import { formatCidr } from "../../../agent/core/ip/cidr.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { DialListener, DialRequest } from "../../../agent/ports/bgp-transport.ts"
import type { Clock } from "../../../agent/ports/clock.ts"
import type { BgpPorts } from "../../../agent/speaker/bgp/native.ts"
import { address } from "../allocate/fixtures.ts"
import { silentBgpPorts } from "./silent-bgp.ts"

/** AS 64513 at every address that is dialled: agrees to everything, and keeps what it is told. */
export const scriptedRouter = (clock: Clock) => {
  /** Prefixes with their next hops and communities. */
  const routes = new Map<string, string>()
  /** Kinds of messages, in order; notifications in words. */
  const heard: string[] = []
  const dials: DialRequest[] = []
  let open: DialListener | undefined

  const receive = (listener: DialListener, { type, body }: Message) => {
    heard.push(type === "notification" ? notificationText(decodeNotification(body)) : type)
    const say = (...messages: readonly Uint8Array[]) => {
      for (const bytes of messages) clock.after(1, () => listener.received(bytes))
    }
    if (type === "open") say(encodeOpen(ourOpen), encodeKeepalive())
    if (type === "keepalive" && heard.filter(kind => kind === "keepalive").length > 1) say(encodeKeepalive())
    if (type !== "update") return
    const reading = decodeUpdate(body, wire)
    if (reading.outcome !== "good") throw new Error(`an UPDATE that no router takes: ${reading.outcome}`)
    const { withdrawn, announced, attributes } = reading.update
    for (const prefix of withdrawn) routes.delete(formatCidr(prefix))
    for (const prefix of announced) {
      const hop = attributes.nextHop === undefined ? "" : formatAddress(attributes.nextHop)
      routes.set(formatCidr(prefix), [hop, ...(attributes.communities ?? [])].join(" "))
    }
  }

  const ports: BgpPorts = {
    ...silentBgpPorts,
    transport: {
      ...silentBgpPorts.transport,
      dial: (request, listener) => {
        dials.push(request)
        let framer = emptyFramer()
        open = listener
        clock.after(1, () => listener.connected({ local: address("192.0.2.201"), remote: request.to }))
        return {
          send: bytes => {
            framer = push(framer, bytes)
            for (;;) {
              const taken = take(framer, messageLimit.extended)
              if (!taken.ok || taken.value === undefined) return
              framer = taken.value.rest
              receive(listener, taken.value.message)
            }
          },
          finish: async () => undefined,
          abort: () => undefined,
        }
      },
    },
  }
  return {
    ports,
    heard,
    dials,
    told: () => [...routes].map(([prefix, path]) => `${prefix} ${path}`).sort(),
    say: (bytes: Uint8Array) => open?.received(bytes),
    hangUp: () => open?.closed("ECONNRESET", "connection reset"),
  }
}

const wire = { fourOctet: true, internal: false, families: ["IPv4"], extendedNextHop: [] } as const

const ourOpen = {
  asn: 64513,
  holdTime: 90,
  identifier: 0x0a000001,
  capabilities: [
    { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
    { kind: "four-octet-as", asn: 64513 },
  ],
} as const
