import type { IpFamily } from "../../model.ts"
import type { UpdateReading } from "../wire/path-reader.ts"
import { endOfRibOf } from "../wire/update.ts"

/**
 * What is known of the routes that the peer sent: how many, and nothing else. They are read and judged, and never used, so that none
 * has to be kept. BOUNDED: numbers, and two families.
 */
export type Learned = {
  readonly announced: number
  readonly withdrawn: number
  /** Families whose table the peer has said to be complete. */
  readonly complete: readonly IpFamily[]
}

export const nothingLearned: Learned = {
  announced: 0,
  withdrawn: 0,
  complete: [],
}

/** An UPDATE that does not end the session. */
export type TakenUpdate = Exclude<UpdateReading, { readonly outcome: "reset" }>

/** With an UPDATE counted, and how many routes it was about. */
export const learn = (
  learned: Learned,
  reading: TakenUpdate,
): { readonly learned: Learned; readonly routes: number } => {
  const { announced, withdrawn, complete } = countsOf(reading)
  const isNew = complete !== undefined && !learned.complete.includes(complete)
  return {
    routes: announced + withdrawn,
    learned: {
      announced: learned.announced + announced,
      withdrawn: learned.withdrawn + withdrawn,
      complete: isNew ? [...learned.complete, complete] : learned.complete,
    },
  }
}

type Counts = { readonly announced: number; readonly withdrawn: number; readonly complete: IpFamily | undefined }

const countsOf = (reading: TakenUpdate): Counts => {
  if (reading.outcome === "withdraw") return { announced: 0, withdrawn: reading.withdrawn.length, complete: undefined }
  const { withdrawn, announced, attributes } = reading.update
  return {
    announced: announced.length + (attributes.reach?.prefixes.length ?? 0),
    withdrawn: withdrawn.length + (attributes.unreach?.prefixes.length ?? 0),
    complete: endOfRibOf(reading.update),
  }
}
