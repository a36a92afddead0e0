import type { LinkId, NodeName } from "../detector/peer.ts"
import { pause, reviewAll } from "./seats.ts"
import { toldSince } from "./shelf.ts"
import { keyOf } from "./state.ts"
import { peersOn, setLink, type Work } from "./work.ts"

/** Stops answering on the link and asks everybody there what they claim. `waiting`: whose answers are worth waiting for. */
export const startLearning = (work: Work, name: LinkId, waiting: readonly NodeName[]): void => {
  const link = work.draft.links.get(name)
  if (link?.up !== true) return
  const { now } = work
  setLink(work, { ...link, learning: { since: now, until: now + work.draft.timings.learn, askAt: now, waiting } })
  for (const seat of [...work.draft.seats.values()]) if (seat.link === name) pause(work, seat)
  continueLearning(work, name)
}

/** Asks again those that have not answered; ends when all have, or when the time is over. */
export const continueLearning = (work: Work, name: LinkId): void => {
  const link = work.draft.links.get(name)
  if (link?.learning === undefined) return
  const { since, until, askAt } = link.learning
  const waiting = link.learning.waiting.filter(node => !toldSince(work.draft.shelves.get(keyOf(node, name)), since))
  if (waiting.length === 0 || work.now >= until) {
    setLink(work, { ...link, learning: undefined })
    reviewAll(work, name)
    return
  }
  const due = askAt <= work.now
  if (due)
    for (const node of waiting) work.effects.push({ type: "send", to: node, link: name, message: { type: "query" } })
  setLink(work, {
    ...link,
    learning: { since, until, waiting, askAt: due ? work.now + work.draft.timings.beacon : askAt },
  })
}

/** After a stall the living are asked; a dead node would only cost the whole time. */
export const learnAfterStall = (work: Work): void => {
  for (const link of work.draft.links.values()) {
    const living = peersOn(work, link.link).filter(
      peer => peer.alive && !work.draft.gone.has(keyOf(peer.node, link.link)),
    )
    startLearning(
      work,
      link.link,
      living.map(peer => peer.node),
    )
  }
}
