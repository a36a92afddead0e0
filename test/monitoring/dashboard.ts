import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../run/places.ts"

/** One question of a panel to Prometheus. */
export type PanelQuery = { readonly panel: string; readonly expr: string }

/** What Grafana puts in the place of its variables before it asks; a variable that is not here is left, and no PromQL. */
const variables: Readonly<Record<string, string>> = {
  $__rate_interval: "1m",
  $__interval: "15s",
  $__range: "1h",
}

/** All questions of the dashboard as Grafana would send them. */
export const panelQueries = (): readonly PanelQuery[] => {
  const { panels } = JSON.parse(readFileSync(join(root, "manifests/monitoring/dashboard.json"), "utf8")) as {
    readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[]
  }
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expr: expr.replace(/\$(\w+|\{\w+\})/g, name => variables[name.replace(/[{}]/g, "")] ?? name),
    })),
  )
}
