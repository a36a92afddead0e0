/** Runs in a network namespace of a test: obeys one JSON command a line and reports what its socket sees, one JSON object a line. */
import { createInterface } from "node:readline"
import { Worker } from "node:worker_threads"
import { arpFilter } from "../../agent/core/bpf/arp-filter.ts"
import type { Program } from "../../agent/core/bpf/program.ts"
import type { Address } from "../../agent/core/ip/address.ts"
import { loadAddon } from "../../agent/native/addon.ts"
import { heldCapabilities, raiseCapabilities } from "../../agent/ports/capabilities.ts"
import type { InterfaceWatch } from "../../agent/ports/interfaces.ts"
import { nativeInterfaces } from "../../agent/ports/interfaces-native.ts"
import type { PacketSocket } from "../../agent/ports/packet-socket.ts"
import { nativePacketSockets } from "../../agent/ports/packet-socket-native.ts"
import type { ProbeCommand, ProbeReport } from "./probe.ts"

const addon = loadAddon()
const interfaces = nativeInterfaces(addon)
let socket: PacketSocket | undefined
let watch: InterfaceWatch | undefined
/** What to do when the next frame comes. */
let surprise: "throw" | "close" | undefined
let worker: Worker | undefined

const report = (value: ProbeReport) => process.stdout.write(`${JSON.stringify(value)}\n`)
const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : String(error))
const opened = (): PacketSocket => {
  if (socket === undefined) throw new Error("no socket is open")
  return socket
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "hex"))
const number = (address: string) => address.split(".").reduce((value, part) => value * 256 + Number(part), 0)

/** Every frame of the EtherType. */
const everything: Program = [{ code: 0x06, jt: 0, jf: 0, k: 65536 }]
const filterFor = (targets: readonly string[] | "everything"): Program =>
  targets === "everything"
    ? everything
    : arpFilter(targets.map((text): Address => ({ family: "IPv4", value: BigInt(number(text)) })))

/** The reply to a request, RFC 826: hardware and protocol addresses change sides. */
const answer = (request: Uint8Array, mac: Uint8Array): Uint8Array => {
  const reply = new Uint8Array(60)
  reply.set(request.subarray(6, 12), 0)
  reply.set(mac, 6)
  reply.set(request.subarray(12, 20), 12)
  reply.set([0, 2], 20)
  reply.set(mac, 22)
  reply.set(request.subarray(38, 42), 28)
  reply.set(request.subarray(22, 32), 32)
  return reply
}

const open = (name: string | number, targets: readonly string[] | "everything", frameMax: number, answers: boolean) => {
  const link = interfaces.list().find(candidate => candidate.name === name)
  const interfaceIndex = typeof name === "number" ? name : link?.index
  if (interfaceIndex === undefined) throw new Error(`no interface ${name}`)
  const mac = bytesOf((link?.mac ?? "").replaceAll(":", ""))
  socket = nativePacketSockets(addon).open(
    { interfaceIndex, etherType: 0x0806, frameMax, filter: filterFor(targets) },
    {
      received: ({ bytes, truncated, audience, answered }) => {
        report({ event: "received", frame: hex(bytes), truncated, audience, answered: answered !== undefined })
        if (surprise === "throw") throw new Error("thrown by the listener")
        if (surprise === "close") opened().close()
        else if (answers && bytes[21] === 1) opened().send(answer(bytes, mac))
      },
      faulted: ({ code }) => report({ event: "faulted", code }),
    },
  )
}

/** Another one of these in a thread, whose reports are mixed into this one's. */
const startWorker = (first: ProbeCommand): void => {
  worker = new Worker(import.meta.filename, { stdin: true, stdout: true })
  worker.stdout.pipe(process.stdout)
  worker.stdin?.write(`${JSON.stringify(first)}\n`)
  worker.once("exit", code => report({ event: "worker-ended", code }))
}

const obey = (command: ProbeCommand): unknown => {
  switch (command.do) {
    case "open":
      return open(command.interface, command.targets, command.frameMax ?? 2048, command.answers ?? false)
    case "send":
      return opened().send(bytesOf(command.frame))?.code
    case "filter":
      return opened().setFilter(filterFor(command.targets))
    case "answers":
      return opened().setAnswers(
        bytesOf(command.mac),
        new Map(Object.entries(command.at).map(([address, mac]) => [number(address), bytesOf(mac)])),
      )
    case "license":
      return opened().license(command.licence)
    case "join":
      return opened().join(bytesOf(command.mac))
    case "close":
      return opened().close()
    case "surprise":
      surprise = command.with
      return
    case "held":
      return heldCapabilities(addon)
    case "raise":
      return raiseCapabilities(addon)
    case "interfaces":
      return interfaces.list()
    case "watch":
      watch = interfaces.watch(
        () => report({ event: "changed" }),
        ({ code }) => report({ event: "faulted", code }),
      )
      return
    case "unwatch":
      return watch?.close()
    case "worker":
      return startWorker(command.first)
    case "terminate":
      return worker?.terminate().then(() => undefined)
  }
}
const main = async (): Promise<void> => {
  process.on("uncaughtException", error => report({ event: "uncaught", message: error.message }))
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const result = await obey(JSON.parse(line) as ProbeCommand)
      report({ event: "done", ...(result === undefined ? {} : { result }) })
    } catch (error) {
      report({ event: "failed", code: codeOf(error) })
    }
  }
}

void main()
