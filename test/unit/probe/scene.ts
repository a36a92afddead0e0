import assert from "node:assert/strict"
import { readArp } from "../../../agent/core/arp/packet.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { readNdp } from "../../../agent/core/ndp/packet.ts"
import { formatMac, parseMac } from "../../../agent/core/net/mac.ts"
import type { KnownNodes, ProbeEffect, ProbeEvent, ProbeLink, Prober } from "../../../agent/core/probe/state.ts"
import { proberAtStart } from "../../../agent/core/probe/state.ts"
import { step } from "../../../agent/core/probe/step.ts"
import { address } from "../allocate/fixtures.ts"

export const macOf = (text: string) => parseMac(text) ?? assert.fail(`${text} is no MAC`)
export const own = "02:00:00:00:00:01"
export const stranger = "02:bb:00:00:00:01"
export const nodeMac = "02:00:00:00:00:02"

export const link = (name = "eth0", more: Partial<ProbeLink> = {}): ProbeLink => ({
  name,
  mac: macOf(own),
  families: ["IPv4", "IPv6"],
  running: true,
  ...more,
})

export const want = (...texts: readonly string[]): ProbeEvent => ({
  kind: "want",
  targets: texts.map(text => ({ address: address(text), interfaces: "all", spare: [] })),
})

/** One address with free ones beside it. */
export const wantBeside = (text: string, ...spare: readonly string[]): ProbeEvent => ({
  kind: "want",
  targets: [{ address: address(text), interfaces: "all", spare: spare.map(address) }],
})

export const links = (...list: readonly ProbeLink[]): ProbeEvent => ({ kind: "links", links: list })
export const nodes = (more: { macs?: readonly string[]; addresses?: readonly string[] }): ProbeEvent => {
  const known: KnownNodes = { macs: new Set(more.macs), addresses: (more.addresses ?? []).map(address) }
  return { kind: "nodes", nodes: known }
}
export const heard = (
  text: string,
  { mac = stranger, on = "eth0", how = "answer" }: { mac?: string; on?: string; how?: "answer" | "probe" } = {},
): ProbeEvent => ({ kind: "heard", interface: on, address: address(text), mac: macOf(mac), how })

/** What the frame of a probe asks for; anything else than a well-formed probe fails the test. */
export const asked = (frame: Uint8Array): string => {
  const arp = readArp(frame)
  if (arp.ok) {
    const { operation, senderIp, targetIp } = arp.frame.packet
    assert.deepEqual([operation, senderIp], ["request", 0])
    return formatAddress({ family: "IPv4", value: BigInt(targetIp) })
  }
  const ndp = readNdp(frame)
  assert.ok(ndp.ok, "neither ARP nor NDP")
  assert.equal(ndp.frame.from, 0n)
  return formatAddress({ family: "IPv6", value: ndp.frame.message.target })
}

export const said = (effect: ProbeEffect): string => {
  if (effect.kind === "send") return `${effect.interface} asks ${asked(effect.frame)}`
  if (effect.kind === "off") return `${effect.interface} ${effect.family} off for ${formatMac(effect.mac)}`
  const { verdict } = effect
  const who =
    verdict.kind === "conflict" || verdict.kind === "proxy" ? ` ${formatMac(verdict.mac)} on ${verdict.interface}` : ""
  return `${formatAddress(effect.address)} ${verdict.kind}${who} ${verdict.reason}`
}

/** Runs a prober on virtual time and keeps what it did: "60 eth0 asks 10.0.0.1". */
export class Scene {
  state: Prober = proberAtStart
  readonly done: string[] = []
  wakeAt: number | undefined

  constructor(...first: readonly ProbeEvent[]) {
    for (const event of first) this.take(0, event)
  }

  happen(at: number, event: ProbeEvent): string {
    this.until(at)
    return this.take(at, event)
  }

  /** Lets time pass up to and with `at`. */
  until(at: number): this {
    while (this.wakeAt !== undefined && this.wakeAt <= at) this.take(this.wakeAt, { kind: "tick" })
    return this
  }

  /** The loop stood still until then: what was due meanwhile comes late, and once. */
  afterStandingStill(at: number): this {
    this.take(at, { kind: "tick" })
    return this
  }

  /** Everything but questions. */
  get told(): readonly string[] {
    return this.done.filter(line => !line.includes(" asks "))
  }

  private take(now: number, event: ProbeEvent): string {
    const { next, effects, wakeAt, reason } = step(this.state, event, now)
    assert.ok(wakeAt === undefined || wakeAt > now, "asked to be woken at once, for ever")
    this.state = next
    this.wakeAt = wakeAt
    this.done.push(...effects.map(effect => `${now} ${said(effect)}`))
    return reason
  }
}
