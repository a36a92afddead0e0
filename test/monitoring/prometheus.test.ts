import assert from "node:assert/strict"
import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { before, type TestContext, test } from "node:test"
import { setTimeout as pass } from "node:timers/promises"
import { startController } from "../../agent/controller/controller.ts"
import { alwaysLeading } from "../../agent/leadership.ts"
import { metricsText, plain, serve } from "../../agent/ports/http.ts"
import { selfSigned } from "../../agent/ports/self-signed.ts"
import { root } from "../run/places.ts"
import { ensurePackages } from "../setup/apt.ts"
import { installNamespace, world } from "../unit/agent/harness.ts"
import { panelQueries } from "./dashboard.ts"

const rules = join(root, "manifests/monitoring/alerts.yml")

before(() =>
  ensurePackages([
    ["prometheus", "prometheus"],
    ["promtool", "prometheus"],
  ]),
)

/** The number of alerts in the file. */
const count = readFileSync(rules, "utf8").match(/^ +- alert: /gm)?.length ?? 0

const promtool = (...args: string[]) => execFileSync("promtool", args, { encoding: "utf8" })

test("promtool accepts the alert rules", () => {
  assert.match(promtool("check", "rules", rules), new RegExp(`SUCCESS: ${count} rules found`))
})

const folderOf = (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

const series = (name: string, values: string) => `{series: '${name}', values: '${values}'}`
const firing = (alert: string, at: string, alerts: string) =>
  `{alertname: ${alert}, eval_time: ${at}, exp_alerts: [${alerts}]}`

/** Each alert fires in the situation that it is for, and none of them on a healthy cluster. */
const situations: readonly { readonly name: string; readonly input: string[]; readonly expect: string[] }[] = [
  {
    name: "healthy",
    input: [
      series("metallb_k8s_client_config_stale_bool", "0x20"),
      series("metallb_k8s_client_config_loaded_bool", "1x20"),
      series('metallb_allocator_addresses_total{pool="p"}', "10x20"),
      series('metallb_allocator_addresses_in_use_total{pool="p"}', "5x20"),
      series('metallb_allocator_addresses_total{pool="empty"}', "0x20"),
      series('metallb_allocator_addresses_in_use_total{pool="empty"}', "0x20"),
      series("metallb_controller_queue_depth", "0x20"),
      series("metallb_controller_leader", "1x20"),
      series('metallb_controller_services_pending{reason="ML101"}', "0x20"),
      series("metallb_k8s_client_update_errors_total", "3x20"),
      series("metallb_controller_duplicate_addresses_total", "1x20"),
      series('metallb_allocator_addresses_quarantined{pool="p"}', "0x20"),
      // A claim of the past.
      series('metallb_layer2_claims_received{ip="v"}', "2x20"),
      series('metallb_bgp_session_up{peer="r"}', "1x20"),
      series('metallb_bgp_sessions_established_total{peer="r"}', "1x20"),
    ],
    expect: [
      "MetalLBStaleConfig",
      "MetalLBConfigNotLoaded",
      "MetalLBAddressPoolExhausted",
      "MetalLBAddressPoolUsage95Percent",
      "MetalLBAddressPoolUsage85Percent",
      "MetalLBAddressPoolUsage75Percent",
      "MetalLBNoController",
      "MetalLBServicesPending",
      "MetalLBWritesFail",
      "MetalLBDuplicateAddress",
      "MetalLBAddressQuarantined",
      "MetalLBAddressClaimed",
      "MetalLBBGPSessionDown",
      "MetalLBBGPSessionFlaps",
    ].map(alert => firing(alert, "15m", "")),
  },
  {
    name: "in trouble",
    input: [
      series("metallb_k8s_client_config_stale_bool", "1x30"),
      series("metallb_k8s_client_config_loaded_bool", "0x30"),
      series('metallb_allocator_addresses_total{pool="p"}', "10x30"),
      series('metallb_allocator_addresses_in_use_total{pool="p"}', "10x30"),
      series("metallb_controller_queue_depth", "0x30"),
      series("metallb_controller_leader", "0x30"),
      series('metallb_controller_services_pending{reason="ML101"}', "2x30"),
      series("metallb_k8s_client_update_errors_total", "0+1x30"),
      series("metallb_controller_duplicate_addresses_total", "0+1x30"),
      series('metallb_allocator_addresses_quarantined{pool="p"}', "1x30"),
      series('metallb_layer2_claims_received{ip="v"}', "0+2x30"),
      series('metallb_bgp_session_up{peer="r"}', "0x30"),
      series('metallb_bgp_sessions_established_total{peer="r"}', "0+1x30"),
    ],
    expect: [
      ["MetalLBStaleConfig", "severity: warning"],
      ["MetalLBConfigNotLoaded", "severity: warning"],
      ["MetalLBAddressPoolExhausted", "severity: critical, pool: p"],
      ["MetalLBAddressPoolUsage95Percent", "severity: critical, pool: p"],
      ["MetalLBAddressPoolUsage85Percent", "severity: warning, pool: p"],
      ["MetalLBAddressPoolUsage75Percent", "severity: info, pool: p"],
      ["MetalLBNoController", "severity: critical"],
      ["MetalLBServicesPending", "severity: warning, reason: ML101"],
      ["MetalLBWritesFail", "severity: warning"],
      ["MetalLBDuplicateAddress", "severity: warning"],
      ["MetalLBAddressQuarantined", "severity: warning, pool: p"],
      ["MetalLBAddressClaimed", "severity: warning, ip: v"],
      ["MetalLBBGPSessionDown", "severity: critical, peer: r"],
      ["MetalLBBGPSessionFlaps", "severity: warning, peer: r"],
    ].map(([alert = "", labels]) => `{alertname: ${alert}, labels: '${labels}'}`),
  },
  { name: "no controller at all", input: [series("up", "1x20")], expect: ["{alertname: MetalLBNoController}"] },
]

test("each alert fires when it should, and none on a healthy cluster", t => {
  const folder = folderOf(t)
  const [healthy, trouble, none] = situations
  if (healthy === undefined || trouble === undefined || none === undefined)
    throw new Error("three situations are needed")
  // Annotations are part of what promtool compares, so firing alerts are compared as samples of ALERTS.
  const alertsOf = (expected: readonly string[]) =>
    expected.map(text => {
      const name = /alertname: (\w+)/.exec(text)?.[1] ?? ""
      const labels = [...(/labels: '([^']*)'/.exec(text)?.[1] ?? "").matchAll(/(\w+): (\w+)/g)]
      const matchers = [
        `alertname="${name}"`,
        'alertstate="firing"',
        ...labels.map(([, key, value]) => `${key}="${value}"`),
      ]
      return `{expr: 'count(ALERTS{${matchers.join(",")}})', eval_time: 25m, exp_samples: [{labels: '{}', value: 1}]}`
    })
  const lines = [
    `rule_files: [${rules}]`,
    "evaluation_interval: 1m",
    "tests:",
    "  - interval: 1m",
    `    input_series: [${healthy.input.join(", ")}]`,
    `    alert_rule_test: [${healthy.expect.join(", ")}]`,
    "  - interval: 1m",
    `    input_series: [${trouble.input.join(", ")}]`,
    `    promql_expr_test: [${alertsOf(trouble.expect).join(", ")}]`,
    "  - interval: 1m",
    `    input_series: [${none.input.join(", ")}]`,
    `    promql_expr_test: [${alertsOf(none.expect).join(", ")}]`,
  ]
  const file = join(folder, "tests.yml")
  writeFileSync(file, `${lines.join("\n")}\n`)
  assert.match(promtool("test", "rules", file), /SUCCESS/)
})

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const within = async <T>(what: string, limit: number, question: () => Promise<T | undefined>): Promise<T> => {
  const end = Date.now() + limit
  for (;;) {
    const found = await question()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${what}`)
    await pass(200)
  }
}

test("a real Prometheus reads a controller over HTTPS with a token, loads every rule and answers every panel", async t => {
  const folder = folderOf(t)
  const cluster = world()
  cluster.pool("public", ["192.0.2.1/32"])
  for (const name of ["first", "second"]) cluster.service(name)
  const agent = cluster.agent()
  startController(agent.edges, {
    namespace: installNamespace,
    podName: "controller-0",
    lbClass: "",
    leadership: alwaysLeading(),
  })
  await cluster.clock.advance(3_000)
  const endpoint = await serve({ "/metrics": () => metricsText(agent.edges.metrics.text()) }, 0, "127.0.0.1", {
    tls: {
      minVersion: "TLSv1.3",
      ciphers: undefined,
      ecdhCurve: undefined,
      pair: selfSigned("controller-0", ["localhost"], Date.now()),
    },
    admit: async token => (token === "secret" ? undefined : plain(401, "no\n")),
  })
  t.after(endpoint.stop)
  const config = join(folder, "prometheus.yml")
  writeFileSync(
    config,
    `global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [${rules}]
scrape_configs:
  - job_name: metallb
    scheme: https
    tls_config: {insecure_skip_verify: true}
    authorization: {credentials: secret}
    static_configs: [{targets: ["127.0.0.1:${endpoint.port}"]}]
`,
  )
  promtool("check", "config", config)
  const port = await freePort()
  const server = spawn("prometheus", [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  let said = ""
  server.stderr.on("data", chunk => (said += String(chunk)))
  const ended = new Promise<void>(resolve => server.once("close", () => resolve()))
  t.after(async () => {
    server.kill("SIGTERM")
    await ended
  })
  const ask = async (path: string): Promise<unknown> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)
      return response.ok ? ((await response.json()) as { data: unknown }).data : undefined
    } catch (error) {
      if (server.exitCode !== null) throw new Error(said, { cause: error })
      return undefined
    }
  }
  const query = async (text: string) => {
    const data = (await ask(`query?query=${encodeURIComponent(text)}`)) as
      | { result: readonly { metric: Readonly<Record<string, string>>; value: readonly [number, string] }[] }
      | undefined
    return data?.result.map(({ value }) => value[1])
  }
  const sample = (text: string) =>
    within(text, 20_000, async () => {
      const found = await query(text)
      return found === undefined || found.length === 0 ? undefined : found
    })
  assert.deepEqual(await sample('up{job="metallb"} == 1'), ["1"])
  assert.deepEqual(await sample('metallb_allocator_addresses_in_use_total{pool="public"}'), ["1"])
  assert.deepEqual(await sample("sum(metallb_controller_services_pending)"), ["1"])
  assert.deepEqual(await sample('metallb_controller_reconcile_seconds_bucket{le="+Inf"}'), ["1"])
  const groups = await within("every rule was evaluated", 20_000, async () => {
    const data = (await ask("rules")) as
      | { groups: readonly { rules: readonly { name: string; health: string; lastError?: string }[] }[] }
      | undefined
    const all = data?.groups.flatMap(group => group.rules) ?? []
    return all.length > 0 && all.every(({ health }) => health !== "unknown") ? all : undefined
  })
  assert.equal(groups.length, count)
  for (const { name, health, lastError } of groups) assert.equal(health, "ok", `${name}: ${lastError}`)
  const queries = panelQueries()
  assert.ok(queries.length > 10)
  for (const { panel, expr } of queries) {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`)
    const { status, error } = (await response.json()) as { status: string; error?: string }
    assert.equal(status, "success", `${panel}: ${expr}: ${error}`)
  }
})
