import assert from "node:assert/strict"
import { test } from "node:test"
import { lossRules } from "../../lab/faults.ts"

test("a share of loss is one in ten thousand exact, and the rules of before go in the same transaction", () => {
  assert.equal(
    lossRules("n2", 2.57),
    `table netdev loss_n2 {
}
delete table netdev loss_n2
table netdev loss_n2 {
  chain in {
    type filter hook ingress device n2 priority 0
    numgen random mod 10000 <= 256 drop
  }
}
`,
  )
})

test("no loss is no table", () => {
  assert.equal(lossRules("eth0", 0), "table netdev loss_eth0 {\n}\ndelete table netdev loss_eth0\n")
})
