import { recordedPool } from "../../../agent/core/allocate/annotations.ts"
import { keyOf } from "../../../agent/core/allocate/claim.ts"
import { converge } from "../../../agent/core/allocate/converge.ts"
import { poolDoubtOf } from "../../../agent/core/allocate/doubt.ts"
import { forget, type Ledger, ledgerFrom, observe, reconfigure } from "../../../agent/core/allocate/ledger.ts"
import { passOrder, settle } from "../../../agent/core/allocate/settle.ts"
import type { ConfigVerdict } from "../../../agent/core/config/model.ts"
import type { Namespace, PoolResource, Service } from "../../../agent/core/model.ts"
import { written } from "../../unit/allocate/fixtures.ts"
import { judge } from "../../unit/config/fixtures.ts"

/** One thing that a watch tells. */
export type Arrival =
  | { readonly kind: "pool"; readonly key: string; readonly value: PoolResource | undefined }
  | { readonly kind: "namespace"; readonly key: string; readonly value: Namespace | undefined }
  | { readonly kind: "service"; readonly key: string; readonly value: Service | undefined }

/** A controller as agent/controller has it, without API: what arrives, in batches, and what is written at once. */
export class Arriving {
  readonly services = new Map<string, Service>()
  readonly #pools = new Map<string, PoolResource>()
  readonly #namespaces = new Map<string, Namespace>()
  readonly #wanting = new Set<string>()
  #verdict: ConfigVerdict | undefined
  #ledger: Ledger | undefined

  /** Takes in what arrived together; nothing is decided before `begin`. */
  take(batch: readonly Arrival[]): void {
    const changed: Service[] = []
    let gained = false
    for (const { kind, key, value } of batch) {
      if (kind === "pool") put(this.#pools, key, value)
      if (kind === "namespace") put(this.#namespaces, key, value)
      if (kind !== "service") continue
      put(this.services, key, value)
      if (value !== undefined) changed.push(value)
      if (value === undefined) this.#wanting.delete(key)
      if (this.#ledger === undefined) continue
      gained = (value === undefined ? forget(this.#ledger, key) : observe(this.#ledger, value)) || gained
    }
    if (this.#ledger === undefined) return
    const waiting = gained ? [...this.#wanting].flatMap(key => this.services.get(key) ?? []) : []
    this.#lookAt([...waiting, ...changed])
    if (batch.every(({ kind }) => kind === "service")) return
    reconfigure(this.#ledger, this.#judge().config)
    this.#lookAt([...this.services.values()])
  }

  /** All has been read. */
  begin(): void {
    this.#ledger = ledgerFrom([...this.services.values()], this.#judge().config)
    this.#lookAt([...this.services.values()])
  }

  /** What each service has, by key. */
  state(): readonly string[] {
    return [...this.services.values()]
      .map(one => `${keyOf(one)} ${one.ingress.map(({ ip }) => ip).join(",")} ${recordedPool(one) ?? "-"}`)
      .sort()
  }

  #judge(): ConfigVerdict {
    const input = { pools: [...this.#pools.values()], namespaces: [...this.#namespaces.values()] }
    this.#verdict = judge(input, this.#verdict?.config)
    return this.#verdict
  }

  /** One after the other until nobody gains anything any more. BOUNDED, as the controller is: nobody is written twice for one reason. */
  #lookAt(list: readonly Service[]): void {
    const queue = new Set(passOrder(list).map(keyOf))
    for (const key of queue) {
      queue.delete(key)
      if (!this.#look(key)) continue
      const waiting = [...this.#wanting].flatMap(other => this.services.get(other) ?? [])
      for (const one of passOrder(waiting)) queue.add(keyOf(one))
    }
  }

  /** True where the service gave something up. */
  #look(key: string): boolean {
    const [service, ledger, verdict] = [this.services.get(key), this.#ledger, this.#verdict]
    if (service === undefined || ledger === undefined || verdict === undefined) return false
    const context = { ledger, loadBalancerClass: "", ready: true, doubt: poolDoubtOf(verdict), verdict }
    const wanted = converge(service, context)
    if (wanted.action === "ignore" || (wanted.outcome.ok && wanted.events.length === 0)) this.#wanting.delete(key)
    else this.#wanting.add(key)
    if (!wanted.write) return false
    const gained = settle(ledger, service, wanted)
    const after = written(service, wanted)
    this.services.set(key, after)
    return observe(ledger, after) || gained
  }
}

const put = <T>(map: Map<string, T>, key: string, value: T | undefined): void => {
  map.delete(key)
  if (value !== undefined) map.set(key, value)
}
