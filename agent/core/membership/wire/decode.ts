import { bad, good, type Read, type WireFault } from "./fault.ts"
import { Fields } from "./fields.ts"
import { wireLimits } from "./limits.ts"
import type { Alive, NodeRecord, PacketMessage, RecordState, Source, StreamMessage } from "./message.ts"
import { messageTypes, recordStates } from "./message.ts"

const maxUint32 = 0xffff_ffff
const maxPort = 0xffff
const { nameBytes, metaBytes } = wireLimits

/** One message of a packet, from its type byte to the end of `bytes`. Bytes behind the map are ignored, as the library does. */
export const decodePacketMessage = (bytes: Uint8Array): Read<PacketMessage> => {
  const type = bytes[0]
  if (type === undefined) return bad("message-empty")
  if (type === messageTypes.user) return good({ kind: "user", payload: bytes.subarray(1) })
  const build = packetBuilders.get(type)
  if (build === undefined) return bad("message-type")
  const fields = new Fields(bytes, 1)
  return finish(fields, build(fields))
}

/** One message of a stream. "truncated" means that more bytes may complete it. */
export const decodeStreamMessage = (bytes: Uint8Array): Read<StreamMessage> => {
  const type = bytes[0]
  if (type === undefined) return bad("truncated")
  if (type === messageTypes["push-pull"]) return decodePushPull(bytes)
  if (type === messageTypes.user) return decodeStreamUser(bytes)
  const build = streamBuilders.get(type)
  if (build === undefined) return bad("message-type")
  const fields = new Fields(bytes, 1)
  return finish(fields, build(fields))
}

const finish = <T>(fields: { readonly fault: WireFault | undefined }, value: T): Read<T> =>
  fields.fault === undefined ? good(value) : bad(fields.fault)

const readPing = (f: Fields) =>
  ({
    kind: "ping",
    sequence: f.uint("SeqNo", maxUint32),
    node: f.text("Node", nameBytes),
    source: readSource(f),
  }) as const

const readAck = (f: Fields) =>
  ({
    kind: "ack",
    sequence: f.uint("SeqNo", maxUint32),
    payload: f.bytes("Payload", wireLimits.packetBytes),
  }) as const

const readVerdict = (f: Fields) => ({
  incarnation: f.uint("Incarnation", maxUint32),
  node: f.text("Node", nameBytes),
  from: f.text("From", nameBytes),
})

const readAlive = (f: Fields, nameField: "Node" | "Name"): Omit<Alive, "kind"> => ({
  incarnation: f.uint("Incarnation", maxUint32),
  node: f.text(nameField, nameBytes),
  address: readAddress(f, "Addr"),
  port: f.uint("Port", maxPort),
  meta: f.bytes("Meta", metaBytes),
  versions: f.bytes("Vsn", 6),
})

/** Four bytes, sixteen, or none where the sender left it out. */
const readAddress = (f: Fields, name: string): Uint8Array => {
  const bytes = f.bytes(name, 16)
  if (bytes.length !== 0 && bytes.length !== 4 && bytes.length !== 16) f.fault ??= "field-length"
  return bytes
}

const readSource = (f: Fields): Source | undefined => {
  const source = {
    address: readAddress(f, "SourceAddr"),
    port: f.uint("SourcePort", maxPort),
    name: f.text("SourceNode", nameBytes),
  }
  return source.address.length === 0 && source.port === 0 && source.name === "" ? undefined : source
}

const packetBuilders = new Map<number, (f: Fields) => PacketMessage>([
  [messageTypes.ping, readPing],
  [
    messageTypes["indirect-ping"],
    (f: Fields) => ({
      kind: "indirect-ping",
      sequence: f.uint("SeqNo", maxUint32),
      target: readAddress(f, "Target"),
      port: f.uint("Port", maxPort),
      node: f.text("Node", nameBytes),
      nack: f.flag("Nack"),
      source: readSource(f),
    }),
  ],
  [messageTypes.ack, readAck],
  [messageTypes.nack, (f: Fields) => ({ kind: "nack", sequence: f.uint("SeqNo", maxUint32) })],
  [messageTypes.suspect, (f: Fields) => ({ kind: "suspect", ...readVerdict(f) })],
  [messageTypes.dead, (f: Fields) => ({ kind: "dead", ...readVerdict(f) })],
  [messageTypes.alive, (f: Fields) => ({ kind: "alive", ...readAlive(f, "Node") })],
])

const streamBuilders = new Map<number, (f: Fields) => StreamMessage>([
  [messageTypes.ping, readPing],
  [messageTypes.ack, readAck],
  [messageTypes.error, (f: Fields) => ({ kind: "error", text: f.text("Error", wireLimits.packetBytes) })],
])

const decodePushPull = (bytes: Uint8Array): Read<StreamMessage> => {
  const header = new Fields(bytes, 1)
  const count = header.uint("Nodes", wireLimits.records)
  const stateLength = header.uint("UserStateLen", wireLimits.streamUnpackedBytes)
  const join = header.flag("Join")
  if (header.fault !== undefined) return bad(header.fault)
  const records: NodeRecord[] = []
  let at = header.end
  for (let i = 0; i < count; i += 1) {
    const fields = new Fields(bytes, at)
    records.push({ ...readAlive(fields, "Name"), state: readState(fields) })
    if (fields.fault !== undefined) return bad(fields.fault)
    at = fields.end
  }
  if (bytes.length - at < stateLength) return bad("truncated")
  return good({ kind: "push-pull", join, records, userState: bytes.subarray(at, at + stateLength) })
}

const readState = (fields: Fields): RecordState => recordStates[fields.uint("State", recordStates.length - 1)] ?? "dead"

const decodeStreamUser = (bytes: Uint8Array): Read<StreamMessage> => {
  const header = new Fields(bytes, 1)
  const length = header.uint("UserMsgLen", wireLimits.streamUnpackedBytes)
  if (header.fault !== undefined) return bad(header.fault)
  if (bytes.length - header.end < length) return bad("truncated")
  return good({ kind: "user", payload: bytes.subarray(header.end, header.end + length) })
}
