/** Label values of one series, by label name. */
export type Labels = Readonly<Record<string, string>>

export type Counter = {
  /** Raises the series by `amount` (1 where absent, never negative). */
  readonly add: (labels?: Labels, amount?: number) => void
  /** Forgets one series. */
  readonly remove: (labels: Labels) => void
}

export type Gauge = {
  readonly set: (value: number | bigint, labels?: Labels) => void
  /** Forgets one series. */
  readonly remove: (labels: Labels) => void
}

export type Histogram = { readonly observe: (value: number) => void }

/**
 * The program's Prometheus series. Written here rather than taken from a package because the agent needs three kinds of series
 * and a text format of one page, and the usual package costs 4 to 13 MB of resident memory.
 */
export type Metrics = {
  readonly counter: (name: string, help: string) => Counter
  readonly gauge: (name: string, help: string) => Gauge
  /** `bounds`: the upper ends of the buckets, rising; one above all is added. */
  readonly histogram: (name: string, help: string, bounds: readonly number[]) => Histogram
  /** Called before each exposition, for series that are counted only then. */
  readonly beforeText: (run: () => void) => void
  /** A gauge that is read when somebody asks. */
  readonly watch: (name: string, help: string, read: () => number) => void
  /** Text exposition format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
  readonly text: () => string
}

type Family = {
  readonly kind: "counter" | "gauge" | "histogram"
  readonly help: string
  /** Keyed by the rendered labels. Bounded by the objects that the labels name: whoever sets a series removes it. */
  readonly series: Map<string, number | bigint>
  readonly read?: () => number
  /** All lines of a family that is not made of single series. */
  readonly lines?: () => readonly string[]
}

const escapeValue = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')

const render = (labels: Labels): string => {
  const names = Object.keys(labels).sort()
  if (names.length === 0) return ""
  return `{${names.map(name => `${name}="${escapeValue(labels[name] ?? "")}"`).join(",")}}`
}

export const createMetrics = (): Metrics => {
  const families = new Map<string, Family>()
  const collectors: (() => void)[] = []
  const family = (name: string, made: Family): Family => {
    const known = families.get(name)
    if (known !== undefined) return known
    families.set(name, made)
    return made
  }
  return {
    counter: (name, help) => {
      const { series } = family(name, { kind: "counter", help, series: new Map() })
      return {
        add: (labels = {}, amount = 1) => {
          const key = render(labels)
          series.set(key, Number(series.get(key) ?? 0) + amount)
        },
        remove: labels => void series.delete(render(labels)),
      }
    },
    gauge: (name, help) => {
      const { series } = family(name, { kind: "gauge", help, series: new Map() })
      return {
        set: (value, labels = {}) => void series.set(render(labels), value),
        remove: labels => void series.delete(render(labels)),
      }
    },
    histogram: (name, help, bounds) => {
      const counts = bounds.map(() => 0)
      let sum = 0
      let count = 0
      const lines = () => [
        ...bounds.map((bound, at) => `${name}_bucket{le="${bound}"} ${counts[at] ?? 0}`),
        `${name}_bucket{le="+Inf"} ${count}`,
        `${name}_sum ${sum}`,
        `${name}_count ${count}`,
      ]
      family(name, { kind: "histogram", help, series: new Map(), lines })
      return {
        observe: value => {
          sum += value
          count++
          bounds.forEach((bound, at) => {
            if (value <= bound) counts[at] = (counts[at] ?? 0) + 1
          })
        },
      }
    },
    beforeText: run => void collectors.push(run),
    watch: (name, help, read) => void family(name, { kind: "gauge", help, series: new Map(), read }),
    text: () => {
      for (const run of collectors) run()
      const lines: string[] = []
      for (const [name, { kind, help, series, read, lines: own }] of [...families].sort(([a], [b]) =>
        a < b ? -1 : 1,
      )) {
        lines.push(`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${kind}`)
        if (read !== undefined) lines.push(`${name} ${read()}`)
        if (own !== undefined) lines.push(...own())
        for (const [labels, value] of [...series].sort(([a], [b]) => (a < b ? -1 : 1)))
          lines.push(`${name}${labels} ${value}`)
      }
      return `${lines.join("\n")}\n`
    },
  }
}
