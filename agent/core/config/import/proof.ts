import { annotationOf, recordedPool } from "../../allocate/annotations.ts"
import { addressesOf, keyOf } from "../../allocate/claim.ts"
import { converge } from "../../allocate/converge.ts"
import { poolDoubtOf } from "../../allocate/doubt.ts"
import { type Ledger, ledgerFrom, poolOf, servesClass } from "../../allocate/ledger.ts"
import type { Address } from "../../ip/address.ts"
import { formatAddress } from "../../ip/format.ts"
import type { ObjectKey, Service } from "../../model.ts"
import type { Config, ConfigVerdict } from "../model.ts"
import { announcedAs, sessionsOf } from "./announced-as.ts"

/** A service for which the new configuration is not the same as the old. */
export type ChangedService = { readonly service: ObjectKey; readonly what: string }

export type ImportProof = {
  /** Services that have an address of this installation. */
  readonly services: number
  readonly changed: readonly ChangedService[]
  /** BGP sessions that only one of the two configurations opens, as text. */
  readonly sessions: readonly string[]
}

export type ProofInput = {
  readonly before: ConfigVerdict
  readonly after: ConfigVerdict
  readonly services: readonly Service[]
  readonly loadBalancerClass: string
  /** New names of pools that could not keep theirs. */
  readonly renamed: ReadonlyMap<string, string>
}

/**
 * Compares what two configurations mean for every service that has an address: that the controller would leave the address
 * where it is, that it comes from the same pool (which may have another name), and that it is announced by the same
 * protocols on the same terms. Nothing changes where `changed` and `sessions` are empty.
 */
export const proveImport = ({ before, after, services, loadBalancerClass, renamed }: ProofInput): ImportProof => {
  const was = ledgerFrom(services, before.config, loadBalancerClass)
  const becomes = ledgerFrom(services, after.config, loadBalancerClass)
  const holders = services.filter(
    service =>
      service.type === "LoadBalancer" &&
      servesClass(service, loadBalancerClass) &&
      addressesOf(service).length > 0 &&
      (recordedPool(service) !== undefined || poolOf(was, addressesOf(service)) !== undefined),
  )
  const context = { ledger: becomes, loadBalancerClass, ready: true, doubt: poolDoubtOf(after), verdict: after }
  const changed = holders.flatMap(service => {
    const addresses = addressesOf(service)
    const told = converge(service, context)
    const what =
      addressChange(addresses, told.addresses) ??
      requestChange(service, renamed) ??
      poolChange(addresses, was, becomes, renamed) ??
      announcementChange(service, { was, becomes, before: before.config, after: after.config })
    return what === undefined ? [] : [{ service: keyOf(service), what }]
  })
  const [opened, opens] = [sessionsOf(before.config), sessionsOf(after.config)]
  const sessions = [
    ...opened.filter(session => !opens.includes(session)),
    ...opens.filter(session => !opened.includes(session)),
  ]
  return { services: holders.length, changed: changed.sort((a, b) => (a.service < b.service ? -1 : 1)), sessions }
}

const textOf = (addresses: readonly Address[]): string => addresses.map(formatAddress).join(", ") || "none"

const addressChange = (has: readonly Address[], gets: readonly Address[]): string | undefined =>
  textOf(has) === textOf(gets) ? undefined : `its address ${textOf(has)} becomes ${textOf(gets)}`

/** It keeps its address, but the next change of the service would find no pool of that name. */
const requestChange = (service: Service, renamed: ReadonlyMap<string, string>): string | undefined => {
  const asked = annotationOf(service, "address-pool")
  const now = asked === undefined ? undefined : renamed.get(asked)
  return now === undefined ? undefined : `its annotation asks for pool ${asked}, which is called ${now} then`
}

const poolChange = (
  addresses: readonly Address[],
  was: Ledger,
  becomes: Ledger,
  renamed: ReadonlyMap<string, string>,
): string | undefined => {
  const from = poolOf(was, addresses)?.pool.name
  const to = poolOf(becomes, addresses)?.pool.name
  if (from === to || (from !== undefined && renamed.get(from) === to)) return undefined
  return `its address ${textOf(addresses)} is of ${from === undefined ? "no pool" : `pool ${from}`} and then of ${to === undefined ? "no pool" : `pool ${to}`}`
}

type Both = {
  readonly was: Ledger
  readonly becomes: Ledger
  readonly before: Config
  readonly after: Config
}

const announcementChange = (service: Service, { was, becomes, before, after }: Both): string | undefined => {
  const addresses = addressesOf(service)
  const old = announcedAs(service, poolOf(was, addresses)?.pool.name, before)
  const now = announcedAs(service, poolOf(becomes, addresses)?.pool.name, after)
  if (old.terms.join("\n") === now.terms.join("\n")) return undefined
  const protocols = (list: readonly string[]) => list.join(" and ") || "nothing"
  if (protocols(old.protocols) !== protocols(now.protocols)) {
    return `it is announced by ${protocols(old.protocols)} and then by ${protocols(now.protocols)}`
  }
  return `it is announced by ${protocols(now.protocols)}, but on other terms (nodes, interfaces, peers or attributes)`
}
