import type { Node } from "../model.ts"

/** Ours, not MetalLB's: a node that carries it announces nothing any longer, whatever the value is. */
export const drainAnnotation = "metallb.io/drain"

/** A node that is to be left in peace. */
export type Drain = {
  /** Milliseconds since the epoch; undefined where the value does not say. */
  readonly since: number | undefined
  /**
   * "leaving": others are asked to take its place, so layer 2 hands over at once and BGP still carries what comes.
   * "withdrawn": BGP routes are taken back too.
   */
  readonly phase: "leaving" | "withdrawn"
}

/** Undefined where the node is not drained. A value that a person made up ("true") drains as well. */
export const drainOf = ({ annotations }: Pick<Node, "annotations">): Drain | undefined => {
  const value = Object.hasOwn(annotations, drainAnnotation) ? annotations[drainAnnotation] : undefined
  if (value === undefined) return undefined
  const [time = "", phase] = value.split(" ")
  const since = Date.parse(time)
  return { since: Number.isNaN(since) ? undefined : since, phase: phase === "withdrawn" ? "withdrawn" : "leaving" }
}

/** The annotation's value: "2026-01-01T14:02:11Z", with " withdrawn" behind it in the second phase. */
export const drainText = (since: number, phase: Drain["phase"]): string =>
  `${new Date(since).toISOString().replace(/\.\d+Z$/, "Z")}${phase === "withdrawn" ? " withdrawn" : ""}`
