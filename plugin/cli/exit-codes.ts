/** What the process tells its caller. The same in every output format. */
export const exitCodes = {
  ok: 0,
  no: 1,
  usage: 2,
  unchanged: 3,
  unknown: 4,
  gaveUp: 5,
  refused: 6,
  bug: 70,
  interrupted: 130,
} as const

export type ExitName = keyof typeof exitCodes
export type ExitCode = (typeof exitCodes)[ExitName]

const meanings: Readonly<Record<ExitName, string>> = {
  ok: "done, healthy, no difference",
  no: "the answer is no, or the server refused",
  usage: "the command line or a file is wrong",
  unchanged: "nothing changed, only with --error-unchanged",
  unknown: "could not find out",
  gaveUp: "waited and gave up",
  refused: "refused for safety",
  bug: "a bug in this program",
  interrupted: "interrupted",
}

/** Rows for the footer of a help text: the codes that a command uses, ascending, and those that any command may give. */
export const exitRows = (used: readonly ExitName[]): readonly (readonly [string, string])[] =>
  (Object.keys(exitCodes) as ExitName[])
    .filter(name => used.includes(name) || name === "bug" || name === "interrupted")
    .map(name => [String(exitCodes[name]), meanings[name]] as const)
