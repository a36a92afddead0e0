import assert from "node:assert/strict"
import { test } from "node:test"
import { startController } from "../../../agent/controller/controller.ts"
import { alwaysLeading } from "../../../agent/leadership.ts"
import { installNamespace, world } from "../agent/harness.ts"

type Series = { readonly type: string; readonly labels: readonly string[] }

/** Names, types and labels that the exposition text shows, without the series of the process. */
const seriesOf = (text: string): ReadonlyMap<string, Series> => {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [name, type]))
  const found = new Map<string, Series>()
  for (const [, written = "", , labels = ""] of text.matchAll(/^([a-z0-9_]+)(\{([^}]*)\})? \S+$/gm)) {
    const histogram = written.replace(/_(bucket|sum|count)$/, "")
    const name = types.get(histogram) === "histogram" ? histogram : written
    const names = [...labels.matchAll(/([a-z0-9_]+)="/g)].map(([, label = ""]) => label).filter(label => label !== "le")
    found.set(name, { type: types.get(name) ?? "", labels: names.sort() })
  }
  return found
}

const gauge = (...labels: readonly string[]): Series => ({ type: "gauge", labels })
const counter: Series = { type: "counter", labels: [] }

/** Of MetalLB, with its types and labels. */
const theirs: Readonly<Record<string, Series>> = {
  metallb_allocator_addresses_total: gauge("pool"),
  metallb_allocator_addresses_in_use_total: gauge("pool"),
  metallb_allocator_ipv4_addresses_total: gauge("pool"),
  metallb_allocator_ipv4_addresses_in_use_total: gauge("pool"),
  metallb_allocator_ipv6_addresses_total: gauge("pool"),
  metallb_allocator_ipv6_addresses_in_use_total: gauge("pool"),
  metallb_allocator_services_allocated_total: gauge("pool"),
  metallb_k8s_client_updates_total: counter,
  metallb_k8s_client_update_errors_total: counter,
  metallb_k8s_client_config_loaded_bool: gauge(),
  metallb_k8s_client_config_stale_bool: gauge(),
}

const ours: Readonly<Record<string, Series>> = {
  metallb_allocator_addresses_quarantined: gauge("pool"),
  metallb_allocator_addresses_reserved: gauge(),
  metallb_controller_duplicate_addresses_total: counter,
  metallb_controller_queue_depth: gauge(),
  metallb_controller_reconcile_seconds: { type: "histogram", labels: [] },
  metallb_controller_services_pending: gauge("reason"),
  metallb_events_dropped_total: counter,
}

test("a controller shows MetalLB's series for allocation and configuration, and its own, with these types and labels", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.1/32", "2001:db8::/126"])
  for (const name of ["first", "second"]) cluster.service(name)
  cluster.put("metallb.io/ipaddresspools", {
    metadata: { name: "suspect", namespace: installNamespace, generation: 1 },
    spec: { addresses: ["198.51.100.0/30"], autoAssign: false, avoidBuggyIPs: false },
    status: {
      quarantined: [
        {
          address: "198.51.100.1",
          mac: "02:00:00:00:00:01",
          since: new Date(cluster.clock.wall()).toISOString(),
          until: new Date(cluster.clock.wall() + 3_600_000).toISOString(),
        },
      ],
    },
  })
  const agent = cluster.agent()
  startController(agent.edges, {
    namespace: installNamespace,
    podName: "controller-0",
    lbClass: "",
    leadership: alwaysLeading(),
  })
  await cluster.clock.advance(3_000)
  const shown = [...seriesOf(agent.edges.metrics.text())].filter(([name]) => name.startsWith("metallb_"))
  assert.deepEqual(Object.fromEntries(shown.sort()), Object.fromEntries(Object.entries({ ...theirs, ...ours }).sort()))
  assert.equal(agent.metric('metallb_allocator_addresses_quarantined{pool="suspect"}'), "1")
  assert.equal(agent.metric('metallb_controller_services_pending{reason="ML118"}'), "1")
})
