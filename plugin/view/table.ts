/** One cell: what is printed, and how wide that is where colour codes are in it. */
export type Cell = string | { readonly text: string; readonly width: number }

export type Column = { readonly title: string; readonly right?: boolean }

/** Two spaces between columns, no lines, the last column never padded: what `awk` and a person can both read. */
export const table = (columns: readonly Column[], rows: readonly (readonly Cell[])[], indent = ""): string => {
  const lines: readonly (readonly Cell[])[] = columns.every(({ title }) => title === "")
    ? rows
    : [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, at) => Math.max(0, ...lines.map(line => widthOf(line[at] ?? ""))))
  return lines
    .map(line =>
      columns
        .map(({ right }, at) => {
          const cell = line[at] ?? ""
          const gap = " ".repeat((widths[at] ?? 0) - widthOf(cell))
          if (right) return gap + textOf(cell)
          return at === columns.length - 1 ? textOf(cell) : textOf(cell) + gap
        })
        .join("  ")
        .trimEnd(),
    )
    .map(line => (line === "" ? "" : indent + line))
    .join("\n")
}

/** A cell whose text carries colour codes around `shown`. */
export const painted = (text: string, shown: string): Cell => ({ text, width: widthOf(shown) })

const textOf = (cell: Cell): string => (typeof cell === "string" ? cell : cell.text)
const widthOf = (cell: Cell): number => (typeof cell === "string" ? [...cell].length : cell.width)
