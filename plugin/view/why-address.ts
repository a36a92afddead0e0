import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { AddressReport } from "../../agent/core/why/report.ts"
import { table } from "./table.ts"
import { type WhyOptions, whyText } from "./why.ts"

/** Who has an address, and why each of them has it. */
export const addressText = (report: AddressReport, options: WhyOptions): string => {
  const { style } = options
  const pool = report.pool === undefined ? "" : `  pool ${report.pool}`
  const said = phraseOf(report.reason, report.facts)
  const fix = fixOf(report.reason, report.facts)
  const tone = report.state === "held" ? "ok" : report.state === "unknown" ? "unknown" : "warning"
  const state = said.startsWith(report.state) ? style.paint(tone, said) : `${style.paint(tone, report.state)}: ${said}`
  const head = `${style.paint("subject", report.address)}${pool}  ${state}`
  const holders = report.holders.map(({ service, ours, ports, sharingKey }) => [
    service,
    ours ? "yes" : "no",
    ports.join(","),
    sharingKey ?? "<none>",
  ])
  return [
    head + (fix === "" || report.state === "held" ? "" : `\n  fix    ${fix}`),
    ...(holders.length === 0
      ? []
      : [table([{ title: "SERVICE" }, { title: "OURS" }, { title: "PORTS" }, { title: "SHARED" }], holders, "  ")]),
    ...report.services.map(service => whyText(service, options)),
    ...(report.services.length > 0
      ? []
      : report.unknown.map(({ what, why, consequence }) => `unknown  ML630 ${what}: ${why}\n         ${consequence}`)),
  ].join("\n\n")
}
