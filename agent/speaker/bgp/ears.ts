import type { PasswordSource } from "../../core/config/bgp/model.ts"
import type { Address } from "../../core/ip/address.ts"
import { formatAddress } from "../../core/ip/format.ts"
import { parseAddress } from "../../core/ip/parse.ts"
import type { IpFamily } from "../../core/model.ts"
import type { BgpEar, BgpTransport, Caller } from "../../ports/bgp-transport.ts"
import type { Clock, Millis, Timer } from "../../ports/clock.ts"
import { type Log, textOf } from "../../ports/log.ts"

/** Somebody who may call: a peer, where it is. */
export type Expected = {
  readonly peer: string
  readonly address: Address
  readonly vrf: string
  readonly password: PasswordSource
}

export type BgpEars = {
  /** Listens for these and nobody else from now on. */
  readonly expect: (peers: readonly Expected[]) => void
  /** Why nobody can call, a line each. */
  readonly faults: () => readonly string[]
  readonly stop: () => void
}

export type EarsEdges = {
  readonly clock: Clock
  readonly log: Log
  readonly transport: BgpTransport
  readonly password: (peer: string, source: PasswordSource) => Promise<Uint8Array>
}

/** Between two tries to get a port that another program has, or a password that cannot be read. */
const retryEvery: Millis = 10_000

type Open = {
  readonly ear: BgpEar
  /** What is set, by address. BOUNDED by the peers. */
  readonly passwords: Map<string, string>
}

/** The listening sockets: one for each family and VRF of the expected peers. `called` gets connections of expected addresses only. */
export const createBgpEars = (
  { clock, log, transport, password }: EarsEdges,
  port: number,
  called: (caller: Caller, vrf: string) => void,
): BgpEars => {
  // BOUNDED by families and VRFs of the peers, both.
  const open = new Map<string, Open>()
  const faults = new Map<string, string>()
  let expected: readonly Expected[] = []
  let retry: Timer | undefined
  let stopped = false

  const keyOf = (family: IpFamily, vrf: string) => `${family}/${vrf}`

  const reconcile = () => {
    if (stopped) return
    const wanted = new Map(expected.map(one => [keyOf(one.address.family, one.vrf), one]))
    for (const [key, { ear }] of open) {
      if (wanted.has(key)) continue
      ear.close()
      open.delete(key)
    }
    for (const key of faults.keys()) if (!wanted.has(key)) faults.delete(key)
    for (const [key, { address, vrf }] of wanted) if (!open.has(key)) listen(key, address.family, vrf)
    for (const [key, ear] of open) sign(key, ear)
    if (faults.size > 0) again()
  }

  const again = () => {
    if (stopped) return
    retry ??= clock.after(retryEvery, () => {
      retry = undefined
      reconcile()
    })
  }

  const listen = (key: string, family: IpFamily, vrf: string) => {
    try {
      const ear = transport.listen({
        family,
        port,
        device: vrf === "" ? undefined : vrf,
        called: caller => called(caller, vrf),
        failed: message => {
          open.delete(key)
          fault(key, vrf, message)
          again()
        },
      })
      open.set(key, { ear, passwords: new Map() })
      faults.delete(key)
    } catch (error) {
      fault(key, vrf, textOf(error))
    }
  }

  const fault = (key: string, vrf: string, message: string) => {
    const line = vrf === "" ? message : `VRF ${vrf}: ${message}`
    if (faults.get(key) === line) return
    faults.set(key, line)
    log.error("no BGP connections are taken, they are opened from here alone", { error: line, port: String(port) })
  }

  const sign = (key: string, ear: Open) => {
    const here = expected.filter(one => keyOf(one.address.family, one.vrf) === key)
    const addresses = new Map(here.map(one => [formatAddress(one.address), one]))
    for (const text of ear.passwords.keys()) {
      const one = addresses.get(text)
      if (one !== undefined && one.password.from !== "nothing") continue
      ear.passwords.delete(text)
      const address = parseAddress(text)
      if (address !== undefined) ear.ear.setPassword(address, undefined)
    }
    for (const [text, { peer, address, password: source }] of addresses) {
      const print = JSON.stringify(source)
      if (source.from === "nothing" || ear.passwords.get(text) === print) continue
      ear.passwords.set(text, print)
      password(peer, source).then(
        secret => {
          if (open.get(key) === ear && ear.passwords.get(text) === print) setPassword(ear, text, address, secret)
        },
        () => {
          ear.passwords.delete(text)
          again()
        },
      )
    }
  }

  const setPassword = (ear: Open, text: string, address: Address, secret: Uint8Array) => {
    try {
      ear.ear.setPassword(address, secret)
    } catch (error) {
      ear.passwords.delete(text)
      log.error("connections of a BGP peer cannot be signed", { peer: text, error: textOf(error) })
    }
  }

  return {
    expect: peers => {
      expected = peers
      reconcile()
    },
    faults: () => [...faults.values()],
    stop: () => {
      stopped = true
      retry?.cancel()
      for (const { ear } of open.values()) ear.close()
      open.clear()
    },
  }
}
