import type { Message, NodeRecord, PushPull, Source } from "./message.ts"
import { messageTypes, recordStates } from "./message.ts"
import { join, type Writable, writeMap } from "./msgpack-write.ts"

type Field = readonly [string, Writable]

/** One message as it stands in a packet: type byte and map, fields in alphabetical order as the library writes them. */
export const encodePacketMessage = (message: Message): Uint8Array =>
  message.kind === "user" ? join([typeByte("user"), message.payload]) : encodeStreamMessage(message)

/** The same on a stream, where a user message carries its length. */
export const encodeStreamMessage = (message: Message): Uint8Array => {
  if (message.kind === "push-pull") return encodePushPull(message)
  if (message.kind === "user")
    return join([typeByte("user"), writeMap([["UserMsgLen", message.payload.length]]), message.payload])
  return join([typeByte(message.kind), writeMap(fieldsOf(message))])
}

const typeByte = (kind: Message["kind"]): Uint8Array => Uint8Array.of(messageTypes[kind])

const fieldsOf = (message: Exclude<Message, { kind: "push-pull" | "user" }>): readonly Field[] => {
  switch (message.kind) {
    case "ping":
      return [["Node", message.node], ["SeqNo", message.sequence], ...sourceFields(message.source)]
    case "indirect-ping":
      return [
        ["Nack", message.nack],
        ["Node", message.node],
        ["Port", message.port],
        ["SeqNo", message.sequence],
        ...sourceFields(message.source),
        ["Target", message.target],
      ]
    case "ack":
      return [
        ["Payload", orNil(message.payload)],
        ["SeqNo", message.sequence],
      ]
    case "nack":
      return [["SeqNo", message.sequence]]
    case "suspect":
    case "dead":
      return [
        ["From", message.from],
        ["Incarnation", message.incarnation],
        ["Node", message.node],
      ]
    case "alive":
      return [
        ["Addr", orNil(message.address)],
        ["Incarnation", message.incarnation],
        ["Meta", orNil(message.meta)],
        ["Node", message.node],
        ["Port", message.port],
        ["Vsn", orNil(message.versions)],
      ]
    case "error":
      return [["Error", message.text]]
  }
}

/** An empty byte slice of the library is nil. */
const orNil = (bytes: Uint8Array): Uint8Array | null => (bytes.length === 0 ? null : bytes)

const sourceFields = (source: Source | undefined): readonly Field[] => {
  if (source === undefined) return []
  const fields: Field[] = []
  if (source.address.length > 0) fields.push(["SourceAddr", source.address])
  if (source.name !== "") fields.push(["SourceNode", source.name])
  if (source.port > 0) fields.push(["SourcePort", source.port])
  return fields
}

const encodePushPull = (message: PushPull): Uint8Array =>
  join([
    typeByte("push-pull"),
    writeMap([
      ["Join", message.join],
      ["Nodes", message.records.length],
      ["UserStateLen", message.userState.length],
    ]),
    ...message.records.map(encodeRecord),
    message.userState,
  ])

const encodeRecord = (record: NodeRecord): Uint8Array =>
  writeMap([
    ["Addr", orNil(record.address)],
    ["Incarnation", record.incarnation],
    ["Meta", orNil(record.meta)],
    ["Name", record.node],
    ["Port", record.port],
    ["State", recordStates.indexOf(record.state)],
    ["Vsn", orNil(record.versions)],
  ])
