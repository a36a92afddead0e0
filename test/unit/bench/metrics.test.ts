import assert from "node:assert/strict"
import { test } from "node:test"
import { samplesOf } from "../../bench/metrics.ts"

const scrape = `# HELP metallb_api_requests_total Requests.
# TYPE metallb_api_requests_total counter
metallb_api_requests_total{verb="patch",code="200"} 12
metallb_api_requests_total{verb="get",code="none"} 1
metallb_api_requests_total_other 7
metallb_k8s_client_updates_total 3
`

test("samples of a metric are found with their labels, and none of a metric with a longer name", () => {
  assert.deepEqual(samplesOf(scrape, "metallb_api_requests_total"), [
    { labels: { verb: "patch", code: "200" }, value: 12 },
    { labels: { verb: "get", code: "none" }, value: 1 },
  ])
})

test("a metric without labels has one sample", () => {
  assert.deepEqual(samplesOf(scrape, "metallb_k8s_client_updates_total"), [{ labels: {}, value: 3 }])
})
