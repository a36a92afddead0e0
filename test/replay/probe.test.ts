import { join } from "node:path"
import { parseMac, zeroMac } from "../../agent/core/net/mac.ts"
import { type ProbeEvent, type Prober, proberAtStart } from "../../agent/core/probe/state.ts"
import { step } from "../../agent/core/probe/step.ts"
import { address } from "../unit/allocate/fixtures.ts"
import { asked, said } from "../unit/probe/scene.ts"
import { type Machine, replayFolder } from "./replay.ts"

/** Events as a recorder writes them: addresses and MACs as text. */
type Recorded =
  | { readonly links: Readonly<Record<string, string>> }
  | { readonly nodes: readonly string[] }
  | { readonly want: Readonly<Record<string, readonly string[]>> }
  | { readonly heard: string; readonly from: string; readonly on: string; readonly how?: "probe" }
  | "tick"

const macOf = (text: string) => parseMac(text) ?? zeroMac

const read = (event: Recorded): ProbeEvent => {
  if (event === "tick") return { kind: "tick" }
  if ("links" in event) {
    const links = Object.entries(event.links).map(([name, mac]) => ({
      name,
      mac: macOf(mac),
      families: ["IPv4", "IPv6"] as const,
      running: true,
    }))
    return { kind: "links", links }
  }
  if ("nodes" in event) return { kind: "nodes", nodes: { macs: new Set(), addresses: event.nodes.map(address) } }
  if ("want" in event) {
    const targets = Object.entries(event.want).map(([text, spare]) => ({
      address: address(text),
      interfaces: "all" as const,
      spare: spare.map(address),
    }))
    return { kind: "want", targets }
  }
  const { heard, from, on, how = "answer" } = event
  return { kind: "heard", interface: on, address: address(heard), mac: macOf(from), how }
}

replayFolder(join(import.meta.dirname, "probe"), (): Machine => {
  let state: Prober = proberAtStart
  return (event, at) => {
    const { next, effects, wakeAt, reason } = step(state, read(event as Recorded), at)
    state = next
    const questions = effects.flatMap(one => (one.kind === "send" ? [`${one.interface} ${asked(one.frame)}`] : []))
    const told = effects.flatMap(one => (one.kind === "send" ? [] : [said(one)]))
    return [
      ...(questions.length === 0 ? [] : [{ asks: questions }]),
      ...told,
      { reason, ...(wakeAt === undefined ? {} : { wakeAt }) },
    ]
  }
})
