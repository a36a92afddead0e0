import { encodeMessage } from "../../../agent/core/bgp/wire/message.ts"
import { waitUntil } from "./patience.ts"
import { freshOrigin, routerAsn, routesFor, settingsFor } from "./scene.ts"
import { type ScriptedPeer, startScriptedPeer, updateOf } from "./scripted-peer.ts"
import { type Speaker, startSpeaker } from "./speaker.ts"

/** Attributes of a route as they should be: ORIGIN IGP, AS_PATH of the peer in four octets, NEXT_HOP. */
const origin = "40 01 01 00"
const asPath = "40 02 06 02 01 0000fde9"
const nextHop = "40 03 04 7f000001"
const sound = `${origin} ${asPath} ${nextHop}`
const route = "20 cb007101"
const reach = (prefix: string, hop = "10 20010db8000000000000000000000001") => `0002 01 ${hop} 00 ${prefix}`
const attribute = (flags: string, type: string, value: string) => {
  const bytes = value.replaceAll(" ", "")
  return `${flags} ${type} ${(bytes.length / 2).toString(16).padStart(2, "0")} ${bytes}`
}

/** A session with a scripted peer on this host, for as long as `prove` takes. */
export const withScriptedPeer = async (
  prove: (peer: ScriptedPeer, speaker: Speaker) => Promise<void>,
  record?: string,
) => {
  const peer = await startScriptedPeer({
    asn: routerAsn,
    holdTime: 90,
    identifier: 0x7f000002,
    capabilities: [
      { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
      { kind: "multiprotocol", family: { afi: 2, safi: 1 } },
      { kind: "route-refresh" },
      { kind: "four-octet-as", asn: routerAsn },
    ],
  })
  const speaker = await startSpeaker(undefined, {
    settings: { ...settingsFor("127.0.0.1", ["IPv4", "IPv6"]), port: peer.port },
    origin: freshOrigin,
    routes: routesFor(["IPv4"]),
    password: undefined,
    listens: false,
    bfd: undefined,
    record,
  })
  try {
    await waitUntil("the session is up", async () => (await speaker.report()).state === "Established")
    await prove(peer, speaker)
  } finally {
    await speaker.kill()
    peer.end()
  }
}

/** RFC 7606: what the UPDATE is, its bytes, and what becomes of it; the session stays in all of them. */
export const tolerated: readonly (readonly [string, Uint8Array, "withdrawn" | "discarded" | "taken"])[] = [
  ["a sound route", updateOf("", sound, route), "taken"],
  ["ORIGIN with a value that does not exist", updateOf("", `40 01 01 07 ${asPath} ${nextHop}`, route), "withdrawn"],
  ["ORIGIN of two bytes", updateOf("", `40 01 02 0000 ${asPath} ${nextHop}`, route), "withdrawn"],
  [
    "ORIGIN with the flags of an optional attribute",
    updateOf("", `c0 01 01 00 ${asPath} ${nextHop}`, route),
    "withdrawn",
  ],
  [
    "AS_PATH that is shorter than its segment",
    updateOf("", `${origin} 40 02 06 02 02 0000fde9 ${nextHop}`, route),
    "withdrawn",
  ],
  [
    "AS_PATH with a segment of a kind that does not exist",
    updateOf("", `${origin} 40 02 06 09 01 0000fde9 ${nextHop}`, route),
    "withdrawn",
  ],
  ["AS_PATH with an empty segment", updateOf("", `${origin} 40 02 02 02 00 ${nextHop}`, route), "withdrawn"],
  ["NEXT_HOP of three bytes", updateOf("", `${origin} ${asPath} 40 03 03 7f0000`, route), "withdrawn"],
  ["no NEXT_HOP", updateOf("", `${origin} ${asPath}`, route), "withdrawn"],
  ["MULTI_EXIT_DISC of two bytes", updateOf("", `${sound} 80 04 02 0001`, route), "withdrawn"],
  ["LOCAL_PREF of an external peer", updateOf("", `${sound} 40 05 04 00000064`, route), "taken"],
  ["ATOMIC_AGGREGATE with a value", updateOf("", `${sound} 40 06 01 00`, route), "discarded"],
  [
    "AGGREGATOR of six bytes where AS numbers have four",
    updateOf("", `${sound} c0 07 06 fde9 7f000001`, route),
    "discarded",
  ],
  ["COMMUNITIES of five bytes", updateOf("", `${sound} c0 08 05 fde8000100`, route), "withdrawn"],
  ["extended communities of nine bytes", updateOf("", `${sound} c0 10 09 000200000000000100`, route), "withdrawn"],
  ["large communities of eleven bytes", updateOf("", `${sound} c0 20 0b 0000fde800000001000000`, route), "withdrawn"],
  ["ORIGINATOR_ID of an external peer", updateOf("", `${sound} 80 09 04 7f000001`, route), "taken"],
  ["an attribute twice", updateOf("", `${sound} ${origin}`, route), "discarded"],
  ["an attribute that reaches beyond the list", updateOf("", `${sound} c0 08 40 fde80001`, route), "withdrawn"],
  ["an optional attribute that nobody knows", updateOf("", `${sound} c0 f0 02 0102`, route), "taken"],
  [
    "an IPv6 route",
    updateOf("", `${origin} ${asPath} ${attribute("80", "0e", reach("80 20010db8000000000000000000000007"))}`, ""),
    "taken",
  ],
]

/** What cannot be read any further ends the session, with the code and subcode of its NOTIFICATION. */
export const fatal: readonly (readonly [string, Uint8Array, number, number])[] = [
  ["a prefix longer than an address", updateOf("", sound, "21 cb00710100"), 3, 10],
  ["a prefix cut short", updateOf("", sound, "20 cb0071"), 3, 10],
  ["withdrawn routes that reach beyond the message", encodeMessage("update", Buffer.from("00ff0000", "hex")), 3, 1],
  ["attributes that reach beyond the message", encodeMessage("update", Buffer.from("000000ff", "hex")), 3, 1],
  [
    "MP_REACH_NLRI twice",
    updateOf("", `${origin} ${asPath} ${attribute("80", "0e", reach("00")).repeat(2)}`, ""),
    3,
    1,
  ],
  [
    "MP_REACH_NLRI with a next hop of five bytes",
    updateOf("", `${origin} ${asPath} ${attribute("80", "0e", reach("00", "05 2001000000"))}`, ""),
    3,
    9,
  ],
  ["a marker that is not all ones", Buffer.from(`${"ff".repeat(15)}00001304`, "hex"), 1, 1],
  ["a length of 18", Buffer.from(`${"ff".repeat(16)}001204`, "hex"), 1, 2],
  ["a message of a type that does not exist", Buffer.from(`${"ff".repeat(16)}00130c`, "hex"), 1, 3],
  ["a KEEPALIVE with a body", Buffer.from(`${"ff".repeat(16)}00140400`, "hex"), 1, 2],
  ["a second OPEN", Buffer.from(`${"ff".repeat(16)}001d0104fde9005a7f00000200`, "hex"), 5, 3],
]
