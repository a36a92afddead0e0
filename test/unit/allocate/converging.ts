import assert from "node:assert/strict"
import { test } from "node:test"
import type { Convergence } from "../../../agent/core/allocate/convergence.ts"
import type { Config } from "../../../agent/core/config/model.ts"
import type { Service } from "../../../agent/core/model.ts"
import { Controller, pool, type Settings, service } from "./fixtures.ts"

export const a = pool("a", ["10.0.0.0/29"])

export const b = pool("b", ["10.0.1.0/29"])

export const both = pool("both", ["10.1.0.0/30", "2001:db8:1::/126"])

export const held = (more = {}) => service("shop/web", { ips: ["10.0.0.5"], from: "a", ...more })

export const judged = (configuration: Config, one: Service, settings: Settings = {}, others: readonly Service[] = []) =>
  new Controller(configuration, [...others, one], settings).apply(one)

/** "action addresses | events | reason", with "!" where something is written. */
export const said = ({ action, write, ingress, events, outcome }: Convergence): string =>
  [
    `${action}${write ? "!" : ""} ${ingress.join(",")}`.trim(),
    events.map(event => `${event.type} ${event.reason}`).join(", ") || "-",
    outcome.reason,
  ].join(" | ")

/** Rule, configuration, service, expected; a step of spec 2.3 unless it names another section. */
export const check = (rows: readonly Row[]) => {
  for (const [rule, configuration, one, expected, settings] of rows) {
    test(rule, () => {
      const taken = rule.startsWith("9 none to be had") ? [held()] : []
      assert.equal(said(judged(configuration, one, settings, taken)), expected)
    })
    test(`${rule}; and kept when judged again`, () => {
      const controller = new Controller(configuration, [one], settings)
      const first = controller.apply(one)
      const second = controller.again(`${one.namespace}/${one.name}`)
      assert.equal(second.write, false, "nothing more is written")
      assert.deepEqual(second.ingress, first.ingress)
      assert.notEqual(second.action, "assign")
      assert.notEqual(second.action, "clear")
    })
  }
}

/** Rule of the specification, configuration, the service before, and what is said of it. */
export type Row = readonly [string, Config, Service, string, Settings?]
