import type { Move } from "../../agent/core/announce/moves.ts"
import type { Withdrawal } from "../../agent/core/bgp/announce/withdrawals.ts"
import { phraseOf } from "../../agent/core/sentence.ts"
import { took } from "./duration.ts"
import type { Style } from "./style.ts"
import { type Cell, painted, table } from "./table.ts"

/** What would move where. */
export const planTable = (moves: readonly Move[], style: Style): string => moveTable(moves, "GAP", gapText, style)

/** What comes back to a node that is used again. */
export const backTable = (moves: readonly Move[], style: Style): string =>
  moveTable(
    moves,
    "WHEN",
    move =>
      move.after === undefined
        ? gapText(move)
        : move.now === undefined
          ? "at once"
          : "when the failback policy allows it",
    style,
  )

const moveTable = (moves: readonly Move[], title: string, note: (move: Move) => string, style: Style): string =>
  table(
    [{ title: "SERVICE" }, { title: "ADDRESS" }, { title: "NOW" }, { title: "AFTER" }, { title }],
    moves.map(move => [...nameCells(move), move.now ?? "<none>", afterCell(move, style), note(move)]),
  )

/** What moved, and how long after the node was asked to let go. */
export const movedTable = (moves: readonly Move[], tookMs: (move: Move) => number | undefined, style: Style): string =>
  table(
    [{ title: "SERVICE" }, { title: "ADDRESS" }, { title: "FROM" }, { title: "TO" }, { title: "TOOK" }],
    moves.map(move => {
      const time = tookMs(move)
      const note = time === undefined ? "" : took(time)
      return [
        ...nameCells(move),
        move.now ?? "<none>",
        afterCell(move, style),
        move.after === undefined ? gapText(move) : note,
      ]
    }),
  )

const nameCells = ({ services, address }: Move): readonly Cell[] => [services.join(","), address]

const afterCell = ({ after }: Move, style: Style): Cell => after ?? painted(style.paint("error", "<none>"), "<none>")

/** What routers are told by a node, and who else tells them. */
export const withdrawalTable = (withdrawals: readonly Withdrawal[], style: Style): string =>
  table(
    [{ title: "SERVICE" }, { title: "ADDRESS" }, { title: "TOLD TO" }, { title: "BY OTHERS" }],
    withdrawals.map(({ service, addresses, peers, others }) => [
      service,
      addresses.join(","),
      peers.join(","),
      others.length === 0 ? painted(style.paint("error", "<none>"), "<none>") : namesText(others),
    ]),
  )

const namesText = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 4).join(",")} and more` : names.join(",")

/** "Routers lose 2 services here; other nodes tell them of 1." */
export const withdrawalSummary = (withdrawals: readonly Withdrawal[]): string => {
  const covered = withdrawals.filter(({ others }) => others.length > 0).length
  const services = `${withdrawals.length} ${withdrawals.length === 1 ? "service" : "services"}`
  return covered === withdrawals.length
    ? `Routers move the traffic of ${services} to other nodes.`
    : `Routers move the traffic of ${covered} of ${services} to other nodes, and lose the rest.`
}

/** A move has none: the next owner answers before the last one stops. */
const gapText = ({ now, after, reason, facts }: Move): string => {
  if (after === undefined) return `${reason} ${phraseOf(reason, facts)}`
  return now === undefined ? "" : `none, ${after} speaks first`
}

/** "2 addresses move, 1 would be announced by nobody." */
export const planSummary = (moves: readonly Move[]): string => {
  const lost = moves.filter(({ after }) => after === undefined).length
  const moving = moves.length - lost
  if (moves.length === 0) return "No address moves."
  const parts = [
    ...(moving === 0 ? [] : [`${moving} ${moving === 1 ? "address moves" : "addresses move"}`]),
    ...(lost === 0 ? [] : [`${lost} would be announced by nobody`]),
  ]
  return `${parts.join(", ")}.`
}
